"""Pictures and masks as they come to a segmenter, and every way they can be wrong."""

from collections.abc import Mapping
from typing import Any

import torch

from vislearn.errors import InputError

__all__ = ["mask_error", "picture_error"]

_BRIGHT = 30  # normalised values stay within 3; only bytes that were never scaled go beyond this


def mask_error(images: Any, masks: Any, num_classes: int, ignore_index: int) -> InputError | None:
    """What is wrong with a batch's masks; None where they are classes (N, H, W) of its pictures' pixels.

    Args:
        images: (N, C, H, W), or a dict of feature maps.
        masks: what the loader gives beside them.
        num_classes: K.
        ignore_index: a number that is no class, and may be there.

    >>> print(mask_error(torch.zeros(1, 3, 2, 2), torch.tensor([[[0, 1], [1, 2]]]), 2, 255))
    masks must hold classes 0…1, or 255 for pixels to ignore, got 2 at 1 pixel. Is the background counted in \
num_classes? It is a class too.
    """
    rule = "must be integers (N, H, W), a class for each pixel"
    if not isinstance(masks, torch.Tensor):
        return InputError("masks", rule, got=type(masks).__name__, fix="tv_tensors.Mask(array).")
    form = f"{str(masks.dtype).removeprefix('torch.')} {tuple(masks.shape)}"
    if masks.is_floating_point() or masks.is_complex():
        return InputError("masks", rule, got=form, fix=_fix_of_floats(masks))
    if masks.ndim == 4 and masks.shape[1] == 1:
        return InputError("masks", rule, got=form, fix="Add .squeeze(1).")
    if masks.ndim != 3:
        fix = "One plane per class becomes classes by .argmax(dim=1)." if masks.ndim == 4 else ""
        return InputError("masks", rule, got=form, fix=fix)
    if isinstance(images, torch.Tensor) and images.ndim == 4 and images.shape[-2:] != masks.shape[-2:]:
        sizes = [f"{one.shape[-2]}×{one.shape[-1]}" for one in (images, masks)]
        return InputError(
            "masks",
            f"must be as large as their pictures, {sizes[0]}",
            got=sizes[1],
            fix="v2 transforms move both where the mask is a tv_tensors.Mask; a plain tensor beside an Image "
            "passes unresized, and nothing says so.",
        )
    return _number_error(masks, num_classes, ignore_index)


def picture_error(images: Any) -> InputError | None:
    """What is wrong with a batch's pictures; None where a segmenter of torchvision may take them.

    Args:
        images: float (N, C, H, W), normalised; a dict of feature maps is never wrong.

    >>> print(picture_error(torch.full((1, 3, 2, 2), 255.0)))
    pictures must be float32 (N, C, H, W), normalised, got values up to 255. v2.ToDtype(torch.float32, \
scale=True), then v2.Normalize: vislearn.transforms.segmentation_transform does both.
    """
    if isinstance(images, Mapping):
        return None
    rule = "must be float32 (N, C, H, W), normalised"
    fix = "v2.ToDtype(torch.float32, scale=True), then v2.Normalize: "
    fix += "vislearn.transforms.segmentation_transform does both."
    if not isinstance(images, torch.Tensor):
        return InputError("pictures", rule, got=type(images).__name__, fix=fix)
    if images.ndim != 4 or not images.is_floating_point():
        form = f"{str(images.dtype).removeprefix('torch.')} {tuple(images.shape)}"
        return InputError("pictures", rule, got=form, fix=fix if images.ndim == 4 else "")
    if images.numel() and images.max() > _BRIGHT:
        return InputError("pictures", rule, got=f"values up to {images.max().item():.3g}", fix=fix)
    return None


def _fix_of_floats(masks: torch.Tensor) -> str:
    """Floats that are whole numbers were classes once; others were mixed by resizing."""
    if masks.numel() and (masks != masks.floor()).any():
        high = masks.max().item()
        scaled = (
            "They were scaled like a picture" if high <= 1 else "They were mixed, as by a bilinear resize"
        )
        return f"{scaled}: wrap the mask as tv_tensors.Mask before the transforms."
    return "Add .long()."


def _number_error(masks: torch.Tensor, num_classes: int, ignore_index: int) -> InputError | None:
    wrong = masks[((masks < 0) | (masks >= num_classes)) & (masks != ignore_index)]
    if not len(wrong):
        return None
    numbers = wrong.unique().tolist()
    if numbers == [num_classes]:
        fix = "Is the background counted in num_classes? It is a class too."
    elif numbers == [255]:
        fix = f"255 is mostly void: ignore_index=255, not {ignore_index}; or 0 and 255 stand for no and yes."
    else:
        fix = "Ids of another list, or grey levels? Map them to 0 … K-1 first, void to 255."
    listed = ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
    count = f"{len(wrong)} pixel{'s' if len(wrong) > 1 else ''}"
    rule = f"must hold classes 0…{num_classes - 1}, or {ignore_index} for pixels to ignore"
    return InputError("masks", rule, got=f"{listed} at {count}", fix=fix)
