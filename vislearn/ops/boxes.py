"""Boxes: their formats, their areas, and how much two of them overlap."""

import math
from collections.abc import Callable

import torch

from vislearn.errors import InputError, require_one_of

__all__ = [
    "FORMATS",
    "LARGEST",
    "box_area",
    "box_convert",
    "box_iou",
    "box_overlap",
    "clip_boxes_to_image",
    "complete_box_iou",
    "distance_box_iou",
    "generalized_box_iou",
    "remove_small_boxes",
    "require_xyxy",
]

FORMATS = ("xyxy", "xywh", "cxcywh")
LARGEST = 1e18  # pixels; the area of a box beyond it overflows float32


def box_area(boxes: torch.Tensor) -> torch.Tensor:
    """Width times height: (..., N, 4) xyxy pixels -> (..., N) square pixels, 0 for a box without width.

    float16, bfloat16 and whole numbers are counted in float32: a box of 300×300 is too much for float16.

    >>> box_area(torch.tensor([[0, 0, 2, 3], [5, 5, 5, 9]]))
    tensor([6., 0.])
    """
    require_xyxy("boxes", boxes)
    return _area(_sides(_upcast(boxes)))


def box_overlap(boxes1: torch.Tensor, boxes2: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Areas of intersection and union of every pair: (..., N, 4) and (..., M, 4) xyxy -> two (..., N, M).

    >>> box_overlap(torch.tensor([[0, 0, 2, 2]]), torch.tensor([[1, 0, 3, 2]]))
    (tensor([[2.]]), tensor([[6.]]))
    """
    require_xyxy("boxes1", boxes1)
    require_xyxy("boxes2", boxes2)
    return _overlap(_upcast(boxes1), _upcast(boxes2))


def box_iou(boxes1: torch.Tensor, boxes2: torch.Tensor) -> torch.Tensor:
    """Intersection over union of every pair, in [0, 1]: (..., N, 4) and (..., M, 4) xyxy -> (..., N, M).

    Two boxes without area have no overlap: 0, where torchvision has 0/0 = nan.

    Source: Jaccard (1912); Everingham et al., The PASCAL Visual Object Classes Challenge (2010), eq. 3.

    >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2], [0, 0, 2, 2], [9, 9, 9, 9]]))
    tensor([[0.3333, 1.0000, 0.0000]])
    """
    return _ratio(*box_overlap(boxes1, boxes2))


def generalized_box_iou(boxes1: torch.Tensor, boxes2: torch.Tensor) -> torch.Tensor:
    """IoU minus the empty share of the box around both, in [-1, 1]: (..., N, 4), (..., M, 4) -> (..., N, M).

    Boxes that don't touch have IoU 0 however far apart they are; this still tells, so it can be learned from.

    Source: Rezatofighi et al., Generalized Intersection over Union (2019), algorithm 1.

    >>> generalized_box_iou(torch.tensor([[0.0, 0, 1, 1]]), torch.tensor([[1.0, 0, 2, 1], [3, 0, 4, 1]]))
    tensor([[ 0.0000, -0.5000]])
    """
    inter, union = box_overlap(boxes1, boxes2)
    hull = _area(_hull_sides(_upcast(boxes1), _upcast(boxes2)))  # (..., N, M)
    return _ratio(inter, union) - _ratio(hull - union, hull)


def distance_box_iou(boxes1: torch.Tensor, boxes2: torch.Tensor, eps: float = 1e-7) -> torch.Tensor:
    """IoU minus how far the centres are apart, in [-1, 1]: (..., N, 4), (..., M, 4) xyxy -> (..., N, M).

    The distance is squared, and counted in squared diagonals of the smallest box around both.

    Args:
        boxes1: (..., N, 4) xyxy.
        boxes2: (..., M, 4) xyxy.
        eps: square pixels added to the squared diagonal, as torchvision does.

    Source: Zheng et al., Distance-IoU Loss (2020), eq. 6.

    >>> distance_box_iou(torch.tensor([[0.0, 0, 1, 1]]), torch.tensor([[1.0, 0, 2, 1]]))
    tensor([[-0.2000]])
    """
    iou = box_iou(boxes1, boxes2)
    first, second = _upcast(boxes1), _upcast(boxes2)
    diagonal = _hull_sides(first, second).square().sum(dim=-1) + eps  # (..., N, M)
    apart = _centres(first)[..., :, None, :] - _centres(second)[..., None, :, :]  # (..., N, M, 2)
    return iou - apart.square().sum(dim=-1) / diagonal


def complete_box_iou(boxes1: torch.Tensor, boxes2: torch.Tensor, eps: float = 1e-7) -> torch.Tensor:
    """Distance IoU minus how much the shapes differ: (..., N, 4), (..., M, 4) xyxy -> (..., N, M).

    The shape is the angle of the diagonal; it counts the more, the better the boxes overlap. A box without
    width and height has the angle 0, where torchvision has nan.

    Args:
        boxes1: (..., N, 4) xyxy.
        boxes2: (..., M, 4) xyxy.
        eps: added where torchvision adds it.

    Source: Zheng et al., Distance-IoU Loss (2020), eq. 8 to 11.

    >>> complete_box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 1]]))
    tensor([[1.0000, 0.4655]])
    """
    iou = box_iou(boxes1, boxes2)
    first, second = (
        torch.atan2(*_sides(_upcast(boxes)).unbind(-1)) for boxes in (boxes1, boxes2)
    )  # (..., N)
    shape = 4 / math.pi**2 * (first[..., :, None] - second[..., None, :]).square()  # (..., N, M)
    weight = (shape / (1 - iou + shape + eps)).detach()  # a setting, not something to learn: as in the paper
    return distance_box_iou(boxes1, boxes2, eps) - weight * shape


def box_convert(boxes: torch.Tensor, in_fmt: str, out_fmt: str) -> torch.Tensor:
    """The same boxes in another format: (..., 4) -> (..., 4).

    ``xyxy``: left, top, right, bottom (torchvision, VOC). ``xywh``: left, top, width, height (COCO).
    ``cxcywh``: centre, width, height (YOLO). A box may be valid in several: only you know which it is.

    Args:
        boxes: pixels or fractions, any number type; halves make whole numbers float32.
        in_fmt: the format they have.
        out_fmt: the format wanted.

    Raises:
        InputError: an unknown format, not 4 columns, not finite, or what ``in_fmt`` can't have.

    >>> box_convert(torch.tensor([[10, 20, 30, 40]]), "xywh", "xyxy")
    tensor([[10, 20, 40, 60]])
    """
    require_one_of("in_fmt", in_fmt, FORMATS)
    require_one_of("out_fmt", out_fmt, FORMATS)
    _require_four(boxes, "boxes")
    if in_fmt == "xyxy":
        _require_order("boxes", boxes)
    elif (wrong := (boxes[..., 2:] < 0).any(dim=-1)).any():
        raise InputError(
            f"boxes given as {in_fmt}",
            "must have width and height of at least 0",
            got=_first(boxes, wrong),
            fix="Which format do they really have?",
        )
    return boxes.clone() if in_fmt == out_fmt else _FROM_XYXY[out_fmt](_TO_XYXY[in_fmt](boxes))


def clip_boxes_to_image(boxes: torch.Tensor, canvas_hw: tuple[int, int]) -> torch.Tensor:
    """Boxes cut off at the edges of the picture: (..., 4) xyxy -> (..., 4).

    A box entirely outside becomes one without area on the edge: ``remove_small_boxes`` finds it.

    Args:
        boxes: (..., 4) xyxy pixels.
        canvas_hw: height and width of the picture, in this order.

    Raises:
        InputError: a height or width below 0, or boxes that aren't xyxy.

    >>> clip_boxes_to_image(torch.tensor([[-5, 2, 30, 8]]), (10, 20))
    tensor([[ 0,  2, 20,  8]])
    """
    require_xyxy("boxes", boxes)
    height, width = canvas_hw
    if height < 0 or width < 0:
        raise InputError("canvas_hw", "must be height and width in pixels", got=tuple(canvas_hw))
    x, y = boxes[..., 0::2].clamp(0, width), boxes[..., 1::2].clamp(0, height)  # (..., 2) each
    return torch.stack([x, y], dim=-1).flatten(-2)  # (..., 4): x0, y0, x1, y1 again


def remove_small_boxes(boxes: torch.Tensor, min_size: float) -> torch.Tensor:
    """Indices of the boxes whose sides are both at least ``min_size``: (N, 4) xyxy -> (K,) int64.

    A side of exactly ``min_size`` stays, as in torchvision's code (its text says "larger").

    >>> remove_small_boxes(torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 0.5]]), 1)
    tensor([0])
    """
    require_xyxy("boxes", boxes)
    return (_sides(boxes) >= min_size).all(dim=-1).nonzero()[..., 0]


def require_xyxy(name: str, boxes: torch.Tensor) -> None:
    """Refuse what can't be boxes (..., N, 4) in xyxy: another shape, nan, inf, or corners that are swapped.

    Zero width or height passes: cut off at the edge of a picture, boxes may well have none.

    Args:
        name: what the error calls them.
        boxes: (..., N, 4); float or whole numbers.

    Raises:
        InputError: naming the first bad box, and xywh where they look like it.

    >>> require_xyxy("boxes", torch.tensor([[50.0, 60, 20, 30]]))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: boxes must be xyxy with left ≤ right and top ≤ bottom, got [50, 60, 20, 30]...
    """
    _require_four(boxes, name)
    if boxes.ndim < 2:
        raise InputError(name, "must have shape (..., N, 4)", got="(4,)", fix=f"One box? {name}[None].")
    fmt = str(getattr(getattr(boxes, "format", None), "value", "XYXY"))  # a tv_tensor knows its format
    if fmt != "XYXY":
        raise InputError(name, "must be xyxy", got=f"BoundingBoxes in {fmt}", fix=_as_xyxy(name, fmt.lower()))
    _require_order(name, boxes)


def _require_order(name: str, boxes: torch.Tensor) -> None:
    if (wrong := (boxes[..., 2:] < boxes[..., :2]).any(dim=-1)).any():
        raise InputError(
            name,
            "must be xyxy with left ≤ right and top ≤ bottom",
            got=_first(boxes, wrong),
            fix=f"They may be xywh: {_as_xyxy(name, 'xywh')}",
        )


def _require_four(boxes: torch.Tensor, name: str) -> None:
    if not isinstance(boxes, torch.Tensor):
        raise InputError(name, "must be a tensor", got=type(boxes).__name__, fix=f"torch.tensor({name}).")
    if boxes.ndim == 0 or boxes.shape[-1] != 4:
        empty = boxes.numel() == 0
        raise InputError(
            name,
            "must have shape (..., N, 4)",
            got=tuple(boxes.shape),
            fix="No boxes are torch.zeros(0, 4)." if empty else "",
        )
    if boxes.dtype == torch.bool or boxes.is_complex():
        raise InputError(name, "must be float or whole numbers", got=boxes.dtype)
    if (wrong := ~(boxes.abs() <= LARGEST).all(dim=-1)).any():  # nan is not ≤ anything, so this finds it too
        raise InputError(name, f"must be finite, below {LARGEST:g}", got=_first(boxes, wrong))


def _first(boxes: torch.Tensor, wrong: torch.Tensor) -> str:
    """The first box that ``wrong`` (...,) marks, and where it is."""
    at = tuple(wrong.nonzero()[0].tolist())
    numbers = ", ".join(f"{number:g}" for number in boxes[at].tolist())
    place = f" in row {at[0] if len(at) == 1 else at}" if at else ""
    return f"[{numbers}]{place}"


def _as_xyxy(name: str, fmt: str) -> str:
    return f'box_convert({name}, "{fmt}", "xyxy").'


def _upcast(boxes: torch.Tensor) -> torch.Tensor:
    return boxes if boxes.dtype in (torch.float32, torch.float64) else boxes.float()


def _sides(boxes: torch.Tensor) -> torch.Tensor:
    return boxes[..., 2:] - boxes[..., :2]  # (..., N, 2): width, height


def _area(sides: torch.Tensor) -> torch.Tensor:
    return sides[..., 0] * sides[..., 1]  # prod(dim=-1) says the same, and takes three times as long


def _centres(boxes: torch.Tensor) -> torch.Tensor:
    return (boxes[..., :2] + boxes[..., 2:]) / 2  # (..., N, 2)


def _overlap(boxes1: torch.Tensor, boxes2: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Intersection and union (..., N, M) of checked float boxes; the part worth compiling."""
    inter = _shared(boxes1, boxes2, 0) * _shared(boxes1, boxes2, 1)  # (..., N, M): width times height
    area1, area2 = _area(_sides(boxes1)), _area(_sides(boxes2))  # (..., N), (..., M)
    return inter, area1[..., :, None] + area2[..., None, :] - inter


def _shared(boxes1: torch.Tensor, boxes2: torch.Tensor, axis: int) -> torch.Tensor:
    """How long what two boxes share is along x (0) or y (1): (..., N, M)."""
    low = torch.maximum(boxes1[..., :, None, axis], boxes2[..., None, :, axis])
    high = torch.minimum(boxes1[..., :, None, axis + 2], boxes2[..., None, :, axis + 2])
    return (high - low).clamp(min=0)


def _ratio(part: torch.Tensor, whole: torch.Tensor) -> torch.Tensor:
    """Of the whole, which part; 0 where there is no whole; no 0/0 either, which would spoil the gradient."""
    return part / torch.where(whole > 0, whole, 1.0)


def _hull_sides(boxes1: torch.Tensor, boxes2: torch.Tensor) -> torch.Tensor:
    top_left = torch.minimum(boxes1[..., :, None, :2], boxes2[..., None, :, :2])
    bottom_right = torch.maximum(boxes1[..., :, None, 2:], boxes2[..., None, :, 2:])
    return bottom_right - top_left  # (..., N, M, 2)


def _joined(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.cat([first, second], dim=-1)


_Convert = Callable[[torch.Tensor], torch.Tensor]
_TO_XYXY: dict[str, _Convert] = {
    "xyxy": lambda boxes: boxes,
    "xywh": lambda boxes: _joined(boxes[..., :2], boxes[..., :2] + boxes[..., 2:]),
    "cxcywh": lambda boxes: _joined(
        boxes[..., :2] - 0.5 * boxes[..., 2:], boxes[..., :2] + 0.5 * boxes[..., 2:]
    ),
}
_FROM_XYXY: dict[str, _Convert] = {
    "xyxy": lambda boxes: boxes,
    "xywh": lambda boxes: _joined(boxes[..., :2], _sides(boxes)),
    "cxcywh": lambda boxes: _joined(_centres(boxes), _sides(boxes)),
}
