"""Exercises of lesson 05: label images made smaller or larger, and taken apart into objects."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import masks_to_boxes
from torchvision.transforms import InterpolationMode, v2

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["instance_target", "resize_mask"]

_VOID = 255


@exercise(
    "segmentation.resize_mask",
    hints=[
        N_(
            "The numbers are names: between class 2 and class 8 there is no 5. So no pixel may be "
            "mixed from several. Which interpolation only picks?"
        ),
        N_(
            "Two of them pick: `NEAREST` looks at the upper left corner of each new pixel, "
            "`NEAREST_EXACT` at its middle."
        ),
        N_(
            "`v2.functional.resize` wants channels in front: `mask[None]`. With "
            "`interpolation=v2.InterpolationMode.NEAREST_EXACT`, then `[0]` takes the channel away."
        ),
    ],
)
def resize_mask(mask: Tensor, size: list) -> Tensor:
    """Give a label image another size: each new pixel takes the class that lies below its middle.

    Args:
        mask: (H, W), uint8: the class of each pixel.
        size: the new height and width, in this order.

    Returns:
        (height, width), whole numbers; no class that was not there before.
    """
    return v2.functional.resize(mask[None], size, interpolation=v2.InterpolationMode.NEAREST_EXACT)[0]


@resize_mask.inputs
def _many_classes(generator: torch.Generator) -> tuple[Tensor, list[int]]:
    """No two sides alike, and no middle of a new pixel on the edge between two old ones."""
    while True:
        old = [11 + draw(8, generator), 20 + draw(8, generator)]
        new = [7 + draw(20, generator), 9 + draw(24, generator)]
        below = [
            (torch.arange(to) + 0.5) * at / to for at, to in zip(old, new, strict=True)
        ]  # where the new middles lie
        undecided = any(((places - places.round()).abs() < 0.01).any() for places in below)
        if not undecided and len({*old, *new}) == 4:
            break
    names = torch.tensor([0, 2, 5, 9, 200], dtype=torch.uint8)
    return names[torch.randint(5, old, generator=generator)], new


@resize_mask.observe
def _facts(function: Callable[..., Any], mask: Tensor, size: list[int]) -> dict[str, Any]:
    """However pixels were mixed, mixed they are: only without new classes is the label image compared."""
    answer = function(mask.clone(), list(size))
    resized = as_tensor(answer)
    if resized is None:
        raise Unusable(_("a label image expected, {got} returned.", got=describe(answer)))
    known = bool(torch.isin(resized, mask).all())
    return {
        N_("The shape of the result"): list(resized.shape),
        N_("No class appears that was not there before"): known,
        N_("The new label image"): resized if known else torch.zeros(0, dtype=torch.uint8),
    }


def _resized(mask: Tensor, size: list[int], mode: InterpolationMode) -> Tensor:
    return v2.functional.resize(mask[None], size, interpolation=mode)[0]


@resize_mask.mistake(
    N_(
        "`NEAREST` looks at the upper left corner of each new pixel, so everything moves a little. "
        "`NEAREST_EXACT` looks at the middle."
    )
)
def _corner(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size, InterpolationMode.NEAREST)


@resize_mask.mistake(
    N_(
        "There are classes now that were not there before: neighbours were averaged. But the numbers "
        "are names, and between 2 and 8 there is no 5. Take an interpolation that only picks."
    )
)
def _averaged(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size, InterpolationMode.BILINEAR)


@resize_mask.mistake(
    N_(
        "Height and width are swapped. `size` is (height, width), as torch has it; PIL's `resize` "
        "wants the width first."
    )
)
def _sides_swapped(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size[::-1], InterpolationMode.NEAREST_EXACT)


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
    """Arrays and lists as tensors, and masks as uint8, whichever of the two kinds they are."""
    if not isinstance(answer, dict):
        return answer
    tensors = {key: value if (one := as_tensor(value)) is None else one for key, value in answer.items()}
    return {
        key: value.to(torch.uint8) if isinstance(value, Tensor) and value.dtype == torch.bool else value
        for key, value in tensors.items()
    }


@instance_target.inputs
def _numbered_objects(generator: torch.Generator) -> tuple[Tensor]:
    """Two to four boxes with a corner cut off, numbered with gaps, one with a rim that nobody knows."""
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


@instance_target.mistake(
    N_("255 has become an object. It means that nobody knows what is there. Leave it out.")
)
def _void_too(numbers: Tensor) -> dict[str, Tensor]:
    ids = numbers.unique()
    return _target(numbers, ids[ids != 0])


@instance_target.mistake(
    N_("Everything that occurs has become an object. 0 is the background, and 255 means nobody knows.")
)
def _everything(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, numbers.unique())


@instance_target.mistake(
    N_(
        "`masks_to_boxes` names the last pixel *inside*. Right and bottom lie just outside here, so "
        "that right − left is the width: add 1 to both."
    )
)
def _last_pixel(numbers: Tensor) -> dict[str, Tensor]:
    return _target(numbers, _objects(numbers), outside=0)


@instance_target.mistake(
    N_("The labels are the objects' numbers. A number says *which*, a label says *what*: here 1 for all.")
)
def _numbers_as_labels(numbers: Tensor) -> dict[str, Tensor]:
    ids = _objects(numbers)
    return _target(numbers, ids) | {"labels": ids.long()}


@instance_target.mistake(
    N_("Label 0 is the background in torchvision's detectors: your objects would be taught to be nothing.")
)
def _labels_of_zero(numbers: Tensor) -> dict[str, Tensor]:
    target = _target(numbers, _objects(numbers))
    return target | {"labels": torch.zeros_like(target["labels"])}


@instance_target.mistake(
    N_("The boxes are top, left, bottom, right. x comes first in a box: left, top, right, bottom.")
)
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
