"""Exercise of lesson 05: label images made smaller or larger."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["resize_mask"]


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
    """No two sides alike, and no middle of a new pixel on the edge between two old ones, nor if swapped."""
    while True:
        old = [11 + draw(8, generator), 20 + draw(8, generator)]
        new = [7 + draw(20, generator), 9 + draw(24, generator)]
        below = [(torch.arange(to) + 0.5) * at / to for at in old for to in new]  # where the new middles lie
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
    if known and resized.is_floating_point():  # whole numbers they are, whatever their type
        resized = resized.to(torch.uint8)
    return {
        N_("The shape of the result"): list(resized.shape),
        N_("The numbers are as large as those of the classes"): bool(resized.max() > 1),
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
        "The numbers lie in 0 to 1 now: they were divided by 255, as is done with colours (`scale=True`, "
        "`to_tensor`). But they are names, and class 5 must stay 5."
    )
)
def _scaled(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size, InterpolationMode.NEAREST_EXACT) / 255


@resize_mask.mistake(
    N_(
        "There are classes now that were not there before: neighbours were averaged. But the numbers "
        "are names, and between 2 and 8 there is no 5. Take an interpolation that only picks."
    )
)
def _averaged(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size, InterpolationMode.BILINEAR)


_SWAPPED = N_(
    "Height and width are swapped. `size` is (height, width), as torch has it; PIL's `resize` wants the "
    "width first."
)


@resize_mask.mistake(_SWAPPED)
def _sides_swapped(mask: Tensor, size: list[int]) -> Tensor:
    return _resized(mask, size[::-1], InterpolationMode.NEAREST_EXACT)


@resize_mask.mistake(_SWAPPED)
def _sides_swapped_and_averaged(mask: Tensor, size: list[int]) -> Tensor:
    """What PIL does that is given neither the sides in its order nor a way to pick."""
    return _resized(mask, size[::-1], InterpolationMode.BILINEAR)
