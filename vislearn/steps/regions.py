"""Which part of a picture a crop kept: found out by cropping a map of coordinates with the same chance."""

from collections.abc import Callable
from typing import Any

import torch
from torchvision import transforms as v1
from torchvision.transforms import v2

from vislearn.steps.pictures import first_picture, size_hw

__all__ = ["kept_region"]

_CROPS = (
    v1.CenterCrop,
    v1.RandomCrop,
    v1.RandomResizedCrop,
    v2.CenterCrop,
    v2.RandomCrop,
    v2.RandomResizedCrop,
)


def kept_region(
    transform: Callable[..., Any], before: Any, rng_state: torch.Tensor
) -> tuple[float, float, float, float] | None:
    """The rectangle of ``before`` that a crop kept, or None for any other transform.

    A crop hides where it cut. Cropping a picture whose pixels *are* their coordinates, from the same state
    of the generator, tells.

    Args:
        transform: the transform that was applied.
        before: what it was applied to.
        rng_state: torch's CPU generator state from just before.

    Returns:
        xyxy in pixels of ``before``, half-open, clipped to the picture.

    >>> kept_region(v2.CenterCrop(4), torch.zeros(3, 8, 10), torch.get_rng_state())
    (3.0, 2.0, 7.0, 6.0)
    """
    picture = first_picture(before)
    if not isinstance(transform, _CROPS) or picture is None:
        return None
    height, width = size_hw(picture)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inside = torch.ones_like(rows)  # 0 wherever the crop had to pad
    now = torch.get_rng_state()
    torch.set_rng_state(rng_state)
    try:
        x, y, kept = transform(torch.stack([columns, rows, inside]).to(torch.float32))
    finally:
        torch.set_rng_state(now)
    rows_kept, columns_kept = (
        (kept > 0.99).any(1).nonzero().flatten(),
        (kept > 0.99).any(0).nonzero().flatten(),
    )
    if len(rows_kept) == 0:
        return None
    left, right = _edges(x[rows_kept[0], columns_kept], width)
    top, bottom = _edges(y[rows_kept, columns_kept[0]], height)
    return left, top, right, bottom


def _edges(centres: torch.Tensor, limit: int) -> tuple[float, float]:
    """From the coordinates of evenly spaced pixel centres to the outer edges, in whole pixels."""
    lowest, highest = centres.min().item(), centres.max().item()
    half = (highest - lowest) / (len(centres) - 1) / 2 if len(centres) > 1 else 0.5
    return float(max(0, round(lowest - half + 0.5))), float(min(limit, round(highest + half + 0.5)))
