"""Masks in black and white that hold several objects, where each number was to be one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislearn.language import translate as _

__all__ = ["tell_of_parts"]

_SPECK = 0.05  # of the largest part; what is smaller was left behind by a brush


def tell_of_parts(items: Sequence[tuple[Path, Mapping[str, Any]]], say: Callable[[str], object]) -> None:
    """Say so where most pictures with objects have a single one, and that in separate parts.

    Nothing is refused: something in front of an object may cut it in two.

    Args:
        items: of a :class:`vislearn.datasets.DetectionDS`, with masks.
        say: gets one sentence, or is never called.
    """
    with_objects = [item for item in items if len(item[1]["labels"])]
    single = [(path, noted["masks"]()[0]) for path, noted in with_objects if len(noted["labels"]) == 1]
    counts = {path: count for path, mask in single if (count := _parts(mask)) > 1}
    if 2 * len(counts) > len(with_objects):
        example = next(iter(counts))
        told = {"count": len(counts), "all": len(with_objects), "example": example, "parts": counts[example]}
        say(
            _(
                "In {count} of {all} pictures the mask has separate parts that are read as one object "
                "({example}: {parts} parts). If each part is an object, give each a number of its own in the "
                "mask, or a mask of its own.",
                **told,
            )
        )


def _parts(mask: torch.Tensor) -> int:
    """How many parts of a mask (H, W) touch no other, not even by a corner."""
    from scipy import ndimage  # not at the top: most trainings do without

    numbered, _count = ndimage.label(mask.numpy(), structure=np.ones((3, 3)))
    areas = np.bincount(numbered.ravel())[1:]
    return int((areas >= _SPECK * areas.max()).sum())
