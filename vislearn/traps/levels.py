"""How far the values of pictures reach: bytes, 0..1, or normalised."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = [
    "KNOWN",
    "Levels",
    "is_bytes",
    "is_normalised_bytes",
    "levels_of",
    "levels_of_list",
    "scale_of",
    "undone",
]

_ENOUGH = 2
_FAR, _WIDE = 150, 20  # a value and a spread that no normalised picture of 0..1 comes near
_SAMPLES = 16  # pictures of a batch to look at
# mean and std of pixels in 0..1 that people normalise by: ImageNet, halves, MNIST, CIFAR-10
KNOWN = (
    (IMAGENET_MEAN, IMAGENET_STD),
    ((0.5,), (0.5,)),
    ((0.1307,), (0.3081,)),
    ((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)),
)


@dataclass(frozen=True)
class Levels:
    """One batch: least, greatest, mean and spread of its values, and whether all are whole numbers."""

    low: tuple[float, ...]  # per channel
    high: tuple[float, ...]
    mean: float
    std: float
    whole: bool

    @property
    def reach(self) -> float:
        """The value farthest from 0."""
        return max(abs(self.least), abs(self.greatest))

    @property
    def least(self) -> float:
        """Of all channels."""
        return min(self.low)

    @property
    def greatest(self) -> float:
        """Of all channels."""
        return max(self.high)


def levels_of(image: torch.Tensor) -> Levels:
    """How far the values of some pictures reach.

    Args:
        image: pictures (N, C, H, W), or flattened ones (N, F); the first 16 are looked at.
    """
    values = image.detach()[:_SAMPLES].float()
    by_channel = values.transpose(0, 1).flatten(1) if values.ndim == 4 else values.reshape(1, -1)
    low, high = by_channel.amin(1).tolist(), by_channel.amax(1).tolist()
    whole = bool((values == values.round()).all())
    return Levels(tuple(low), tuple(high), float(values.mean()), float(values.std(correction=0)), whole)


def is_bytes(one: Levels) -> bool:
    """Whether values are a picture's bytes, or were made of them by resizing.

    Args:
        one: a batch, or a picture.
    """
    return one.least >= 0 and 50 < one.greatest <= 255.5 and one.std > 5


def levels_of_list(images: Sequence[torch.Tensor]) -> Levels:
    """The same of pictures that differ in size, as a detector takes them.

    Args:
        images: each (C, H, W), of as many channels; at least one. The first 16 are looked at.
    """
    pixels = torch.cat([one.detach().flatten(1) for one in images[:_SAMPLES]], 1)  # (C, P)
    return levels_of(pixels[None, ..., None])


def scale_of(looks: Sequence[Levels]) -> str:
    """``"bytes"``, ``"unit"`` for 0..1, ``"signed"`` for normalised values, or ``""`` where they differ.

    Args:
        looks: at several batches, or pictures; one alone says too little.
    """
    if len(looks) < _ENOUGH:
        return ""
    if all(is_bytes(one) for one in looks):
        return "bytes"
    if all(one.least >= 0 and 0.5 < one.greatest <= 1.0001 for one in looks):
        return "unit"
    if all(-12 < one.least < -0.3 and one.greatest < 12 for one in looks):
        return "signed"
    return ""


def undone(value: float, channel: int, constants: tuple[tuple[float, ...], tuple[float, ...]]) -> float:
    """A normalised value as it was before.

    Args:
        value: of a pixel.
        channel: in which.
        constants: mean and std, of each channel or one for all.

    >>> undone(1.0, 0, ((0.5,), (0.25,)))
    0.75
    """
    mean, std = (numbers[min(channel, len(numbers) - 1)] for numbers in constants)
    return value * std + mean


def is_normalised_bytes(one: Levels) -> bool:
    """Whether a picture's bytes were normalised by mean and std that people know of pixels in 0..1.

    Args:
        one: a batch, or a picture.
    """
    if len(one.low) not in (1, 3) or is_bytes(one) or one.greatest <= _FAR or one.std < _WIDE:
        return False
    return any(
        all(
            undone(low, at, way) > -0.5 and undone(high, at, way) < 255.5
            for at, (low, high) in enumerate(_ends(one))
        )
        and max(undone(high, at, way) for at, high in enumerate(one.high)) > 50
        for way in KNOWN
    )


def _ends(one: Levels) -> list[tuple[float, float]]:
    return list(zip(one.low, one.high, strict=True))
