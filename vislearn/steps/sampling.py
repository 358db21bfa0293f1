"""RoIAlign for one box: bins, points, weights, means; and what RoIPool's rounding would have done."""

from collections.abc import Iterator
from typing import Any

import torch
from torchvision.ops import roi_align as torchvision_roi_align

from vislearn import ops
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.ops.pooling import bin_edges, whole_cells
from vislearn.steps.step import Step
from vislearn.viz import palette
from vislearn.viz.pictures.cells import Bins, Cells

__all__ = ["roi_align"]

_TRUE = {"color": palette.WARM, "dash": (4, 2.5)}  # the box as it is, where another is drawn too
_AROUND = 1  # cells drawn around the box


def roi_align(
    features: torch.Tensor,
    box: torch.Tensor,
    output_size: int | tuple[int, int] = 2,
    sampling_ratio: int = 2,
    *,
    spatial_scale: float = 1.0,
    aligned: bool = True,
    channel: int = 0,
) -> Iterator[Step]:
    """Walk one box through RoIAlign, with RoIPool beside it.

    The last step's value is what ``torchvision.ops.roi_align`` returns for this box.

    Args:
        features: (C, H, W) or (H, W) floats.
        box: (4,) xyxy in pixels; times ``spatial_scale`` in cells.
        output_size: bins, as one number or (height, width).
        sampling_ratio: points per bin along each axis; 0 or less takes one per cell.
        spatial_scale: cells per pixel.
        aligned: as for :func:`vislearn.ops.roi_align`.
        channel: the one that is drawn.

    Yields:
        Box, RoIPool, bins, points, one point, means, RoIAlign. Values: the box in cells, RoIPool's result
        (1, C, h, w), the height and width of a bin, the points (P, 2) in cells, the four weights, the means
        (1, C, h, w), torchvision's result (1, C, h, w).

    Raises:
        InputError: as :func:`vislearn.ops.roi_align`, or a box without area, or a channel that isn't there.

    >>> [step.title for step in roi_align(torch.rand(8, 8), torch.tensor([1.2, 1.2, 5.7, 6.3]))]
    ['Box', 'RoIPool', 'Bins', 'Points', 'One point', 'Means', 'RoIAlign']
    """
    one = _One(features, box, output_size, sampling_ratio, spatial_scale, aligned, channel)
    yield Step(_("Box"), one.cells_xyxy, one.box_note(), picture=one.drawn(one.whole()))
    pooled = ops.roi_pool(one.features, one.boxes, one.size, spatial_scale)
    yield Step(
        _("RoIPool"), pooled, one.rounding_note(), picture=one.drawn(one.rounded(), one.whole(**_TRUE))
    )
    note = _("RoIAlign rounds nothing: {count} equal bins, wherever their edges fall.", count=one.count)
    yield Step(_("Bins"), torch.tensor(one.bin_size), note, picture=one.drawn(one.divided()))
    points = one.points()
    note = _("{count} points, spread evenly: each bin is asked there.", count=len(points))
    yield Step(_("Points"), points, note, picture=one.drawn(one.divided(), points=points))
    yield one.one_point(points[:1])
    means = ops.roi_align(one.features, one.boxes, one.size, spatial_scale, sampling_ratio, aligned)
    note = _("Each bin is the mean of its points.")
    yield Step(_("Means"), means, note, picture=Cells(means[0, channel]))
    result = torchvision_roi_align(one.features, one.boxes, one.size, spatial_scale, sampling_ratio, aligned)
    yield Step(_("RoIAlign"), result, _result_note(means, pooled, result), picture=Cells(result[0, channel]))


def _result_note(means: torch.Tensor, pooled: torch.Tensor, result: torch.Tensor) -> str:
    same = torch.allclose(means, result, rtol=1e-4, atol=1e-5)
    return _(
        "torchvision's own answer; by hand: {verdict}. RoIPool's differs by up to {by_pool}.",
        verdict=_("the same") if same else _("different"),
        by_pool=f"{(pooled - result).abs().max().item():.2g}",
    )


class _One:
    """One box on one map, and its numbers."""

    def __init__(
        self,
        features: torch.Tensor,
        box: torch.Tensor,
        output_size: int | tuple[int, int],
        sampling_ratio: int,
        spatial_scale: float,
        aligned: bool,
        channel: int,
    ) -> None:
        if features.ndim not in (2, 3):
            raise InputError(
                "features",
                "must have shape (C, H, W) or (H, W)",
                got=tuple(features.shape),
                fix="Take one picture of the batch: features[0].",
            )
        self.features = (features if features.ndim == 3 else features[None])[None].detach()  # (1, C, H, W)
        if not 0 <= channel < self.features.shape[1]:
            raise InputError("channel", f"must be in 0…{self.features.shape[1] - 1}", got=channel)
        box = torch.as_tensor(box)
        if box.shape != (4,):
            raise InputError("box", "must have shape (4,)", got=tuple(box.shape), fix="Take one: boxes[0].")
        ops.require_xyxy("box", box[None])
        if not (box[2:] > box[:2]).all():
            raise InputError("box", "must have width and height above 0", got=box.tolist())
        self.boxes = [box[None].to(self.features.dtype)]
        self.size = (output_size, output_size) if isinstance(output_size, int) else output_size
        self.ratio, self.scale, self.aligned, self.channel = sampling_ratio, spatial_scale, aligned, channel
        self.cells_xyxy = self.boxes[0][0] * spatial_scale  # (4,)

    @property
    def count(self) -> int:
        return self.size[0] * self.size[1]

    @property
    def shift(self) -> float:
        """How far from the box torchvision looks, in cells: half a one, unless ``aligned``."""
        return 0.0 if self.aligned else 0.5

    @property
    def bin_size(self) -> tuple[float, float]:
        """Height and width in cells."""
        x0, y0, x1, y1 = self.cells_xyxy.tolist()
        least = 0.0 if self.aligned else 1.0
        return max(y1 - y0, least) / self.size[0], max(x1 - x0, least) / self.size[1]

    def whole(self, **style: Any) -> Bins:
        x0, y0, x1, y1 = self.cells_xyxy.tolist()
        return Bins([(x0, x1)], [(y0, y1)], **style)

    def divided(self) -> Bins:
        (x0, y0), (height, width) = self.cells_xyxy[:2].tolist(), self.bin_size
        x0, y0 = x0 + self.shift, y0 + self.shift
        xs = [(x0 + at * width, x0 + (at + 1) * width) for at in range(self.size[1])]
        return Bins(xs, [(y0 + at * height, y0 + (at + 1) * height) for at in range(self.size[0])])

    def rounded(self) -> Bins:
        """RoIPool's bins, in whole cells."""
        x0, y0, x1, y1 = (int(edge) for edge in whole_cells(self.cells_xyxy).tolist())
        rows, columns = self.features.shape[2:]
        dtype = self.features.dtype
        return Bins(
            bin_edges(x0, x1, self.size[1], columns, dtype),
            bin_edges(y0, y1, self.size[0], rows, dtype),
        )

    def points(self) -> torch.Tensor:
        """(P, 2) x and y in cells, the middle of the first cell being 0.5; bin after bin."""
        x0, y0, x1, y1 = self.cells_xyxy[:, None]
        xs = ops.sample_positions(x0, x1, self.size[1], self.ratio, self.aligned)[0][0] + 0.5  # (w, S)
        ys = ops.sample_positions(y0, y1, self.size[0], self.ratio, self.aligned)[0][0] + 0.5  # (h, S)
        at_y, at_x = torch.broadcast_tensors(ys[:, None, :, None], xs[None, :, None, :])  # (h, w, S, S)
        return torch.stack([at_x, at_y], dim=-1).reshape(-1, 2)

    def drawn(self, *bins: Bins, points: Any = ()) -> Cells:
        return Cells(self.features[0, self.channel], bins, points, window=self._window())

    def _window(self) -> tuple[int, int, int, int]:
        rows, columns = self.features.shape[2:]
        x0, y0, x1, y1 = self.cells_xyxy.tolist()
        left, top = (max(0, int(edge) - _AROUND) for edge in (x0, y0))
        right, bottom = (int(edge) + 2 + _AROUND for edge in (x1, y1))
        return min(left, columns - 1), min(top, rows - 1), min(right, columns), min(bottom, rows)

    def box_note(self) -> str:
        edges = ", ".join(f"{edge:.4g}" for edge in self.cells_xyxy.tolist())
        if self.scale == 1:
            return _(
                "The box on the feature map: {edges} in cells. Its edges cut through cells.", edges=edges
            )
        return _(
            "The box times {scale}: {edges} in cells of the feature map. Its edges cut through cells.",
            scale=f"{self.scale:g}",
            edges=edges,
        )

    def rounding_note(self) -> str:
        bins = self.rounded()
        seen = bins.xs[0][0], bins.ys[0][0], bins.xs[-1][1], bins.ys[-1][1]
        moved = max(abs(one - other) for one, other in zip(seen, self.cells_xyxy.tolist(), strict=True))
        return _(
            "RoIPool rounds the box, then its bins, to whole cells, and takes the largest number in each: "
            "here an edge moved by {moved} cells. Dashed: the box as it is.",
            moved=f"{moved:.2f}",
        )

    def one_point(self, point: torch.Tensor) -> Step:
        """The four cells around a point, and how much of each it takes."""
        rows, columns = self.features.shape[2:]
        x, y = (point[0] - 0.5).tolist()
        x, y = min(max(x, 0), columns - 1), min(max(y, 0), rows - 1)
        left, top = min(int(x), max(columns - 2, 0)), min(int(y), max(rows - 2, 0))
        across, down = x - left, y - top
        shares = {
            (top + i, left + j): (down if i else 1 - down) * (across if j else 1 - across)
            for i in (0, 1)
            for j in (0, 1)
            if top + i < rows and left + j < columns
        }
        values = self.features[0, self.channel]
        terms = " + ".join(f"{share:.2f}·{values[at]:.3g}" for at, share in shares.items())
        total = sum(share * values[at].item() for at, share in shares.items())
        window = (left, top, min(left + 2, columns), min(top + 2, rows))
        words = {at: f"{share:.2f}·{values[at]:.3g}" for at, share in shares.items()}
        return Step(
            _("One point"),
            torch.tensor(list(shares.values())),
            _("Nearer cells count more: {terms} = {total}.", terms=terms, total=f"{total:.3g}"),
            picture=Cells(values, points=point, words=words, window=window),
        )
