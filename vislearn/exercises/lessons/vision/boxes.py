"""Exercises of lesson 06: formats of boxes, and how much boxes overlap."""

import torch
from torch import Tensor
from torchvision import ops

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["iou_matrix", "to_xyxy"]


@exercise(
    "vision.to_xyxy",
    forbids=[ops.box_convert],
    hints=[
        N_("In both formats the last two columns are width and height. What do the first two say?"),
        N_(
            "In `xywh` they are the left and top edge already. In `cxcywh` they are the centre: half a width "
            "further left lies the left edge."
        ),
        N_(
            'Take the columns apart with `x, y, width, height = boxes.unbind(1)`. For "cxcywh" first move '
            "`x` and `y` by half a side. Then `torch.stack([x, y, x + width, y + height], dim=1)`."
        ),
    ],
)
def to_xyxy(boxes: Tensor, fmt: str) -> Tensor:
    """Turn boxes of two other formats into xyxy, without `box_convert`.

    Args:
        boxes: (N, 4), float32, in pixels, each row in the format `fmt`.
        fmt: "xywh" (left, top, width, height) or "cxcywh" (centre x, centre y, width, height).

    Returns:
        (N, 4), each row left, top, right, bottom.
    """
    x, y, width, height = boxes.unbind(1)
    if fmt == "cxcywh":
        x, y = x - width / 2, y - height / 2
    return torch.stack([x, y, x + width, y + height], dim=1)


@to_xyxy.inputs
def _boxes_of_a_format(generator: torch.Generator) -> tuple[Tensor, str]:
    count = (3, 5, 6)[draw(3, generator)]  # never 4: rows and columns can't be mixed up
    sides = (
        torch.randint(3, 15, (count, 2), generator=generator) * 2 + 1.0
    )  # odd: halves are no whole numbers
    sides[:, 1] += 2 * count  # never square
    centres = torch.randint(40, 90, (count, 2), generator=generator) + 0.25  # no edge is a whole number
    centres[0] = -3.75  # and one box reaches over the picture's edge
    fmt = ("xywh", "cxcywh")[draw(2, generator)]
    return torch.cat([centres, sides], dim=1), fmt


def _corners(boxes: Tensor, centred: bool, half: float = 2, pixel: float = 0) -> Tensor:
    x, y, width, height = boxes.unbind(1)
    if centred:
        x, y = x - width / half, y - height / half
        return torch.stack([x, y, x + 2 * width / half - pixel, y + 2 * height / half - pixel], dim=1)
    return torch.stack([x, y, x + width - pixel, y + height - pixel], dim=1)


@to_xyxy.mistake(
    N_(
        'You take the centre of "cxcywh" for the upper left corner. Such boxes lie half their size too far '
        "right and too far down. Look at `fmt`."
    )
)
def _centre_as_corner(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, centred=False)


@to_xyxy.mistake(
    N_('You take every box for "cxcywh". In "xywh" the first two numbers are the left and top edge already.')
)
def _corner_as_centre(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, centred=True)


@to_xyxy.mistake(
    N_(
        "Width and height are still there. xyxy needs the right and the bottom edge: left + width, top + "
        "height."
    )
)
def _sides_left(boxes: Tensor, fmt: str) -> Tensor:
    corners = _corners(boxes, fmt == "cxcywh")
    return torch.cat([corners[:, :2], boxes[:, 2:]], dim=1)


@to_xyxy.mistake(
    N_(
        "From the centre to an edge it is *half* a width, and half a height. Your boxes are twice as large as"
        " they should be."
    )
)
def _whole_sides(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, fmt == "cxcywh", half=1)


@to_xyxy.mistake(
    N_(
        "One pixel is missing: `- 1` belongs to the old convention that names the last pixel. Here right = "
        "left + width, and width = right − left."
    )
)
def _last_pixel(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, fmt == "cxcywh", pixel=1)


@to_xyxy.mistake(
    N_("Width and height are swapped: the width belongs to x, the height to y. The width comes first.")
)
def _sides_swapped(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes[:, [0, 1, 3, 2]], fmt == "cxcywh")


@to_xyxy.mistake(
    N_("The columns are in the order left, right, top, bottom. xyxy is a point and a point: left, top first.")
)
def _axis_by_axis(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, fmt == "cxcywh")[:, [0, 2, 1, 3]]


@to_xyxy.mistake(
    N_("This has shape (4, N). Stack the four columns side by side: `torch.stack([...], dim=1)`.")
)
def _stacked_in_rows(boxes: Tensor, fmt: str) -> Tensor:
    return _corners(boxes, fmt == "cxcywh").T


@to_xyxy.mistake(
    N_("`//` cuts off the half: half of 7 is 3.5, not 3. Edges may lie between pixels. Use `/`.")
)
def _halves_cut_off(boxes: Tensor, fmt: str) -> Tensor:
    x, y, width, height = boxes.unbind(1)
    if fmt == "cxcywh":
        x, y = x - width // 2, y - height // 2
    return torch.stack([x, y, x + width, y + height], dim=1)


@exercise(
    "vision.iou_matrix",
    forbids=[ops.box_iou],
    hints=[
        N_(
            "What two boxes share is a box too. Its left edge is the larger of both left edges; and its right"
            " edge?"
        ),
        N_(
            "All pairs at once: `boxes1[:, None]` has shape (N, 1, 4). Against `boxes2` (M, 4) every "
            "operation gives (N, M, ...). Sides below 0 mean that nothing is shared: `.clamp(min=0)`."
        ),
        N_(
            "`top_left = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])`, `bottom_right = "
            "torch.minimum(...)` of the columns `2:`, then `(bottom_right - top_left).clamp(min=0).prod(2)`. "
            "The union is the sum of both areas minus what they share."
        ),
    ],
)
def iou_matrix(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """Compute the IoU of every pair of boxes, without `box_iou`.

    IoU is the area that two boxes share, divided by the area that they cover together.

    Args:
        boxes1: (N, 4), float32, xyxy in pixels; every box has an area.
        boxes2: (M, 4), the same.

    Returns:
        (N, M), from 0 (apart) to 1 (the same box).
    """
    top_left = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])
    bottom_right = torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    shared = (bottom_right - top_left).clamp(min=0).prod(dim=2)
    area1 = (boxes1[:, 2:] - boxes1[:, :2]).prod(dim=1)
    area2 = (boxes2[:, 2:] - boxes2[:, :2]).prod(dim=1)
    return shared / (area1[:, None] + area2 - shared)


@iou_matrix.inputs
def _two_sets(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    first = _some_boxes(3 + draw(2, generator), generator)
    second = _some_boxes(5 + draw(2, generator), generator)
    second[0] = first[1]  # the same
    second[1] = first[0] + 100  # apart along both axes
    second[2] = first[0] + torch.tensor([100.0, 1, 100, 1])  # apart along one
    second[3] = first[2] + torch.tensor([2.0, 2, -2, -2])  # inside
    return first, second


def _some_boxes(count: int, generator: torch.Generator) -> Tensor:
    corner = torch.rand(count, 2, generator=generator) * 12
    return torch.cat([corner, corner + 6 + 20 * torch.rand(count, 2, generator=generator)], dim=1)


def _sides(boxes1: Tensor, boxes2: Tensor, pixel: float = 0) -> Tensor:
    """Width and height of what every pair shares, below 0 where they are apart: (N, M, 2)."""
    low = torch.maximum(boxes1[:, None, :2], boxes2[:, :2])
    return torch.minimum(boxes1[:, None, 2:], boxes2[:, 2:]) - low + pixel


def _areas(boxes: Tensor, pixel: float = 0) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2] + pixel).prod(dim=1)


def _shared(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _sides(boxes1, boxes2).clamp(min=0).prod(dim=2)


def _over_union(shared: Tensor, boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return shared / (_areas(boxes1)[:, None] + _areas(boxes2) - shared)


@iou_matrix.mistake(
    N_(
        "Boxes that are apart get an overlap: two negative sides give a positive area. Clamp each side at 0 "
        "before you multiply."
    )
)
def _never_clamped(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _over_union(_sides(boxes1, boxes2).prod(dim=2), boxes1, boxes2)


@iou_matrix.mistake(
    N_(
        "You clamp the area, which is too late: for boxes that are apart along x *and* y, minus times minus "
        "is already plus. Clamp each side."
    )
)
def _clamped_too_late(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _over_union(_sides(boxes1, boxes2).prod(dim=2).clamp(min=0), boxes1, boxes2)


@iou_matrix.mistake(
    N_(
        "The shared area is counted twice, once in each box. Union = area 1 + area 2 − shared. (As it is, "
        "equal boxes get 0.5 instead of 1.)"
    )
)
def _shared_counted_twice(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _shared(boxes1, boxes2) / (_areas(boxes1)[:, None] + _areas(boxes2))


@iou_matrix.mistake(
    N_(
        "`+ 1` belongs to the old convention that names the last pixel. Here a width is right − left, and "
        "boxes that only touch share nothing."
    )
)
def _one_pixel_more(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    shared = _sides(boxes1, boxes2, pixel=1).clamp(min=0).prod(dim=2)
    return shared / (_areas(boxes1, 1)[:, None] + _areas(boxes2, 1) - shared)


@iou_matrix.mistake(
    N_(
        "You take xyxy for xywh: the last two columns are the right and bottom *edge*, not width and height. "
        "Don't add them to the first two."
    )
)
def _taken_for_xywh(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    first, second = (torch.cat([one[:, :2], one[:, :2] + one[:, 2:]], dim=1) for one in (boxes1, boxes2))
    return _over_union(_shared(first, second), first, second)


@iou_matrix.mistake(
    N_(
        "The intersection is right, but the areas are those of xywh boxes: xyxy holds no width and height. "
        "Subtract: right − left, bottom − top."
    )
)
def _areas_of_xywh(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    shared = _shared(boxes1, boxes2)
    return shared / (boxes1[:, 2:].prod(dim=1)[:, None] + boxes2[:, 2:].prod(dim=1) - shared)


@iou_matrix.mistake(
    N_(
        "You divide by the smaller box. A small box inside a large one would then get 1, as if both were the "
        "same. Divide by the union."
    )
)
def _over_the_smaller(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _shared(boxes1, boxes2) / torch.minimum(_areas(boxes1)[:, None], _areas(boxes2))


@iou_matrix.mistake(
    N_(
        "You divide by the area of one of the boxes: then IoU(a, b) is not IoU(b, a). Divide by what both "
        "cover together."
    )
)
def _over_the_first(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _shared(boxes1, boxes2) / _areas(boxes1)[:, None]


@iou_matrix.mistake(N_("This is the shared area, in square pixels. Divide it by the area of the union."))
def _only_shared(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _shared(boxes1, boxes2)


@iou_matrix.mistake(
    N_("Rows and columns are swapped: row i, column j belongs to box i of `boxes1` and box j of `boxes2`.")
)
def _transposed(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    return _over_union(_shared(boxes2, boxes1), boxes2, boxes1)
