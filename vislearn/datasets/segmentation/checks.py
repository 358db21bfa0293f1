"""A look at everything before training: all that is wrong with a data set for segmentation, at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.segmentation.class_list import IGNORE
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.errors import FileError
from vislearn.problems import Problem, problem_of

__all__ = ["check_segmentation"]


def check_segmentation(dataset: Dataset) -> list[Problem]:
    """Everything wrong with a data set for segmentation; ``[]`` means: train on it.

    Looks at every picture and every mask, before and after the transforms. Besides what reading refuses:
    masks that are plain tensors, which transforms would leave behind; pictures on which everything is void;
    classes of which there is no pixel.

    Args:
        dataset: a :class:`SegmentationDS`, or any data set of ``(image, mask)`` with tensors.
    """
    problems: list[Problem] = []
    classes = getattr(dataset, "classes", None)
    seen: set[int] = set()
    for index in range(len(dataset)):  # type: ignore[arg-type]  # Dataset declares no length; all have one
        path = dataset.items[index][1] if isinstance(dataset, SegmentationDS) else Path(f"sample {index}")
        try:
            image, mask = dataset[index]
            _require_pair(path, image, mask, classes)
        except FileError as trouble:
            problems.append(problem_of(trouble))
            continue
        found = set(torch.unique(mask).tolist()) - {IGNORE}
        if not found:
            problems.append(
                Problem(str(path), "is void from edge to edge", "Nobody learns from it: leave it out.")
            )
        seen |= found
    return problems + ([] if problems else list(_whole_set_problems(seen, classes)))


def _require_pair(path: Path, image: Any, mask: Any, classes: Sequence[str] | None) -> None:
    if not isinstance(image, torch.Tensor) or not isinstance(mask, torch.Tensor):
        kinds = f"{type(image).__name__} and {type(mask).__name__}"
        raise FileError(
            path, f"arrives as {kinds}, not as tensors", fix="Use v2.ToImage() and tv_tensors.Mask."
        )
    if not isinstance(mask, tv_tensors.Mask):
        raise FileError(
            path,
            "has a mask that is a plain tensor, which v2 transforms leave as it is beside a picture",
            fix="Wrap it: tv_tensors.Mask(mask).",
        )
    if mask.shape[-2:] != image.shape[-2:]:
        sizes = [f"{one.shape[-2]}×{one.shape[-1]}" for one in (mask, image)]
        raise FileError(
            path, f"has a mask of {sizes[0]} for a picture of {sizes[1]}", fix="Move both together."
        )
    wrong = (mask != IGNORE) & ((mask < 0) | (mask >= len(classes))) if classes is not None else mask < 0
    if wrong.any():
        count = f"0 ... {len(classes) - 1}" if classes is not None else "0 or more"
        raise FileError(
            path,
            f"has the number {mask[wrong][0].item():g}, and classes are {count}",
            fix="Name all classes.",
        )


def _whole_set_problems(seen: set[int], classes: Sequence[str] | None) -> Iterator[Problem]:
    """Only where nothing else is wrong: what is missing may be in the samples that can't be read."""
    missing = [name for label, name in enumerate(classes or ()) if label not in seen]
    if missing:
        yield Problem(
            "The data set",
            f"has no pixel of: {', '.join(missing)}",
            "Nobody can learn these: leave them out.",
        )
