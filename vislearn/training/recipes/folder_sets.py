"""The parts of a folder of pictures: to learn from, to judge by, and to be scored on once at the end."""

import copy
import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from torch.utils.data import DataLoader

from vislearn.datasets import image_folder, split_indices
from vislearn.datasets.conversion.opening import signs_of
from vislearn.datasets.folders import StrictImageFolder, check_folder
from vislearn.datasets.prints import prints_of
from vislearn.errors import FileError, InputError, Words
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, doubts_in, joined, listed, problem_of, told_in
from vislearn.training.progress import watched
from vislearn.training.recipes.copies import tell_of_copies
from vislearn.traps.data.audit import imbalance

__all__ = ["FolderSets", "look_at", "open_sets"]

Say = Callable[[str], object]
_NAMES = {"train": ("train", "training"), "val": ("val", "valid", "validation"), "test": ("test", "testing")}
_LAYOUT = N_(
    "Put pictures to learn from into train/CLASS/ and others to judge by into val/CLASS/, or have every "
    "fifth one drawn from CLASS/ by --split 0.2."
)
_SHOWN = 50  # damaged files; more than anybody mends one by one
_DOUBTS = 5  # sentences on the terminal; most often they are all the same


@dataclass(frozen=True)
class FolderSets:
    """Which pictures are for what.

    Attributes:
        root: the folder.
        parts: ``"train"``, ``"val"``, and ``"test"`` where there is one: pictures without a transform.
        drawn: whether ``val`` was drawn from one folder here.
        looked_at: whether somebody looks at every picture first, and tells of those that are doubtful: who
            reads them later needn't.
    """

    root: Path
    parts: dict[str, StrictImageFolder]
    drawn: bool = False
    looked_at: bool = False

    @property
    def classes(self) -> list[str]:
        """Their names, in the order of the labels."""
        return self.parts["train"].classes

    def dataset(self, part: str, transform: Callable[..., Any]) -> StrictImageFolder:
        """The pictures of a part, as a network wants them.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.
            transform: from a PIL image to a tensor.
        """
        found = copy.copy(self.parts[part])
        found.transform = transform
        if self.looked_at:
            found.loader = partial(_read_again, found.loader)
        return found

    def table(self) -> str:
        """Which picture is in which part, as CSV: part, class, file."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["part", "class", "file"])
        for part, pictures in self.parts.items():
            rows.writerows([part, pictures.classes[label], path] for path, label in pictures.samples)
        return "\ufeff" + text.getvalue()  # without the mark spreadsheets take Bengali for another alphabet


def _read_again(read: Callable[[str], Any], path: str) -> Any:
    """A picture of which all doubts are told; in loader workers, too."""
    with doubts_in([]):
        return read(path)


def open_sets(
    root: str | Path,
    *,
    split: float | None = None,
    seed: int = 0,
    num_classes: int | None = None,
    scale: float | None = None,
    looked_at: bool = False,
) -> FolderSets:
    """The parts of ``root``: its ``train`` and ``val``, and its ``test`` where it has one.

    Args:
        root: with ``train/CLASS/*`` and ``val/CLASS/*``; with ``split`` ``train/CLASS/*`` or ``CLASS/*`` do.
        split: draw this share of the pictures to judge by, the same of each class; files that are copies of
            each other stay on one side.
        seed: of what is drawn.
        num_classes: how many class folders there must be; None: as many as there are.
        scale: as for :func:`vislearn.io.read_image`.
        looked_at: whether :func:`look_at` looks at them, in this process or in another.

    Raises:
        FileError: folders are missing, hold a single class, or hold something that is no picture; or parts
            have other classes.
        InputError: there is another number of classes, or ``val`` is there and to be drawn.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, N_("is not a folder") if root.exists() else N_("does not exist"), fix=_LAYOUT)
    inside = {entry.name.lower(): entry for entry in root.iterdir() if entry.is_dir()}
    found = {
        part: next((inside[name] for name in names if name in inside), None) for part, names in _NAMES.items()
    }
    if split is None:
        for part in ("train", "val"):
            if found[part] is None:
                _refuse_boxes(root)
                raise FileError(root / part, N_("is not there"), fix=_LAYOUT)
        parts = _opened(root, {part: place for part, place in found.items() if place is not None}, scale)
    else:
        parts = _drawn(root, found, split, seed, scale)
    _require_classes(root, parts, num_classes)
    return FolderSets(root, parts, drawn=split is not None, looked_at=looked_at)


def _refuse_boxes(root: Path) -> None:
    """A set with boxes lacks no part: it is of another kind, and something else learns from it."""
    kinds = signs_of(root)
    if "yolo" in kinds and not (root / "labels").is_dir() and not any(root.glob("*.y*ml")):
        kinds.remove("yolo")  # a list of classes alone stands beside folders of any kind
    if kinds:
        raise FileError(
            root,
            N_("holds boxes ({kind}), no folders of classes"),
            fix=N_(
                "vislearn check looks at boxes and vislearn convert rewrites them; a detector learns from "
                "them by vislearn.training.fit_detector, as lesson 12 shows."
            ),
            kind=joined(kinds, either=True),
        )


def _drawn(
    root: Path, found: dict[str, Path | None], split: float, seed: int, scale: float | None
) -> dict[str, StrictImageFolder]:
    if found["val"] is not None:
        raise InputError("split", "must be left out", got=split, fix=f"There is {found['val']} to judge by.")
    places = {"train": found["train"] or root} | ({} if found["test"] is None else {"test": found["test"]})
    parts = _opened(root, places, scale)
    whole = parts["train"]
    digests = prints_of([path for path, _label in whole.samples], decode=False).files
    groups = digests if len(set(digests)) < len(digests) else None
    drawn = split_indices(whole.targets, [1 - split, split], groups=groups, seed=seed)
    return {name: _some(whole, indices) for name, indices in zip(("train", "val"), drawn, strict=True)} | {
        name: part for name, part in parts.items() if name != "train"
    }


def _opened(root: Path, places: Mapping[str, Path], scale: float | None) -> dict[str, StrictImageFolder]:
    """The folders; where one can't be opened all that is wrong with any of them is named, in one go."""
    try:
        return {part: image_folder(place, scale=scale) for part, place in places.items()}
    except FileError:
        problems = [
            problem for place in places.values() for problem in check_folder(place, scale=scale, doubts=False)
        ]
        if len(problems) > 1:
            _refuse(root, problems)
        raise


def _refuse(root: Path, problems: list[Problem]) -> NoReturn:
    raise FileError(root, N_("has pictures that can't be used"), fix="\n".join(listed(problems, _SHOWN)))


def _some(whole: StrictImageFolder, indices: list[int]) -> StrictImageFolder:
    part = copy.copy(whole)
    part.samples = part.imgs = [whole.samples[index] for index in indices]
    part.targets = [label for _path, label in part.samples]
    return part


def _require_classes(root: Path, parts: dict[str, StrictImageFolder], num_classes: int | None) -> None:
    classes = parts["train"].classes
    odd = [trouble for part in parts.values() for trouble in _odd_classes(parts["train"], part)]
    if len(odd) == 1:
        raise odd[0]
    if odd:
        different = N_("has other classes to judge by than to learn from")
        raise FileError(root, different, fix="\n".join(str(problem_of(trouble)) for trouble in odd))
    if len(classes) < 2:
        raise FileError(
            parts["train"].root, N_("holds a single class"), fix=N_("There must be something to tell apart.")
        )
    if num_classes not in (None, len(classes)):
        raise InputError(
            "num_classes",
            Words(N_("must be {count}, the number of class folders"), count=len(classes)),
            got=num_classes,
            fix=Words(N_("Leave it out: it is counted.")),
        )


def _odd_classes(train: StrictImageFolder, part: StrictImageFolder) -> Iterator[FileError]:
    """Each class folder that one of both has and the other lacks: which, and what to do."""
    pair = {"train": train.root, "part": part.root}
    for name in sorted(set(train.classes) - set(part.classes)):
        yield FileError(
            Path(part.root) / name,
            N_("is not there, and {train} has this class"),
            fix=N_("Put pictures of it there, others than in {train}, or take it out of {train}, too."),
            **pair,
        )
    for name in sorted(set(part.classes) - set(train.classes)):
        yield FileError(
            Path(part.root) / name,
            N_("is a class that {train} doesn't have"),
            fix=N_("Give it its name in {train}, put pictures of it there, too, or take it out of {part}."),
            **pair,
        )


def look_at(sets: FolderSets, say: Say, *, audit: bool = True) -> None:
    """Read every picture once, and tell of doubtful ones, rare classes and pictures that stand in two parts.

    Args:
        sets: of :func:`open_sets`.
        say: gets a line for every stage.
        audit: False: only pictures that are damaged or doubtful are of interest.

    Raises:
        FileError: files can't be read; all of them are named.
    """
    pictures = [(path, part.loader) for part in sets.parts.values() for path, _label in part.samples]
    say(_("Looking at {count} pictures ...", count=len(pictures)))
    problems: list[Problem] = []
    doubts: list[Problem] = []
    with doubts_in(doubts):
        for path, read in watched(pictures, say=say):
            with told_in(problems):
                read(path)
    if problems:
        _refuse(sets.root, problems)
    for line in listed(doubts, _DOUBTS):
        say(line)
    if not audit:
        return
    for one in imbalance(DataLoader(sets.parts["train"])):
        say(str(one))
    for part in list(sets.parts)[1:]:
        train, judged = ([path for path, _label in sets.parts[name].samples] for name in ("train", part))
        tell_of_copies(train, judged, part, say)
