"""Exercises of lesson 07: how far a saved picture is from the original, and how many bytes it may take."""

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise

__all__ = ["best_quality", "psnr"]

Pair = tuple[Tensor, Tensor]


@exercise(
    "pixels.psnr",
    atol=1e-3,
    hints=[
        N_("Bytes wrap round when they go below 0: `.float()` first, and only then subtract."),
        N_("The mean squared error: `(a.float() - b.float()).square().mean()`."),
        N_(
            "`10 * torch.log10(255**2 / error)`, and `.item()` makes a number of it. For equal pictures "
            "torch divides by 0 and gives `inf`, which is right."
        ),
    ],
)
def psnr(one: Tensor, other: Tensor) -> float:
    """Say in decibels how alike two pictures are: 10 · log10(255² / mean squared error).

    Args:
        one: (3, H, W), uint8.
        other: (3, H, W), uint8.

    Returns:
        A number: the more, the more alike; `inf` if they are equal.
    """
    error = (one.float() - other.float()).square().mean()
    return (10 * torch.log10(255**2 / error)).item()


@psnr.inputs
def _two_pictures(generator: torch.Generator, trial: int) -> Pair:
    """Alike as a picture and its JPEG are; once as unlike as a negative, and the last two are equal."""
    shape = (3, *unequal_sides(6, 5, generator))
    if trial == 4:  # differences whose squares don't fit into int16
        positive = torch.randint(256, shape, generator=generator).to(torch.uint8)
        return positive, 255 - positive
    one = torch.randint(30, 220, shape, generator=generator)
    noise = torch.randint(-9 - trial, 13 + trial, shape, generator=generator)
    other = one if trial == 5 else one + noise
    return one.to(torch.uint8), other.to(torch.uint8)


def _decibels(error: Tensor) -> float:
    return (10 * torch.log10(255**2 / error)).item()


_WRAPPED = N_(
    "Bytes were subtracted: 10 − 20 is 246 in uint8, so a small difference becomes a huge one. `.float()` "
    "each picture first."
)


@psnr.mistake(_WRAPPED)
def _wrapped(one: Tensor, other: Tensor) -> float:
    return _decibels((one - other).float().square().mean())


@psnr.mistake(_WRAPPED)
def _wrapped_twice(one: Tensor, other: Tensor) -> float:
    return _decibels(((one - other) ** 2).float().mean())


@psnr.mistake(
    N_(
        "int16 holds the differences, but not their squares: 200 squared is 40000, and 32767 is the end. "
        "Where pictures differ much, the sum wraps round. `.float()` each picture first."
    )
)
def _squares_wrapped(one: Tensor, other: Tensor) -> float:
    return _decibels((one.short() - other.short()).square().float().mean())


@psnr.mistake(
    N_("This is the mean absolute error in place of the mean squared one: `.square()` instead of `.abs()`.")
)
def _absolute(one: Tensor, other: Tensor) -> float:
    return _decibels((one.float() - other.float()).abs().mean())


@psnr.mistake(N_("`torch.log` is the natural logarithm. Decibels want `torch.log10`."))
def _natural(one: Tensor, other: Tensor) -> float:
    return (10 * torch.log(255**2 / (one.float() - other.float()).square().mean())).item()


@psnr.mistake(
    N_(
        "10 · log10 is for squares, 20 · log10 for their roots. Here 255 must be squared, as the error is: "
        "`255**2`."
    )
)
def _peak_not_squared(one: Tensor, other: Tensor) -> float:
    return (10 * torch.log10(255 / (one.float() - other.float()).square().mean())).item()


@psnr.mistake(
    N_(
        "Twice as much as it should be: 20 · log10 is for the root of the error. With squares it is 10 · "
        "log10."
    )
)
def _twenty(one: Tensor, other: Tensor) -> float:
    return 2 * _decibels((one.float() - other.float()).square().mean())


@psnr.mistake(N_("The sign is turned: the fraction stands on its head. 255² is above, the error below."))
def _on_its_head(one: Tensor, other: Tensor) -> float:
    return -_decibels((one.float() - other.float()).square().mean())


@psnr.mistake(
    N_(
        "The largest value that *could* be there is meant, 255, and not the largest in this picture: else "
        "the same error counts more in a dark picture."
    )
)
def _own_peak(one: Tensor, other: Tensor) -> float:
    error = (one.float() - other.float()).square().mean()
    return (10 * torch.log10(one.max().float() ** 2 / error)).item()


@psnr.mistake(
    N_(
        "Python's own division stops at equal pictures: an error of 0. Stay with tensors until the end, "
        "`(10 * torch.log10(255**2 / error)).item()`: torch gives `inf`."
    )
)
def _divided_by_zero(one: Tensor, other: Tensor) -> float:
    return 10 * torch.tensor(255**2 / (one.float() - other.float()).square().mean().item()).log10().item()


@exercise(
    "pixels.best_quality",
    hints=[
        N_(
            "To know a file's size you needn't write one: `buffer = io.BytesIO()`, `picture.save(buffer, "
            '"JPEG", quality=quality)`, and `buffer.tell()` says how many bytes there are.'
        ),
        N_("Begin at 95 and go down: `for quality in range(95, 0, -1)`. The first that fits is the answer."),
        N_(
            "`if buffer.tell() <= budget: return quality`, with a new buffer in each round; after the "
            "loop `return 0`."
        ),
    ],
)
def best_quality(picture: Image.Image, budget: int) -> int:
    """Find the highest JPEG quality with which a picture takes no more bytes than allowed.

    Args:
        picture: a PIL image, RGB.
        budget: bytes.

    Returns:
        The quality, 1 to 95; 0 if even 1 takes too many bytes. Only `quality` is set, all else is as Pillow
        has it.
    """
    for quality in range(95, 0, -1):
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= budget:
            return quality
    return 0


@best_quality.inputs
def _picture_and_budget(generator: torch.Generator, trial: int) -> tuple[Image.Image, int]:
    """A budget in reach; twice to the byte, once only just, once with much room, once too small for all."""
    height, width = unequal_sides(48, 9, generator)
    coarse = torch.rand((1, 3, 9, 9), generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic")[0]
    grain = 0.06 * torch.randn((3, height, width), generator=generator)
    pixels = ((smooth + grain).clamp(0, 1) * 255).round().to(torch.uint8)
    picture = Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()))
    budget = _size(picture, 30 + draw(50, generator))
    special = {3: _size(picture, 4) + 1, 4: _size(picture, 95) + 500, 5: _size(picture, 1) - 1}
    return picture, special.get(trial, budget + 3 * (trial % 2))


def _size(picture: Image.Image, quality: int) -> int:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.tell()


def _highest(picture: Image.Image, budget: int, qualities: range) -> int:
    return next((quality for quality in qualities if _size(picture, quality) <= budget), 0)


@best_quality.mistake(
    N_(
        "One too high: this is the lowest quality that does *not* fit any more. The one before it is "
        "asked for."
    )
)
def _one_too_high(picture: Image.Image, budget: int) -> int:
    return min(95, _highest(picture, budget, range(95, 0, -1)) + 1)


@best_quality.mistake(
    N_(
        "The first that fits was taken, counted from below: that is nearly always 1, the worst. Count "
        "down from 95."
    )
)
def _from_below(picture: Image.Image, budget: int) -> int:
    return _highest(picture, budget, range(1, 96))


@best_quality.mistake(N_("A file of exactly the allowed size fits, too: `<=` instead of `<`."))
def _strictly_less(picture: Image.Image, budget: int) -> int:
    return _highest(picture, budget - 1, range(95, 0, -1))


@best_quality.mistake(
    N_(
        "This is always 95, as if every picture fitted. The budget is in bytes, and so is `buffer.tell()`: "
        "have you taken it for kibibytes?"
    )
)
def _kibibytes(picture: Image.Image, budget: int) -> int:
    return _highest(picture, 1024 * budget, range(95, 0, -1))


@best_quality.mistake(N_("You go in steps of 5, and there are better ones between: try each quality."))
def _in_fives(picture: Image.Image, budget: int) -> int:
    return _highest(picture, budget, range(95, 0, -5))


@best_quality.mistake(
    N_("You gave up too early: a quality below 10 is ugly, but allowed, and more than none. Go down to 1.")
)
def _down_to_10(picture: Image.Image, budget: int) -> int:
    return _highest(picture, budget, range(95, 9, -1))


@best_quality.mistake(N_("You went beyond 95, where files grow and hardly get better: begin at 95."))
def _up_to_100(picture: Image.Image, budget: int) -> int:
    return _highest(picture, budget, range(100, 0, -1))


@best_quality.mistake(
    N_(
        "The buffer was not emptied: each file is written after the one before, and their sum grows. Make "
        "a new `io.BytesIO()` in each round."
    )
)
def _one_buffer(picture: Image.Image, budget: int) -> int:
    buffer = io.BytesIO()
    for quality in range(95, 0, -1):
        picture.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= budget:
            return quality
    return 0
