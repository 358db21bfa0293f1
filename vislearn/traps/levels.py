"""How far the values of pictures reach: bytes, 0..1, or normalised."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

__all__ = ["Levels", "is_bytes", "levels_of", "levels_of_list", "scale_of"]

_ENOUGH = 2
_SAMPLES = 16  # pictures of a batch to look at


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
