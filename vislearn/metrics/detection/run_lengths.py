"""Masks as run lengths, COCO's form: a set of 36,000 objects is 11 GB as bytes, and 20 MB so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from vislearn.datasets.bundled.annotations import coco_rle
from vislearn.datasets.detection.coco_masks import coco_runs
from vislearn.errors import InputError

__all__ = ["RunLengths", "as_run_lengths"]


@dataclass(frozen=True, eq=False)
class RunLengths:
    """One mask, read column by column.

    Attributes:
        size_hw: height and width of the picture.
        counts: (R,) int64, so many zeros, so many ones, and so on, together height · width.
    """

    size_hw: tuple[int, int]
    counts: np.ndarray

    @property
    def area(self) -> int:
        """How many pixels the object has."""
        return int(self.counts[1::2].sum())

    @property
    def box_xyxy(self) -> tuple[int, int, int, int]:
        """The box whose last edges lie behind the last pixels; zeros around nothing.

        >>> RunLengths((3, 4), np.array([4, 1, 2, 1, 4])).box_xyxy
        (1, 1, 3, 2)
        """
        ends = self.counts.cumsum()
        starts, ends = (ends - self.counts)[1::2], ends[1::2]
        starts, ends = starts[ends > starts], ends[ends > starts] - 1  # the first and last pixel of each run
        if not len(starts):
            return 0, 0, 0, 0
        height = self.size_hw[0]
        (first, top), (last, bottom) = np.divmod(starts, height), np.divmod(ends, height)
        if (first != last).any():  # a run that goes on in the next column touches both edges
            top, bottom = np.zeros(1, int), np.full(1, height - 1)
        return int(first[0]), int(top.min()), int(last[-1]) + 1, int(bottom.max()) + 1

    def mask(self) -> torch.Tensor:
        """Bool (H, W).

        >>> RunLengths((2, 2), np.array([1, 3])).mask().tolist()
        [[False, True], [True, True]]
        """
        values = np.repeat(np.arange(len(self.counts)) % 2 == 1, self.counts)
        return torch.from_numpy(values.reshape(self.size_hw[::-1])).T

    def as_coco(self) -> dict[str, list[int]]:
        """As COCO's files have it."""
        return {"size": list(self.size_hw), "counts": self.counts.tolist()}


def as_run_lengths(masks: Any, place: str) -> list[RunLengths]:
    """The masks of one picture, however they are given.

    Args:
        masks: (N, H, W) bool or 0 and 1; (N, 1, H, W) probabilities, as Mask R-CNN gives them: above .5 is
            the object; or N of COCO's run lengths, ``{"size": [height, width], "counts": …}``.
        place: where they stand, for errors.

    Raises:
        InputError: none of these.

    >>> [mask.area for mask in as_run_lengths(torch.ones(1, 2, 3), "masks")]
    [6]
    """
    if isinstance(masks, torch.Tensor):
        return [RunLengths(*_runs_of(mask)) for mask in _binary(masks, place).numpy()]
    if not isinstance(masks, Sequence) or isinstance(masks, str):
        fix = "Use torch.as_tensor(...)."
        raise InputError(
            place, "must be a tensor, or a list of run lengths", got=type(masks).__name__, fix=fix
        )
    return [_checked(entry, f"{place}[{row}]") for row, entry in enumerate(masks)]


def _runs_of(mask: np.ndarray) -> tuple[tuple[int, int], np.ndarray]:
    height, width = mask.shape
    return (height, width), np.array(coco_rle(mask)["counts"], np.int64)


def _checked(entry: Any, place: str) -> RunLengths:
    if isinstance(entry, RunLengths):
        return entry
    size = entry.get("size") if isinstance(entry, Mapping) else None
    if not (
        isinstance(size, Sequence) and len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size)
    ):
        rule = 'must be run lengths {"size": [height, width], "counts": …}'
        raise InputError(place, rule, got=type(entry).__name__ if size is None else f"size {size}")
    counts = entry.get("counts")
    text = counts.decode("ascii", "replace") if isinstance(counts, bytes) else counts
    try:
        found = coco_runs({"size": list(size), "counts": text}, (size[0], size[1]))
    except ValueError as trouble:
        raise InputError(place, "must be COCO's run lengths", got=str(trouble)) from None
    return RunLengths((size[0], size[1]), np.array(found, np.int64))


def _binary(masks: torch.Tensor, place: str) -> torch.Tensor:
    """Bool (N, H, W) on the CPU."""
    masks = masks.detach().cpu()
    if masks.ndim == 4 and masks.shape[1] == 1:
        masks = masks[:, 0]
    if masks.numel() == 0 and masks.shape[:1] == (0,):
        return masks.new_zeros(0, 1, 1, dtype=torch.bool)  # "no masks" is written in many ways
    if masks.ndim != 3 or not masks.numel():
        raise InputError(place, "must have shape (N, H, W), or (N, 1, H, W)", got=tuple(masks.shape))
    if masks.dtype == torch.bool:
        return masks
    if not ((masks >= 0) & (masks <= 1)).all():
        raise InputError(
            place,
            "must be 0 and 1, or probabilities",
            got=f"{masks.min().item():g}…{masks.max().item():g}",
            fix="Logits: masks > 0. Bytes of a picture: masks > 127.",
        )
    return masks > 0.5
