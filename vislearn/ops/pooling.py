"""RoIPool and RoIAlign: a box of any size, out of a feature map, as a grid of one size."""

from collections.abc import Sequence

import torch

from vislearn.errors import InputError
from vislearn.ops.boxes import require_xyxy

__all__ = ["bin_edges", "roi_align", "roi_align_slow", "roi_pool", "sample_positions", "whole_cells"]

Boxes = torch.Tensor | Sequence[torch.Tensor]
_MOST_POINTS = 1000  # per bin and axis; a box has as many only if its coordinates are of another scale


def roi_pool(
    features: torch.Tensor, boxes: Boxes, output_size: int | tuple[int, int], spatial_scale: float = 1.0
) -> torch.Tensor:
    """The largest feature in each bin: (N, C, H, W), K boxes -> (K, C, h, w). Rounds twice, as torchvision's.

    First the box is rounded to whole cells, then the bins' edges are; both move what is pooled by up to a
    cell, and neighbouring bins overlap. RoIAlign was invented against that.

    Args:
        features: (N, C, H, W), any float dtype; nan stays nan (torchvision: -3.4e38).
        boxes: one (L, 4) xyxy per picture in a list, or (K, 5) with the picture's number in front.
        output_size: bins, as one number or (height, width).
        spatial_scale: cells per pixel of the boxes: 1/16 where the backbone's stride is 16.

    Raises:
        InputError: shapes that don't fit, boxes that aren't xyxy, or a picture's number that isn't there.

    Source: Girshick, Fast R-CNN (2015), section 2.1.

    >>> roi_pool(torch.arange(16.0).view(1, 1, 4, 4), [torch.tensor([[0.0, 0, 3, 3]])], 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    (height, width), owner, edges = _checked(features, boxes, output_size, spatial_scale)
    cells = whole_cells(edges)  # (K, 4), the last cell included
    pooled = features.new_zeros(len(owner), features.shape[1], height, width)  # an empty bin stays 0
    for k, (x0, y0, x1, y1) in enumerate(cells.tolist()):
        rows = bin_edges(int(y0), int(y1), height, features.shape[2], edges.dtype)
        columns = bin_edges(int(x0), int(x1), width, features.shape[3], edges.dtype)
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(columns):
                if top < bottom and left < right:
                    window = features[owner[k], :, top:bottom, left:right]  # (C, rows, columns)
                    pooled[k, :, i, j] = window.flatten(1).max(dim=1).values
    return pooled


def roi_align_slow(
    features: torch.Tensor,
    boxes: Boxes,
    output_size: int | tuple[int, int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> torch.Tensor:
    """The mean of points inside each bin: (N, C, H, W), K boxes -> (K, C, h, w). Made to be read.

    Box by box, bin by bin, point by point: each point is a mixture of the four cells around it.
    Arguments, errors and result as for :func:`roi_align`.

    >>> ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    >>> roi_align_slow(ramp, [torch.tensor([[1.0, 1, 3, 3]])], 1, sampling_ratio=2)
    tensor([[[[2.]]]])
    """
    (height, width), owner, edges = _checked(features, boxes, output_size, spatial_scale)
    values, (x0, y0, x1, y1) = features.to(edges.dtype), edges.unbind(dim=1)
    ys, rows = sample_positions(y0, y1, height, sampling_ratio, aligned)
    xs, columns = sample_positions(x0, x1, width, sampling_ratio, aligned)
    pooled = values.new_zeros(len(owner), values.shape[1], height, width)
    for k, image in enumerate(owner.tolist()):
        count = max(int(rows[k] * columns[k]), 1)  # a box without area has no points: 0
        for i in range(height):
            for j in range(width):
                for y in ys[k, i, : int(rows[k])].tolist():
                    for x in xs[k, j, : int(columns[k])].tolist():
                        pooled[k, :, i, j] += _bilinear(values[image], y, x) / count
    return pooled.to(features.dtype)


def roi_align(
    features: torch.Tensor,
    boxes: Boxes,
    output_size: int | tuple[int, int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> torch.Tensor:
    """The mean of points inside each bin: (N, C, H, W), K boxes -> (K, C, h, w). Two matrix products.

    How much each cell counts in a bin is a product of how much its row and how much its column does. So the
    bins of a box are ``rows @ features @ columns.T``, with (h, H) and (w, W) weights that sum to 1.

    Args:
        features: (N, C, H, W), any float dtype; float16 is averaged in float32.
        boxes: one (L, 4) xyxy per picture in a list, or (K, 5) with the picture's number in front.
        output_size: bins, as one number or (height, width).
        spatial_scale: cells per pixel of the boxes: 1/16 where the backbone's stride is 16.
        sampling_ratio: points per bin along each axis; 0 or less takes one per cell, rounded up.
        aligned: where a cell's value sits: at its middle (True, right), or at its top left corner (False,
            torchvision's default and what its published detectors were trained with). The latter also
            makes boxes smaller than a cell one cell large.

    Raises:
        InputError: shapes that don't fit, boxes that aren't xyxy, a picture's number that isn't there, or
            boxes so much larger than the map that ``spatial_scale`` must be missing.

    Source: He et al., Mask R-CNN (2017), section 3; half a cell: Detectron2's ROIAlignV2.

    >>> ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    >>> roi_align(ramp, [torch.tensor([[1.0, 1, 3, 3]])], (1, 2), aligned=True)
    tensor([[[[1., 2.]]]])
    """
    (height, width), owner, edges = _checked(features, boxes, output_size, spatial_scale)
    values, (x0, y0, x1, y1) = features.to(edges.dtype), edges.unbind(dim=1)
    rows = _weights(y0, y1, height, values.shape[2], sampling_ratio, aligned)  # (K, h, H)
    columns = _weights(x0, x1, width, values.shape[3], sampling_ratio, aligned)  # (K, w, W)
    pooled = values.new_zeros(len(owner), values.shape[1], height, width)
    for image in owner.unique().tolist():  # by picture, so that no map is copied for each of its boxes
        mine = owner == image
        pooled[mine] = _pooled(rows[mine], values[image], columns[mine])
    return pooled.to(features.dtype)


def sample_positions(
    start: torch.Tensor, end: torch.Tensor, bins: int, sampling_ratio: int = -1, aligned: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Where RoIAlign looks along one axis: (K,), (K,) edges of boxes -> positions (K, bins, S), counts (K,).

    Args:
        start: left or top edges, in cells.
        end: right or bottom edges, in cells.
        bins: how many bins.
        sampling_ratio: points per bin; 0 or less takes one per cell, rounded up, so that boxes differ.
        aligned: as for :func:`roi_align`; position 0 is then the middle of the first cell.

    Returns:
        Positions in cells, S of them in each bin of the largest box; and how many count for each box.

    Raises:
        InputError: more than 1000 points in a bin.

    >>> sample_positions(torch.tensor([0.0]), torch.tensor([4.0]), bins=2)[0]
    tensor([[[0.5000, 1.5000],
             [2.5000, 3.5000]]])
    """
    start, size = start - (0.5 if aligned else 0.0), end - start  # (K,)
    if not aligned:
        size = size.clamp(min=1)
    step = size / bins  # (K,)
    count = torch.full_like(step, sampling_ratio) if sampling_ratio > 0 else step.ceil()  # (K,)
    most = int(count.max()) if len(count) else 0
    if most > _MOST_POINTS:
        raise InputError(
            "boxes",
            f"must need at most {_MOST_POINTS} points per bin",
            got=most,
            fix="Is spatial_scale missing? Are they clipped to the picture?",
        )
    bin_start = start[:, None] + torch.arange(bins).to(step) * step[:, None]  # (K, bins)
    inside = (torch.arange(most).to(step) + 0.5) * step[:, None] / count.clamp(min=1)[:, None]  # (K, S)
    return bin_start[:, :, None] + inside[:, None, :], count.long()


def _pooled(rows: torch.Tensor, values: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """(K, h, H), (C, H, W), (K, w, W) -> (K, C, h, w); the part worth compiling."""
    strips = torch.einsum("khy,cyx->kchx", rows, values)  # (K, C, h, W)
    return torch.einsum("kchx,kwx->kchw", strips, columns)


def _weights(
    start: torch.Tensor, end: torch.Tensor, bins: int, cells: int, sampling_ratio: int, aligned: bool
) -> torch.Tensor:
    """How much each cell counts in each bin, along one axis: (K, bins, cells)."""
    positions, count = sample_positions(start, end, bins, sampling_ratio, aligned)  # (K, bins, S)
    number = torch.arange(positions.shape[2], device=count.device)  # (S,)
    counts = number < count[:, None, None]  # (K, 1, S): smaller boxes have fewer points
    counts = counts & (positions >= -1) & (positions <= cells)  # (K, bins, S): a cell further out nothing is
    at = positions.clamp(0, cells - 1)  # up to there, the outermost cell goes on
    distance = (at[..., None] - torch.arange(cells).to(at)).abs()  # (K, bins, S, cells)
    shares = (1 - distance).clamp(min=0) * counts[..., None]  # one cell away, nothing is left
    return shares.sum(dim=2) / count.clamp(min=1)[:, None, None]


def _bilinear(values: torch.Tensor, y: float, x: float) -> torch.Tensor:
    """The mixture of the four cells around a point: (C, H, W) -> (C,)."""
    height, width = values.shape[1:]
    if not (-1 <= y <= height and -1 <= x <= width):
        return values.new_zeros(len(values))  # more than a cell outside
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)  # just outside: the outermost cell goes on
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    down, across = y - top, x - left
    upper = (1 - across) * values[:, top, left] + across * values[:, top, right]
    lower = (1 - across) * values[:, bottom, left] + across * values[:, bottom, right]
    return (1 - down) * upper + down * lower


def bin_edges(first: int, last: int, bins: int, cells: int, dtype: torch.dtype) -> list[tuple[int, int]]:
    """RoIPool's bins along one axis: (first cell, one past the last) of each, rounded outwards.

    >>> bin_edges(0, 4, 2, cells=8, dtype=torch.float32)  # five cells for two bins: the middle one is in both
    [(0, 3), (2, 5)]
    """
    step = torch.tensor(max(last - first + 1, 1), dtype=dtype) / bins
    number = torch.arange(bins, dtype=dtype)
    starts, ends = (number * step).floor().long() + first, ((number + 1) * step).ceil().long() + first
    return list(zip(starts.clamp(0, cells).tolist(), ends.clamp(0, cells).tolist(), strict=True))


def whole_cells(numbers: torch.Tensor) -> torch.Tensor:
    """Nearest whole numbers, any shape, as float64; halves go away from zero, as in C.

    ``torch.round`` takes the even one: 0.5 becomes 0.

    >>> whole_cells(torch.tensor([0.5, 1.4, -0.5]))
    tensor([ 1.,  1., -1.], dtype=torch.float64)
    """
    numbers = numbers.double()
    return numbers.sign() * (numbers.abs() + 0.5).floor()


def _checked(
    features: torch.Tensor, boxes: Boxes, output_size: int | tuple[int, int], spatial_scale: float
) -> tuple[tuple[int, int], torch.Tensor, torch.Tensor]:
    """Bins (h, w), whose picture each box is of (K,) int64, the boxes' edges in cells (K, 4).

    The edges are of the type to compute in, float64 for float64 and else float32; they carry no gradient, as
    in torchvision.
    """
    if features.ndim != 4 or not features.is_floating_point():
        raise InputError(
            "features",
            "must be floats of shape (N, C, H, W)",
            got=f"{features.dtype} {(*features.shape,)}",
            fix="One picture? features[None]." if features.ndim == 3 else "",
        )
    height, width = (output_size, output_size) if isinstance(output_size, int) else output_size
    if height < 1 or width < 1:
        raise InputError("output_size", "must be at least 1 bin each way", got=output_size)
    if not spatial_scale > 0:
        raise InputError("spatial_scale", "must be above 0", got=spatial_scale)
    owner, corners = (
        _numbered(boxes, len(features)) if isinstance(boxes, torch.Tensor) else _listed(boxes, len(features))
    )
    require_xyxy("boxes", corners)
    dtype = torch.promote_types(features.dtype, torch.float32)
    return (
        (height, width),
        owner.to(features.device),
        corners.detach().to(features.device, dtype) * spatial_scale,
    )


def _listed(boxes: Sequence[torch.Tensor], images: int) -> tuple[torch.Tensor, torch.Tensor]:
    if len(boxes) != images:
        raise InputError("boxes", f"must be one tensor per picture ({images})", got=len(boxes))
    for at, each in enumerate(boxes):
        require_xyxy(f"boxes[{at}]", each)
        if each.ndim != 2:
            raise InputError(f"boxes[{at}]", "must have shape (L, 4)", got=tuple(each.shape))
    counts = torch.tensor([len(each) for each in boxes], dtype=torch.int64)
    owner = torch.repeat_interleave(counts)  # 0, 0, 1, 1, 1 ...
    return owner, torch.cat(list(boxes)) if boxes else torch.zeros(0, 4)


def _numbered(rois: torch.Tensor, images: int) -> tuple[torch.Tensor, torch.Tensor]:
    if rois.ndim != 2 or rois.shape[1] != 5:
        raise InputError(
            "boxes",
            "must be a list of (L, 4), or (K, 5) with the picture's number in front",
            got=tuple(rois.shape),
            fix="Boxes of a single picture? [boxes]." if rois.shape[-1] == 4 else "",
        )
    owner = rois[:, 0]
    if not ((owner >= 0) & (owner < images) & (owner == owner.floor())).all():
        raise InputError(
            "boxes[:, 0]",
            f"must be numbers of pictures, 0…{images - 1}",
            got=f"{owner.min():g}…{owner.max():g}",
        )
    return owner.long(), rois[:, 1:]
