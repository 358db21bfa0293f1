"""What the stages of a detector look like on the picture."""

import torch
from torch.nn.functional import interpolate
from torchvision.ops import roi_align

from vislearn.viz import Boxed, BoxStyle, palette

__all__ = ["MOST", "anchors_at_one_place", "crowd", "cutouts", "spotlight"]

MOST = 40  # boxes of a crowd that can still be told apart

_GRID = 3  # cutouts along each side
_SIDE = 56  # px of a cutout
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


def cutouts(picture: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """The first nine boxes' parts of the picture, squeezed into squares as RoIAlign does: one (3, H, W).

    Args:
        picture: (3, H, W).
        boxes: (N, 4) xyxy, the surest first.
    """
    first = boxes[: _GRID**2]
    pieces = roi_align(picture[None], [first], output_size=_SIDE, aligned=True)
    sheet = picture.new_ones(3, _GRID * (_SIDE + 2) - 2, _GRID * (_SIDE + 2) - 2)
    for at, piece in enumerate(pieces):
        row, column = divmod(at, _GRID)
        top, left = row * (_SIDE + 2), column * (_SIDE + 2)
        sheet[:, top : top + _SIDE, left : left + _SIDE] = piece
    return sheet.clamp(0, 1)


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
