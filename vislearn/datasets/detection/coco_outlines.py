"""The outlines of one picture in a COCO file: masks for training, and what is wrong with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislearn.datasets.detection.coco_masks import coco_mask
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.errors import FileError
from vislearn.io.reading import size_of
from vislearn.language import N_
from vislearn.problems import Problem, problem_of
from vislearn.sample import lies_outside

__all__ = ["CocoOutlines", "check_outlines"]

_SLIP = 2.0  # pixels a box may stick out and be mended; beyond, the box is what is wrong


@dataclass(frozen=True)
class CocoOutlines:
    """What reads a picture's masks when a data set needs them.

    Args:
        file: the JSON file.
        picture: the picture's own.
        entries: its annotations, in the order of its boxes.
        size_hw: what the file says about the picture's height and width; None: the picture's header does.
    """

    file: Path
    picture: Path
    entries: Sequence[dict[str, Any]]
    size_hw: tuple[int, int] | None

    def __call__(self) -> torch.Tensor:
        """uint8 (N, H, W); called once it is known that the picture has the size that the file notes.

        Raises:
            FileError: an outline that can't be read, shows nothing or lies outside its box; the sentence
                names the annotation.
        """
        height, width = self.size_hw or size_of(self.picture)
        found = np.zeros((len(self.entries), int(height), int(width)), np.uint8)
        for index, entry in enumerate(self.entries):
            found[index] = self._mask(entry, found.shape[1:])
        return torch.from_numpy(found)

    def troubles(self) -> Iterator[FileError]:
        """All that is wrong with outlines that are there: what has none is a box, and sound as one.

        Nothing of a picture that can't be read, or has another size than the file notes: that is told first.
        """
        try:
            size_hw = size_of(self.picture)
        except FileError:
            return
        if self.size_hw is not None and tuple(self.size_hw) != size_hw:
            return
        for entry in self.entries:
            if entry.get("segmentation") in (None, [], {}, [[]]):
                continue
            try:
                self._mask(entry, size_hw)
            except FileError as trouble:
                yield trouble

    def _mask(self, entry: dict[str, Any], size_hw: tuple[int, ...]) -> np.ndarray:
        """One object's, uint8 (H, W)."""
        try:
            mask = coco_mask(entry.get("segmentation"), (size_hw[0], size_hw[1]))
        except ValueError as trouble:
            raise self._wrong(
                N_("has {trouble}, in annotation {identity} of {picture}"), entry, trouble=trouble.args[0]
            ) from None
        if not mask.any():
            raise self._wrong(
                N_("has an outline without a pixel, in annotation {identity} of {picture}"), entry
            )
        if _is_outside(mask, entry["bbox"]):
            raise FileError(
                self.file,
                N_("has an outline mostly outside its own box {bbox}, in annotation {identity} of {picture}"),
                fix=N_(
                    "One of the two belongs to another object, or was moved alone: draw or export it again."
                ),
                bbox=entry["bbox"],
                identity=entry["id"],
                picture=self.picture.name,
            )
        return mask

    def _wrong(self, what: str, entry: dict[str, Any], **values: object) -> FileError:
        values |= {"identity": entry["id"], "picture": self.picture.name}
        return FileError(self.file, what, fix=N_("Draw or export it again."), **values)


def check_outlines(dataset: DetectionDS) -> list[Problem]:
    """All outlines of a COCO file that can't be read, show nothing, or lie outside their own boxes.

    Args:
        dataset: from :func:`coco_detection` with masks. Of its pictures the headers are read.
    """
    return [
        problem_of(trouble)
        for _path, annotation in dataset.items
        if isinstance(annotation.get("masks"), CocoOutlines)
        for trouble in annotation["masks"].troubles()
    ]


def _is_outside(mask: np.ndarray, bbox: Sequence[float]) -> bool:
    """Most of it; a wrong box has no say."""
    height, width = mask.shape
    left, top, right, bottom = bbox[0], bbox[1], bbox[0] + bbox[2], bbox[1] + bbox[3]
    lies_on_picture = min(left, top) >= -_SLIP and right <= width + _SLIP and bottom <= height + _SLIP
    if not lies_on_picture or left == right or top == bottom:
        return False
    return lies_outside(torch.from_numpy(mask), torch.tensor([left, top, right, bottom], dtype=torch.float64))
