"""A look at everything before training: all that is wrong with a data set for segmentation, at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.detection.pairing import named_together
from vislearn.datasets.segmentation.class_list import IGNORE
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.label_files import UnknownLabels
from vislearn.errors import FileError
from vislearn.problems import Problem, problem_of

__all__ = ["check_segmentation"]

_MOST_CODES = 8  # what a sentence can hold


def check_segmentation(dataset: Dataset) -> list[Problem]:
    """Everything wrong with a data set for segmentation; ``[]`` means: train on it.

    Looks at every picture and every mask, before and after the transforms. Besides what reading refuses:
    masks that are plain tensors, which transforms would leave behind; pictures on which everything is void;
    classes of which there is no pixel. What is wrong in the same way with many files is said once.

    Args:
        dataset: a :class:`SegmentationDS`, or any data set of ``(image, mask)`` with tensors.
    """
    problems: list[Problem] = []
    unknown: list[UnknownLabels] = []
    classes = getattr(dataset, "classes", None)
    seen: set[int] = set()
    for index in range(len(dataset)):  # type: ignore[arg-type]  # Dataset declares no length; all have one
        path = dataset.items[index][1] if isinstance(dataset, SegmentationDS) else Path(f"sample {index}")
        try:
            image, mask = dataset[index]
            _require_pair(path, image, mask, classes)
        except UnknownLabels as trouble:
            unknown.append(trouble)
            continue
        except FileError as trouble:
            problems.append(problem_of(trouble))
            continue
        found = set(torch.unique(mask).tolist()) - {IGNORE}
        if not found:
            problems.append(
                Problem(str(path), "is void from edge to edge", "Nobody learns from it: leave it out.")
            )
        seen |= found
    problems = [*_unknown_together(unknown), *_said_once(problems)]
    return problems or list(_whole_set_problems(seen, classes))


def _unknown_together(unknown: Sequence[UnknownLabels]) -> Iterator[Problem]:
    """All that no class has, in one sentence: told file by file, it would take as many starts."""
    for kind in dict.fromkeys(trouble.kind for trouble in unknown):
        first, *others = (trouble for trouble in unknown if trouble.kind == kind)
        where: dict[str, list[Path]] = {}
        for trouble in (first, *others):
            for code in trouble.codes:
                where.setdefault(code, []).append(trouble.path)
        common = sorted(where, key=lambda code: -len(where[code]))
        named = ", ".join(f"{code} ({_files(where[code])})" for code in common[:_MOST_CODES])
        more = f" and {len(common) - _MOST_CODES} more" if common[_MOST_CODES:] else ""
        together = Problem(str(first.path.parent), f"has {kind}s that no class has: {named}{more}", first.fix)
        yield together if others else problem_of(first)


def _files(paths: Sequence[Path]) -> str:
    return f"{paths[0].name} and {len(paths) - 1} more files" if paths[1:] else paths[0].name


def _said_once(problems: Sequence[Problem]) -> Iterator[Problem]:
    """The first of those that say the same, with the names of the others."""
    alike: dict[tuple[str, str], list[Path]] = {}
    for problem in problems:
        alike.setdefault((problem.what, problem.fix), []).append(Path(problem.where))
    for (what, fix), (first, *others) in alike.items():
        likewise = f" (likewise {named_together(others)})" if others else ""
        yield Problem(str(first), f"{what}{likewise}", fix)


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
