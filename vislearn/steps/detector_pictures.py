"""What the stages of a detector look like on the picture."""

import torch
from torch.nn.functional import interpolate
from torchvision.ops import nms, roi_align

from vislearn.viz import Boxed, BoxStyle, palette

__all__ = ["MOST", "anchors_at_one_place", "crowd", "features_beside", "lying_apart", "spotlight"]

MOST = 40  # boxes of a crowd that can still be told apart

_FEW = 4  # proposals that are shown one by one
_MAPS = 3  # of each
_SIDE, _GAP = 56, 2  # px of a piece, and between pieces
_STEP = _SIDE + _GAP
_APART = 0.3  # IoU up to which two proposals are worth showing each
_DIM = 0.25  # how much is left of the picture where nothing is found


def anchors_at_one_place(picture: torch.Tensor, anchors: torch.Tensor) -> Boxed:
    """All anchors whose centre lies nearest to the middle of the picture.

    Args:
        picture: (3, H, W).
        anchors: (N, 4) xyxy in its pixels.
    """
    height, width = picture.shape[-2:]
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2
    distances = (centres - centres.new_tensor([width / 2, height / 2])).norm(dim=1)
    near = anchors[distances <= distances.min() + 0.5] if len(anchors) else anchors
    sizes = (near[:, 2:] - near[:, :2]).prod(1).sqrt().tolist()
    order: list[float] = []  # anchors are rounded to whole pixels: sizes that hardly differ are one
    for size in sorted(sizes):
        if not order or size > 1.1 * order[-1]:
            order.append(size)
    ranks = [sum(size >= first for first in order) - 1 for size in sizes]
    styles = [BoxStyle(palette.SERIES[rank % len(palette.SERIES)], 2.0) for rank in ranks]
    return Boxed(picture, near, styles=styles)


def crowd(picture: torch.Tensor, boxes: torch.Tensor, *, most: int = MOST) -> Boxed:
    """Many boxes as thin lines.

    Args:
        picture: (3, H, W).
        boxes: (N, 4) xyxy, the surest first.
        most: how many to draw.
    """
    drawn = boxes[:most].flip(0)  # the surest on top
    return Boxed(picture, drawn, styles=[BoxStyle(palette.SERIES[1], 1.2, faint=True)] * len(drawn))


def features_beside(picture: torch.Tensor, boxes: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """Four boxes that overlap little, a row each: the picture in it, and three of its features: (3, H, W).

    The maps are those that differ most from place to place. Each is drawn from its smallest value, black, to
    its largest, white, over all rows.

    Args:
        picture: (3, H, W).
        boxes: (N, 4) xyxy, the surest first.
        features: (N, C, h, w), what RoIAlign gave for them.
    """
    chosen = lying_apart(boxes, -torch.arange(len(boxes), dtype=torch.float32, device=boxes.device))
    sheet = picture.new_ones(3, _FEW * _STEP - _GAP, (1 + _MAPS) * _STEP - _GAP)
    if not len(chosen):
        return sheet
    some = features[chosen]
    liveliest = some.transpose(0, 1).flatten(1).std(1, unbiased=False).topk(min(_MAPS, some.shape[1])).indices
    maps = some[:, liveliest]
    low, high = maps.amin((0, 2, 3), keepdim=True), maps.amax((0, 2, 3), keepdim=True)
    shades = interpolate((maps - low) / (high - low).clamp(min=1e-9), size=(_SIDE, _SIDE), mode="nearest")
    pieces = roi_align(picture[None], [boxes[chosen]], output_size=_SIDE, aligned=True)
    for row, (piece, grey) in enumerate(zip(pieces, shades, strict=True)):
        for column, tile in enumerate([piece, *grey]):
            top, left = row * _STEP, column * _STEP
            sheet[:, top : top + _SIDE, left : left + _SIDE] = tile
    return sheet.clamp(0, 1)


def lying_apart(boxes: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """The indices of the four highest scores among boxes that overlap little, the highest first.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,), one for each.
    """
    return nms(boxes, scores, _APART)[:_FEW]


def spotlight(
    picture: torch.Tensor, chances: torch.Tensor, size_hw: tuple[int, int], padded_hw: tuple[int, ...]
) -> torch.Tensor:
    """The picture, dark where the chance is low: (3, H, W).

    Args:
        picture: (3, H, W).
        chances: (h, w) in 0..1, over the padded picture.
        size_hw: of the picture within the padded one.
        padded_hw: of the padded one.
    """
    full = interpolate(chances[None, None], size=padded_hw, mode="bilinear", align_corners=False)
    light = interpolate(full[..., : size_hw[0], : size_hw[1]], size=picture.shape[-2:], mode="bilinear")[0]
    return picture * (_DIM + (1 - _DIM) * light)
