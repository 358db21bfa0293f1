"""One plain sentence per transform: what it did to this picture, and why one does that."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from vislearn.language import translate as _
from vislearn.steps.pictures import first_picture, numbers, size_hw
from vislearn.steps.step import shorten

__all__ = ["note"]


def note(transform: Callable[..., Any], before: Any, after: Any) -> str:
    """What ``transform`` did, in one or two sentences for learners.

    Args:
        transform: the transform; v1 and v2 classes of the same name get the same note.
        before: what went in.
        after: what came out.

    >>> from torchvision.transforms import v2
    >>> note(v2.RandomHorizontalFlip(p=0.5), torch.eye(3)[None], torch.eye(3)[None].flip(-1))
    'Mirrored left–right this time (chance 50 %).'
    """
    tell = _NOTES.get(type(transform).__name__, _unknown)
    return tell(transform, first_picture(before), first_picture(after))


def _unchanged(before: Any, after: Any) -> bool:
    if before is None or after is None:
        return False
    before, after = numbers(before), numbers(after)
    return before.shape == after.shape and before.dtype == after.dtype and torch.equal(before, after)


def _chance(transform: Any) -> str:
    p = getattr(transform, "p", 0.5)
    return f"{100 * float(p):g}"


def _sizes(before: Any, after: Any) -> dict[str, int]:
    (h, w), (new_h, new_w) = size_hw(before), size_hw(after)
    return {"h": h, "w": w, "new_h": new_h, "new_w": new_w}


def _unknown(transform: Any, before: Any, after: Any) -> str:
    if _unchanged(before, after):
        return _("Changed nothing this time.")
    settings = transform.extra_repr() if isinstance(transform, nn.Module) else ""
    if settings and "\n" not in settings:
        return _("Applied with {settings}.", settings=shorten(settings, 60))
    return _("Applied.")


def _fixed(tell: Callable[[], str]) -> Callable[..., str]:
    """A note that's the same whatever happened, unless nothing happened."""
    return lambda _transform, before, after: (
        _("Changed nothing this time.") if _unchanged(before, after) else tell()
    )


def _resize(transform: Any, before: Any, after: Any) -> str:
    sizes = _sizes(before, after)
    if (sizes["h"], sizes["w"]) == (sizes["new_h"], sizes["new_w"]):
        return _("Already this size: nothing to do.")
    stretch = (sizes["new_w"] / sizes["w"]) / (sizes["new_h"] / sizes["h"])
    text = _("From {h}×{w} to {new_h}×{new_w} pixels (height×width): a batch needs one size.", **sizes)
    if not 0.97 < stretch < 1.03:
        text += " " + _("The shape is not kept: circles turn into ellipses.")
    return text


def _center_crop(transform: Any, before: Any, after: Any) -> str:
    return _("Only the middle, {new_h}×{new_w} pixels, is kept.", **_sizes(before, after))


def _random_crop(transform: Any, before: Any, after: Any) -> str:
    return _("A random {new_h}×{new_w} part is kept: another one each time.", **_sizes(before, after))


def _random_resized_crop(transform: Any, before: Any, after: Any) -> str:
    return _(
        "A random part is scaled to {new_h}×{new_w}: things appear at many sizes and places.",
        **_sizes(before, after),
    )


def _pad(transform: Any, before: Any, after: Any) -> str:
    return _("A border makes {h}×{w} pixels into {new_h}×{new_w}.", **_sizes(before, after))


def _horizontal_flip(transform: Any, before: Any, after: Any) -> str:
    return _flip(
        transform, before, after, -1, _("Mirrored left–right this time (chance {p} %).", p=_chance(transform))
    )


def _vertical_flip(transform: Any, before: Any, after: Any) -> str:
    return _flip(
        transform, before, after, -2, _("Turned upside down this time (chance {p} %).", p=_chance(transform))
    )


def _flip(transform: Any, before: Any, after: Any, dim: int, done: str) -> str:
    if not _unchanged(before, after):
        return done
    if torch.equal(numbers(before), numbers(before).flip(dim)):
        return _("A symmetrical picture: mirrored or not, it's the same.")
    return _("Left as it is this time (it mirrors with chance {p} %).", p=_chance(transform))


def _maybe(transform: Any, before: Any, after: Any) -> str:
    if _unchanged(before, after):
        return _("Changed nothing this time (chance {p} %).", p=_chance(transform))
    return _("Did its work this time (chance {p} %).", p=_chance(transform))


def _to_tensor(transform: Any, before: Any, after: Any) -> str:
    if after.is_floating_point():
        return _("Height×width×colour becomes colour×height×width, and 0…255 becomes 0…1.")
    return _("Height×width×colour becomes colour×height×width; the numbers stay.")


def _to_dtype(transform: Any, before: Any, after: Any) -> str:
    if _unchanged(before, after):
        return _("Already of this type: nothing to do.")
    kinds = {"old": str(numbers(before).dtype)[6:], "new": str(after.dtype)[6:]}
    if torch.equal(numbers(before).to(torch.float64), numbers(after).to(torch.float64)):
        return _("{old} becomes {new}; the numbers stay as they are.", **kinds)
    return _("{old} becomes {new}, and 0…255 becomes 0…1: networks learn better from small numbers.", **kinds)


def _normalize(transform: Any, before: Any, after: Any) -> str:
    text = _("Each colour minus its mean, divided by its spread: numbers around 0 train faster.")
    if before.is_floating_point() and before.max() > 2:
        text += " " + _("But 0…255 came in here where 0…1 is expected!")
    return text


_NOTES: dict[str, Callable[[Any, Any, Any], str]] = {
    "Resize": _resize,
    "RandomShortestSize": _resize,
    "RandomResize": _resize,
    "ScaleJitter": _resize,
    "CenterCrop": _center_crop,
    "RandomCrop": _random_crop,
    "RandomResizedCrop": _random_resized_crop,
    "Pad": _pad,
    "RandomHorizontalFlip": _horizontal_flip,
    "RandomVerticalFlip": _vertical_flip,
    "ToTensor": _to_tensor,
    "ToImage": _to_tensor,
    "PILToTensor": _to_tensor,
    "ToDtype": _to_dtype,
    "ConvertImageDtype": _to_dtype,
    "Normalize": _normalize,
    "RandomApply": _maybe,
    "RandomGrayscale": _maybe,
    "RandomInvert": _maybe,
    "RandomEqualize": _maybe,
    "RandomAutocontrast": _maybe,
    "RandomPosterize": _maybe,
    "RandomSolarize": _maybe,
    "RandomAdjustSharpness": _maybe,
    "RandomChannelPermutation": _fixed(lambda: _("The colour channels swapped places.")),
    "RandomPerspective": _maybe,
    "RandomPhotometricDistort": _maybe,
    "RandomErasing": _fixed(lambda: _("A random rectangle was erased: no single detail may decide.")),
    "ColorJitter": _fixed(
        lambda: _("Brightness and colour changed by chance: light must not decide the class.")
    ),
    "RandomRotation": _fixed(lambda: _("Turned by a random angle: things are not always upright.")),
    "RandomAffine": _fixed(lambda: _("Turned, moved, scaled or slanted by chance.")),
    "ElasticTransform": _fixed(lambda: _("Bent like rubber: shapes vary, as handwriting does.")),
    "GaussianBlur": _fixed(lambda: _("Blurred: fine detail is gone.")),
    "GaussianNoise": _fixed(lambda: _("Random noise added to each pixel.")),
    "Grayscale": _fixed(lambda: _("Colour removed: only brightness is left.")),
    "AutoAugment": _fixed(lambda: _("A learned pair of changes, drawn by chance.")),
    "RandAugment": _fixed(lambda: _("A few changes, drawn by chance from a list.")),
    "TrivialAugmentWide": _fixed(lambda: _("One change of random strength, drawn from a list.")),
    "AugMix": _fixed(lambda: _("Several changed versions, mixed into one picture.")),
    "ToPILImage": _fixed(lambda: _("Back to a PIL image, for looking at.")),
    "JPEG": _fixed(lambda: _("Saved as a JPEG and read again: compression leaves traces.")),
    "Lambda": _fixed(lambda: _("A function of your own was applied.")),
    "Identity": lambda *_args: _("Passes everything on unchanged."),
    "ToPureTensor": lambda *_args: _("The same numbers as a plain tensor."),
}
