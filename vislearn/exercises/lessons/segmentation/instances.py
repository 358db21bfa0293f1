"""Exercise of lesson 05: a label image taken apart into objects."""

from typing import Any

import torch
from torch import Tensor
from torchvision.ops import masks_to_boxes

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.targets import require_target_types

__all__ = ["instance_target"]

_VOID = 255
_MORE = ("image_id", "area", "iscrowd")


@exercise(
    "segmentation.instance_target",
    hints=[
        N_(
            "`numbers.unique()` lists what occurs. Two of these numbers are no objects. For each of "
            "the others you want one mask: true where the picture holds this number."
        ),
        N_(
            "`numbers == number` is one mask; `numbers == ids[:, None, None]` are all at once, (N, H, W). "
            "`masks_to_boxes` makes the boxes, but names the last pixel that belongs to the object."
        ),
        N_(
            "`boxes = masks_to_boxes(masks)`, then `boxes[:, 2:] += 1`. The labels are "
            "`torch.ones(len(ids), dtype=torch.int64)`: one class, whatever the objects' numbers are."
        ),
    ],
)
def instance_target(numbers: Tensor) -> dict:
    """Take a picture of numbered objects apart into the target that Mask R-CNN learns from.

    All objects are of one class, number 1. Objects come in the order of their numbers, which may have gaps.

    Args:
        numbers: (H, W), uint8: 0 is background, 255 means nobody knows, any other number is an object's.

    Returns:
        A dict with "masks", (N, H, W), uint8 or bool: one object each; "boxes", float32 (N, 4): left, top,
        right, bottom, where right and bottom lie just outside; and "labels", int64 (N,).
    """
    ids = numbers.unique()
    ids = ids[(ids != 0) & (ids != 255)]
    masks = numbers == ids[:, None, None]
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1
    return {"masks": masks, "boxes": boxes, "labels": torch.ones(len(ids), dtype=torch.int64)}


@instance_target.read
def _as_tensors(answer: Any) -> Any:
    """Arrays and lists as tensors, and masks as uint8, whichever of the two kinds they are.

    What else torchvision's detectors know in a target, and don't learn from, is no matter.
    """
    if not isinstance(answer, dict):
        return answer
    require_target_types(answer)
    answer = {key: value for key, value in answer.items() if key not in _MORE}
    tensors = {key: value if (one := as_tensor(value)) is None else one for key, value in answer.items()}
    return {
        key: value.to(torch.uint8) if isinstance(value, Tensor) and value.dtype == torch.bool else value
        for key, value in tensors.items()
    }


@instance_target.inputs
def _numbered_objects(generator: torch.Generator, trial: int) -> tuple[Tensor]:
    """Two to four boxes with a corner cut off, numbered with gaps, one with a rim that nobody knows.

    One picture has nothing unknown in it, one no background, and the last no object: who counts on the
    smallest number being 0 or the largest 255, or on any object at all, is wrong there.
    """
    count = 2 + draw(3, generator)
    numbers = torch.zeros(24, 17 * count, dtype=torch.uint8)
    order = (1 + torch.randperm(9, generator=generator)[:count]).tolist()
    for place, number in enumerate(order):
        left, top = 17 * place + 1 + draw(4, generator), 1 + draw(6, generator)
        width, height = 5 + draw(6, generator), 8 + draw(8, generator)
        if place == 0:
            numbers[top - 1 : top + height + 1, left - 1 : left + width + 1] = _VOID
        numbers[top : top + height, left : left + width] = number
        numbers[top, left] = 0
    if trial % 6 == 2:
        numbers[numbers == _VOID] = 0
    if trial % 6 == 4:
        numbers[numbers == 0] = _VOID
    if trial % 6 == 5:
        numbers[numbers != _VOID] = 0
    return (numbers,)


def _target(numbers: Tensor, ids: Tensor, *, outside: int = 1) -> dict[str, Tensor]:
    masks = numbers == ids[:, None, None]
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += outside
    return {
        "masks": masks.to(torch.uint8),
        "boxes": boxes,
        "labels": torch.ones(len(ids), dtype=torch.int64),
    }


def _objects(numbers: Tensor) -> Tensor:
    ids = numbers.unique()
    return ids[(ids != 0) & (ids != _VOID)]


@instance_target.mistake(
    N_("The background has become an object: 0 means that nothing is there. Leave it out.")
)
def _background_too(numbers: Tensor) -> dict[str, Tensor]:
    ids = numbers.unique()
    return _target(numbers, ids[ids != _VOID])


_VOID_TOO = N_("255 has become an object. It means that nobody knows what is there. Leave it out.")


@instance_target.mistake(_VOID_TOO)
def _void_too(numbers: Tensor) -> dict[str, Tensor]:
    ids = numbers.unique()
    return _target(numbers, ids[ids != 0])


@instance_target.mistake(_VOID_TOO)
def _void_too_behind_the_smallest(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, numbers.unique()[1:])


@instance_target.mistake(
    N_("Everything that occurs has become an object. 0 is the background, and 255 means nobody knows.")
)
def _everything(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, numbers.unique())


_LAST_PIXEL = N_(
    "`masks_to_boxes` names the last pixel *inside*. Right and bottom lie just outside here, so "
    "that right − left is the width: add 1 to both."
)


@instance_target.mistake(_LAST_PIXEL)
def _last_pixel(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, _objects(numbers), outside=0)


_NUMBERS_AS_LABELS = N_(
    "The labels are the objects' numbers. A number says *which*, a label says *what*: here 1 for all."
)


@instance_target.mistake(_NUMBERS_AS_LABELS)
def _numbers_as_labels(numbers: Tensor) -> dict[str, Tensor]:
    ids = _objects(numbers)
    return _target(numbers, ids) | {"labels": ids.long()}


_LABELS_OF_ZERO = N_(
    "Label 0 is the background in torchvision's detectors: your objects would be taught to be nothing."
)


@instance_target.mistake(_LABELS_OF_ZERO)
def _labels_of_zero(numbers: Tensor) -> dict[str, Tensor]:
    target = _target(numbers, _objects(numbers))
    return target | {"labels": torch.zeros_like(target["labels"])}


_ROWS_FIRST = N_("The boxes are top, left, bottom, right. x comes first in a box: left, top, right, bottom.")


@instance_target.mistake(_ROWS_FIRST)
def _rows_first(numbers: Tensor) -> dict[str, Tensor]:
    target = _target(numbers, _objects(numbers))
    return target | {"boxes": target["boxes"][:, [1, 0, 3, 2]]}


@instance_target.mistake(
    N_(
        "All objects lie in one mask. That is the semantic answer: what, not which. One mask for each "
        "number is asked for."
    )
)
def _one_mask(numbers: Tensor) -> dict[str, Tensor]:
    return _target((numbers > 0).where(numbers != _VOID, 0).to(torch.uint8), torch.ones(1, dtype=torch.uint8))


@instance_target.mistake(
    N_(
        "The first and the last number are taken away, wherever they come from. A picture may have no 255, "
        "or no background: then they are objects. Compare: `ids[(ids != 0) & (ids != 255)]`."
    )
)
def _ends_cut(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, numbers.unique()[1:-1])


@instance_target.mistake(
    N_(
        "The smallest number is taken away, whatever it is. A picture may have no background: then it is an "
        "object. Compare: `ids != 0`."
    )
)
def _smallest_cut(numbers: Tensor) -> dict[str, Tensor]:
    ids = numbers.unique()[1:]
    return _target(numbers, ids[ids != _VOID])


@instance_target.mistake(
    N_(
        "A picture without objects stops you: `torch.stack` of an empty list is an error, and there are such "
        "pictures. `numbers == ids[:, None, None]` gives (0, H, W) then."
    )
)
def _stack_of_nothing(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, _some(_objects(numbers)))


def _some(ids: Tensor) -> Tensor:
    """The numbers; where there are none, the error of who stacks their masks one by one."""
    return torch.stack(list(ids))


# Who makes one of these mistakes object by object stops at a picture without objects as well.
@instance_target.mistake(_LAST_PIXEL)
def _last_pixel_stacked(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, _some(_objects(numbers)), outside=0)


@instance_target.mistake(_NUMBERS_AS_LABELS)
def _numbers_as_labels_stacked(numbers: Tensor) -> dict[str, Tensor]:
    _some(_objects(numbers))
    return _numbers_as_labels(numbers)


@instance_target.mistake(_LABELS_OF_ZERO)
def _labels_of_zero_stacked(numbers: Tensor) -> dict[str, Tensor]:
    _some(_objects(numbers))
    return _labels_of_zero(numbers)


@instance_target.mistake(_ROWS_FIRST)
def _rows_first_stacked(numbers: Tensor) -> dict[str, Tensor]:
    _some(_objects(numbers))
    return _rows_first(numbers)
