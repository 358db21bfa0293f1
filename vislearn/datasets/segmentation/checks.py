"""A look at everything before training: all that is wrong with a data set for segmentation, at once."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.detection.mask_values import WrongWayRound
from vislearn.datasets.detection.pairing import named_together, some_of
from vislearn.datasets.segmentation.class_list import IGNORE
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.label_files import UnknownLabels
from vislearn.errors import FileError, Words
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, joined, problem_of

__all__ = ["check_segmentation"]

_MOST_CODES = 8  # what a sentence can hold
_NUMBER = re.compile(r"\d+(\.\d+)?")


def check_segmentation(dataset: Dataset) -> list[Problem]:
    """Everything wrong with a data set for segmentation; ``[]`` means: train on it.

    Looks at every picture and every mask, before and after the transforms. Besides what reading refuses:
    masks that are plain tensors, which transforms would leave behind; pictures on which everything is void;
    classes of which there is no pixel. What is wrong in the same way with many files is said once.

    Args:
        dataset: a :class:`SegmentationDS`, or any data set of ``(image, mask)`` with tensors.
    """
    problems: list[Problem] = []
    compared: list[FileError] = []
    classes = getattr(dataset, "classes", None)
    seen: set[int] = set()
    for index in range(len(dataset)):  # type: ignore[arg-type]  # Dataset declares no length; all have one
        path = (
            dataset.items[index][1]
            if isinstance(dataset, SegmentationDS)
            else Path(_("sample {index}", index=index))
        )
        try:
            image, mask = dataset[index]
            _require_pair(path, image, mask, classes)
        except (UnknownLabels, WrongWayRound) as trouble:
            compared.append(trouble)
            continue
        except FileError as trouble:
            problems.append(problem_of(trouble))
            continue
        found = set(torch.unique(mask).tolist()) - {IGNORE}
        if not found:
            problems.append(
                Problem(str(path), _("is void from edge to edge"), _("Nobody learns from it: leave it out."))
            )
        seen |= found
    unknown = [trouble for trouble in compared if isinstance(trouble, UnknownLabels)]
    turned = [trouble for trouble in compared if isinstance(trouble, WrongWayRound)]
    problems += _turned_alike(turned, len(dataset))  # type: ignore[arg-type]
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
        named = some_of(
            [_("{code} ({files})", code=code, files=_files(where[code])) for code in common], _MOST_CODES
        )
        together = Problem(
            str(first.path.parent),
            _("has numbers that no class has: {codes}", codes=named)
            if kind == "number"
            else _("has colours that no class has: {codes}", codes=named),
            _(first.messages[1]),
        )
        yield together if others else problem_of(first)


def _turned_alike(turned: Sequence[WrongWayRound], count: int) -> Iterator[Problem]:
    """Where a few of many are drawn the other way round, another ``background`` would spoil the many."""
    for trouble in turned:
        told = problem_of(trouble)
        yield Problem(told.where, told.what, _(trouble.if_few)) if 2 * len(turned) < count else told


def _files(paths: Sequence[Path]) -> str:
    if not paths[1:]:
        return paths[0].name
    return _("{file} and {count} more files", file=paths[0].name, count=len(paths) - 1)


def _said_once(problems: Sequence[Problem]) -> Iterator[Problem]:
    """The first of those that say the same, with whatever numbers in it, and the names of the others."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((_NUMBER.sub("0", problem.what), problem.fix), []).append(problem)
    for first, *others in alike.values():
        files = named_together([Path(other.where) for other in others])
        likewise = _(" (likewise {files})", files=files) if others else ""
        yield Problem(first.where, first.what + likewise, first.fix)


def _require_pair(path: Path, image: Any, mask: Any, classes: Sequence[str] | None) -> None:
    if not isinstance(image, torch.Tensor) or not isinstance(mask, torch.Tensor):
        kinds = joined([type(image).__name__, type(mask).__name__])
        raise FileError(
            path,
            N_("arrives as {kinds}, not as tensors"),
            fix=N_("Use v2.ToImage() and tv_tensors.Mask."),
            kinds=kinds,
        )
    if not isinstance(mask, tv_tensors.Mask):
        raise FileError(
            path,
            N_("has a mask that is a plain tensor, which v2 transforms leave as it is beside a picture"),
            fix=N_("Wrap it: tv_tensors.Mask(mask)."),
        )
    if mask.shape[-2:] != image.shape[-2:]:
        sizes = [f"{one.shape[-2]}×{one.shape[-1]}" for one in (mask, image)]
        raise FileError(
            path,
            N_("has a mask of {mask} for a picture of {picture}"),
            fix=N_("Move both together."),
            mask=sizes[0],
            picture=sizes[1],
        )
    wrong = (mask != IGNORE) & ((mask < 0) | (mask >= len(classes))) if classes is not None else mask < 0
    if wrong.any():
        known = f"0 ... {len(classes) - 1}" if classes is not None else Words(N_("0 or more"))
        raise FileError(
            path,
            N_("has the number {number:g}, and classes are {known}"),
            fix=N_("Name all classes."),
            number=mask[wrong][0].item(),
            known=known,
        )


def _whole_set_problems(seen: set[int], classes: Sequence[str] | None) -> Iterator[Problem]:
    """Only where nothing else is wrong: what is missing may be in the samples that can't be read."""
    missing = [name for label, name in enumerate(classes or ()) if label not in seen]
    if missing:
        yield Problem(
            _("The data set"),
            _("has no pixel of: {missing}", missing=", ".join(missing)),
            _("Nobody can learn these: leave them out."),
        )
