"""What one example of a detection data set is: a picture's target, and every way it can be wrong."""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict, TypeGuard

import torch

from vislearn.errors import InputError, Words
from vislearn.language import N_

__all__ = [
    "BoxDefect",
    "DetectionTarget",
    "Prediction",
    "empty_target",
    "lies_outside",
    "target_defects",
    "validate_target",
]

_FLOATS = (torch.float32, torch.float64, torch.float16)
_KNOWN = ("boxes", "labels", "image_id", "area", "iscrowd", "masks")
_HALF_A_PIXEL = 0.5  # resizing and rotating round: a box may stick out this far without meaning harm


class _Required(TypedDict):
    boxes: torch.Tensor
    labels: torch.Tensor


class DetectionTarget(_Required, total=False):
    """The objects on one picture, as torchvision's detectors learn from them.

    Attributes:
        boxes: float32 (N, 4), xyxy in pixels of the picture: left, top, right, bottom; right and bottom lie
            just outside, so that width is right - left. A picture without objects has (0, 4).
        labels: int64 (N,), 1 ... K; 0 is the background, which nobody draws boxes around.
        image_id: an int64 scalar, different for each picture; ties predictions to pictures in COCO's scores.
        area: float32 (N,), pixels; COCO sorts objects into small, medium and large by it.
        iscrowd: int64 (N,), 1 for a box around a crowd: not learned from, and ignored by COCO's scores.
        masks: uint8 or bool (N, H, W), 1 where the object is; for instance segmentation.
    """

    image_id: torch.Tensor
    area: torch.Tensor
    iscrowd: torch.Tensor
    masks: torch.Tensor


class Prediction(TypedDict):
    """What a detector says about one picture, the surest first.

    Attributes:
        boxes: float32 (N, 4), xyxy in pixels of the picture.
        labels: int64 (N,), 1 ... K.
        scores: float32 (N,) in 0..1.
    """

    boxes: torch.Tensor
    labels: torch.Tensor
    scores: torch.Tensor


def empty_target(image_id: int = 0) -> DetectionTarget:
    """The target of a picture without objects: (0, 4) boxes, not (0,).

    Args:
        image_id: of the picture.

    >>> empty_target()["boxes"].shape
    torch.Size([0, 4])
    """
    return {
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "image_id": torch.tensor(image_id),
        "area": torch.zeros(0),
        "iscrowd": torch.zeros(0, dtype=torch.int64),
    }


def validate_target(
    target: Mapping[str, Any],
    canvas_hw: tuple[int, int],
    *,
    num_classes: int | None = None,
    name: str = "target",
) -> None:
    """Refuse a target that a detector would crash on, or worse, learn nonsense from.

    Args:
        target: what :class:`DetectionTarget` describes; tv_tensors are welcome, and no objects at all too.
        canvas_hw: height and width of its picture, pixels.
        num_classes: K, the greatest label; None lets any from 1 pass.
        name: what to call it in the sentence, such as ``"target of 3.jpg"``.

    Raises:
        InputError: the first defect that :func:`target_defects` finds.

    >>> validate_target({"boxes": torch.tensor([[0.0, 0, 8, 8]]), "labels": torch.tensor([0])}, (16, 16))
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: target['labels'] must be 1 or more, got 0 at index 0. 0 is the background: \
number your classes from 1.
    """
    for defect in target_defects(target, canvas_hw, num_classes=num_classes, name=name):
        raise defect


class BoxDefect(InputError):
    """One box breaks a rule.

    Attributes:
        index: which, from 0.
        rule: what it must be.
        edges: as they are, and what they look like.
    """

    def __init__(self, name: str, rule: str, *, got: str, index: int, guess: str = "", fix: str = "") -> None:
        like = Words(N_(", which looks like {guess}"), guess=guess) if guess else ""
        placed = Words(N_("{box} at index {index}{like}"), box=got, index=index, like=like)
        super().__init__(name, rule, got=placed, fix=fix)
        self.index, self.edges = index, Words(N_("{box}{like}"), box=got, like=like)


def _at(index: int, value: object) -> Words:
    return Words(N_("{value} at index {index}"), value=value, index=index)


def target_defects(
    target: Mapping[str, Any],
    canvas_hw: tuple[int, int],
    *,
    num_classes: int | None = None,
    name: str = "target",
) -> Iterator[InputError]:
    """Everything wrong with a target, one sentence each; nothing for a sound one.

    Args:
        target: as for :func:`validate_target`.
        canvas_hw: height and width of its picture, pixels.
        num_classes: K, the greatest label; None lets any from 1 pass.
        name: what to call it in the sentences.

    Source: sections 4 and 13 of the course's text.
    """
    wrong_form = list(_wrong_form(target, canvas_hw, name))
    yield from wrong_form
    if not wrong_form:  # values can only be judged where there are as many as there should be
        yield from _wrong_labels(_plain(target["labels"]), num_classes, f"{name}['labels']")
        yield from _wrong_boxes(_plain(target["boxes"]), canvas_hw, f"{name}['boxes']")
        yield from _wrong_extras(target, name)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().as_subclass(torch.Tensor)


def _wrong_form(target: Any, canvas_hw: tuple[int, int], name: str) -> Iterator[InputError]:
    """Keys, types and shapes."""
    if not isinstance(target, Mapping):
        yield InputError(name, N_("must be a dict with 'boxes' and 'labels'"), got=type(target).__name__)
        return
    for key in ("boxes", "labels"):
        if key not in target:
            given = ", ".join(repr(given) for given in target) or Words(N_("an empty dict"))
            yield InputError(name, Words(N_("must have a key {key!r}"), key=key), got=given)
    boxes = target.get("boxes")
    count = len(boxes) if _is_boxes(boxes) else None
    for key in _KNOWN:
        if key in target and (defect := _wrong_entry(key, target[key], count, canvas_hw, name)):
            yield defect


def _is_boxes(value: Any) -> TypeGuard[torch.Tensor]:
    return isinstance(value, torch.Tensor) and value.ndim == 2 and value.shape[1] == 4


def _wrong_entry(
    key: str, value: Any, count: int | None, canvas_hw: tuple[int, int], name: str
) -> InputError | None:
    """``count``: number of boxes, where their own shape is right."""
    if not isinstance(value, torch.Tensor):
        if key == "image_id" and isinstance(value, int):
            return None
        return InputError(f"{name}[{key!r}]", N_("must be a tensor"), got=type(value).__name__)
    if defect := _wrong_type(key, value, name) or _wrong_shape(key, value, count, name):
        return defect
    if key == "masks" and tuple(value.shape[1:]) != tuple(canvas_hw):
        return InputError(
            f"{name}['masks']",
            Words(
                N_("must be as large as the picture, {height}×{width}"),
                height=canvas_hw[0],
                width=canvas_hw[1],
            ),
            got=f"{value.shape[1]}×{value.shape[2]}",
            fix=N_("Transform picture and masks together."),
        )
    return None


def _wrong_type(key: str, value: torch.Tensor, name: str) -> InputError | None:
    if key == "boxes" and value.dtype not in _FLOATS:
        return InputError(
            f"{name}['boxes']", N_("must be float32"), got=_name(value), fix=N_("Add .to(torch.float32).")
        )
    if key == "labels" and value.dtype != torch.int64:
        return InputError(
            f"{name}['labels']", N_("must be int64"), got=_name(value), fix=N_("Add .to(torch.int64).")
        )
    if key == "masks" and value.dtype not in (torch.uint8, torch.bool):
        return InputError(f"{name}['masks']", N_("must be uint8 or bool"), got=_name(value))
    return None


def _name(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _wrong_shape(key: str, value: torch.Tensor, count: int | None, name: str) -> InputError | None:
    shape, what = tuple(value.shape), f"{name}[{key!r}]"
    if key == "image_id":
        return (
            None
            if value.numel() == 1
            else InputError(what, N_("must be one number"), got=Words(N_("shape {shape}"), shape=shape))
        )
    if key == "boxes":
        if _is_boxes(value):
            return None
        fix = N_("For a picture without objects: torch.zeros(0, 4).") if value.numel() == 0 else ""
        return InputError(
            what, N_("must have shape (N, 4)"), got=Words(N_("shape {shape}"), shape=shape), fix=fix
        )
    letters = "(N, H, W)" if key == "masks" else "(N,)"
    if value.ndim != letters.count(",") + (key == "masks"):
        return InputError(
            what,
            Words(N_("must have shape {letters}"), letters=letters),
            got=Words(N_("shape {shape}"), shape=shape),
        )
    if count is not None and len(value) != count:
        return InputError(
            what, Words(N_("must be as many as the boxes ({count})"), count=count), got=len(value)
        )
    return None


def _wrong_labels(labels: torch.Tensor, num_classes: int | None, name: str) -> Iterator[InputError]:
    if (low := _first(labels < 1)) is not None:
        yield InputError(
            name,
            N_("must be 1 or more"),
            got=_at(low, labels[low].item()),
            fix=N_("0 is the background: number your classes from 1."),
        )
    if num_classes is not None and (high := _first(labels > num_classes)) is not None:
        yield InputError(
            name,
            Words(N_("must be at most {count}, the number of classes"), count=num_classes),
            got=_at(high, labels[high].item()),
            fix=N_("Count the classes without the background, and number them without gaps."),
        )


def _wrong_boxes(boxes: torch.Tensor, canvas_hw: tuple[int, int], name: str) -> Iterator[InputError]:
    if (bad := _first(~boxes.isfinite().all(1))) is not None:
        yield BoxDefect(name, N_("must be finite numbers"), got=_box(boxes, bad), index=bad)
        return
    height, width = canvas_hw
    empty = _first((boxes[:, 2:] == boxes[:, :2]).any(1))
    limits = boxes.new_tensor([width, height, width, height]) + _HALF_A_PIXEL
    outside = _first(((boxes < -_HALF_A_PIXEL) | (boxes > limits)).any(1))
    inverted = _first((boxes[:, 2:] < boxes[:, :2]).any(1))
    if inverted is not None:
        as_xywh = _fit_as_xywh(boxes, canvas_hw)
        yield _inverted(_box(boxes, inverted), inverted, name, as_xywh=as_xywh)
        if as_xywh:
            return
    elif len(boxes) and boxes.min() >= 0 and boxes.max() <= 1 and min(canvas_hw) > 2:
        yield _in_shares(_box(boxes, 0), name)
    if empty is not None:
        yield BoxDefect(
            name,
            N_("must have an area"),
            got=_box(boxes, empty),
            index=empty,
            fix=N_("Leave it out; the far edge lies one beyond the last pixel."),
        )
    if outside is not None:
        yield _outside(_box(boxes, outside), outside, name, canvas_hw)


def _in_shares(box: str, name: str) -> BoxDefect:
    return BoxDefect(
        name,
        N_("must be in pixels"),
        got=box,
        index=0,
        guess=Words(N_("shares of the picture")),
        fix=N_("Multiply by its width and height."),
    )


def _outside(box: str, index: int, name: str, canvas_hw: tuple[int, int]) -> BoxDefect:
    height, width = canvas_hw
    rule = N_("must lie on the picture, 0 ... {width} across and 0 ... {height} down")
    return BoxDefect(
        name,
        Words(rule, width=width, height=height),
        got=box,
        index=index,
        fix=N_("Were box and picture resized together? Else clip it: torchvision.ops.clip_boxes_to_image."),
    )


def _inverted(box: str, index: int, name: str, *, as_xywh: bool) -> BoxDefect:
    if as_xywh:
        return BoxDefect(
            name,
            N_("must be xyxy (left, top, right, bottom)"),
            got=box,
            index=index,
            guess="xywh",
            fix=N_("torchvision.ops.box_convert(boxes, 'xywh', 'xyxy') converts."),
        )
    return BoxDefect(
        name,
        N_("must have left < right and top < bottom"),
        got=box,
        index=index,
        fix=N_("Order them: (xmin, ymin, xmax, ymax)."),
    )


def _fit_as_xywh(boxes: torch.Tensor, canvas_hw: tuple[int, int]) -> bool:
    """Would each of these boxes be a good one if its last two numbers were width and height?"""
    height, width = canvas_hw
    ends = boxes[:, :2] + boxes[:, 2:]
    limits = boxes.new_tensor([width, height]) + _HALF_A_PIXEL
    return bool((boxes[:, :2] >= 0).all() and (boxes[:, 2:] > 0).all() and (ends <= limits).all())


def _wrong_extras(target: Mapping[str, Any], name: str) -> Iterator[InputError]:
    if "iscrowd" in target:
        crowd = _plain(target["iscrowd"])
        if (bad := _first((crowd != 0) & (crowd != 1))) is not None:
            yield InputError(f"{name}['iscrowd']", N_("must be 0 or 1"), got=_at(bad, crowd[bad].item()))
    if "area" in target:
        area = _plain(target["area"])
        if (bad := _first(~(area >= 0))) is not None:
            yield InputError(f"{name}['area']", N_("must be 0 or more"), got=_at(bad, area[bad].item()))
    if "masks" in target:
        yield from _wrong_masks(_plain(target["masks"]), _plain(target["boxes"]), f"{name}['masks']")


def lies_outside(mask: torch.Tensor, box: torch.Tensor) -> bool:
    """Whether most of a mask lies outside of its box.

    Args:
        mask: (H, W), 0 and 1.
        box: (4,), left, top, right, bottom, in pixels.

    >>> lies_outside(torch.eye(4), torch.tensor([0.0, 0.0, 4.0, 4.0]))
    False
    """
    left, top, right, bottom = box.round().to(torch.int64).clamp(min=0).tolist()
    return bool(2 * mask[top:bottom, left:right].sum() < mask.sum())


def _wrong_masks(masks: torch.Tensor, boxes: torch.Tensor, name: str) -> Iterator[InputError]:
    """A mask need not fill its box, but most of it must lie inside: else one of them stayed behind."""
    if len(masks) and masks.max() > 1:
        yield InputError(
            name,
            N_("must be 0 and 1"),
            got=Words(N_("values up to {value}"), value=masks.max().item()),
            fix=N_("Compare with 0: masks > 0."),
        )
        return
    sizes = masks.flatten(1).sum(1)
    if (bad := _first(sizes == 0)) is not None:
        yield InputError(name, N_("must each show something"), got=_at(bad, Words(N_("an empty one"))))
    for index, (mask, box) in enumerate(zip(masks, boxes, strict=True)):
        if lies_outside(mask, box):
            yield InputError(
                name,
                N_("must lie in their boxes"),
                got=_at(index, Words(N_("one mostly outside"))),
                fix=N_("Move both with one v2 transform: tv_tensors.BoundingBoxes and tv_tensors.Mask."),
            )
            return


def _first(wrong: torch.Tensor) -> int | None:
    """The first index where something is wrong (N,)."""
    found = wrong.nonzero().flatten()
    return int(found[0]) if len(found) else None


def _box(boxes: torch.Tensor, index: int) -> str:
    return "[" + ", ".join(f"{number:g}" for number in boxes[index].tolist()) + "]"
