"""The two sets of a folder with pictures and masks: to learn from, and to judge by."""

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset, Subset

from vislearn.datasets import (
    check_detection,
    check_segmentation,
    foreground_folder,
    object_masks_folder,
    segmentation_folder,
)
from vislearn.datasets.detection.mask_values import Background
from vislearn.datasets.detection.pairing import named_together
from vislearn.datasets.segmentation.class_list import class_list
from vislearn.datasets.segmentation.label_files import Stored
from vislearn.errors import FileError, InputError
from vislearn.io import read_image
from vislearn.language import N_
from vislearn.problems import Problem, doubts_in, listed
from vislearn.training.recipes.copies import tell_of_copies
from vislearn.training.recipes.separate import tell_of_parts

__all__ = ["instance_sets", "segmentation_sets"]

_HELD_OUT = 5
_PARTS = ("train", "val")
_DOUBTS = 5  # sentences on the terminal; most often they are all the same
_BACKGROUND_AND_OBJECT = 2  # classes
_BLACK_AND_WHITE = N_(
    "Black and white masks need none: --foreground cell (objects='cell') says what white is."
)


def segmentation_sets(
    root: str | Path,
    *,
    classes: Any = None,
    objects: str | None = None,
    background: Background = None,
    threshold: int | None = None,
    stored: Stored = None,
    suffix: str = "",
    scale: float | None = None,
    transforms: Callable[..., Any] | None = None,
    say: Callable[[str], object] | None = None,
) -> tuple[Dataset, Dataset]:
    """Pictures with masks to learn from and others to judge by, every one of them looked at.

    Args:
        root: holds ``train`` and ``val``, each with ``images`` and ``labels``, as
            :func:`vislearn.datasets.segmentation_folder` reads them; or ``images`` and ``labels`` alone: then
            every fifth picture, by name, is judged by.
        classes: as for ``segmentation_folder``; None: ``classes.txt`` in ``root``.
        objects: masks are black and white instead, one per picture or one per object, as
            :func:`vislearn.datasets.foreground_folder` reads them: what white is called.
        background: as for ``foreground_folder``, with ``objects``.
        threshold: likewise.
        stored: as for ``segmentation_folder``, without ``objects``.
        suffix: as for ``segmentation_folder``.
        scale: the value that is white where pictures have more than 8 bits, as for
            :func:`vislearn.io.read_image`.
        transforms: of both sets, called as ``transforms(image, mask)``.
        say: gets a sentence where pictures of ``val`` are in ``train``, too, as the same files, and about
            pictures that are doubtful; None looks for no copies, and warns of doubts.

    Raises:
        FileError: folders or the names of the classes are missing, too few pictures or classes, ``objects``
            beside a ``classes.txt`` of three or more, or something is wrong with some pictures: all are told.
        InputError: both ``classes`` and ``objects``, or what belongs to the other.
    """
    root = _folder(root)
    if objects is not None:
        _refuse_others({"classes": classes, "stored": stored}, "objects, which names the two classes")
        _refuse_class_numbers(root)
        how: dict[str, Any] = {"label": objects, "background": background, "suffix": suffix}
        how["threshold"] = threshold
        read: Callable[[Path], Any] = partial(foreground_folder, transforms=transforms, **how)
    else:
        around = {"background": background, "threshold": threshold}
        _refuse_others(around, "classes; objects names what is around it")
        how = {"classes": _named(root) if classes is None else classes, "stored": stored, "suffix": suffix}
        read = partial(_pictures_and_labels, transforms=transforms, **how)

    whole = _read_parts(root, read)
    _require_two_classes(whole[0].classes, root if classes is None else classes)
    return _two_sets(root, whole, check_segmentation, scale, say)


def instance_sets(
    root: str | Path,
    *,
    label: str,
    background: Background = None,
    threshold: int | None = None,
    suffix: str = "",
    scale: float | None = None,
    transforms: Callable[..., Any] | None = None,
    say: Callable[[str], object] | None = None,
) -> tuple[Dataset, Dataset]:
    """The same with every object by itself, for Mask R-CNN: boxes, labels and masks.

    Args:
        root: holds ``train`` and ``val``, each as :func:`vislearn.datasets.object_masks_folder` reads it; or
            is such a folder itself: then every fifth picture, by name, is judged by.
        label: the name of the one class.
        background: as for ``object_masks_folder``.
        threshold: likewise.
        suffix: likewise.
        scale: as for :func:`segmentation_sets`.
        transforms: of both sets, called as ``transforms(image, target)``.
        say: as for :func:`segmentation_sets`; and another sentence where most pictures have a single object,
            in separate parts, as black and white masks of several objects are read. None warns of that.

    Raises:
        FileError: folders are missing, too few pictures, a ``classes.txt`` of three or more, or something is
            wrong with some: all are named.
        InputError: an argument that belongs to the other layout of masks.
    """
    root = _folder(root)
    _refuse_class_numbers(root)
    how: dict[str, Any] = {"background": background, "threshold": threshold, "suffix": suffix}
    whole = _read_parts(root, partial(object_masks_folder, transforms=transforms, label=label, **how))
    sets = _two_sets(root, whole, check_detection, scale, say)
    tell_of_parts([item for one in whole for item in one.items], say or partial(warnings.warn, stacklevel=3))
    return sets


def _read_parts(root: Path, read: Callable[[Path], Any]) -> list[Any]:
    """``train`` and ``val`` where they are, else all there is."""
    return [read(root / part) for part in _PARTS] if (root / _PARTS[0]).is_dir() else [read(root)]


def _two_sets(
    root: Path,
    whole: Sequence[Any],
    check: Callable[[Dataset], Sequence[object]],
    scale: float | None,
    say: Callable[[str], object] | None,
) -> tuple[Dataset, Dataset]:
    """To learn from and to judge by, with every picture looked at."""
    parts = _held_out(whole[0], root) if len(whole) == 1 else tuple(whole)
    for one in whole:
        one.reader = partial(read_image, scale=scale)
    doubts: list[Problem] = []
    with doubts_in(doubts) if say else nullcontext():
        problems = [str(problem) for one in whole for problem in check(one)]
    if problems:
        raise FileError(root, N_("can't be learned from as it is"), fix="\n".join(problems))
    if say:
        for line in listed(doubts, _DOUBTS):
            say(line)
        for one in whole:
            one.reader = partial(_read_again, scale=scale)
    if say and len(whole) > 1:
        train, judged = ([path for path, _truth in one.items] for one in whole)
        tell_of_copies(train, judged, _PARTS[1], say)
    return parts[0], parts[1]


def _read_again(path: Path, scale: float | None) -> torch.Tensor:
    """A picture of which all doubts are told; in loader workers, too."""
    with doubts_in([]):
        return read_image(path, scale=scale)


def _folder(root: str | Path) -> Path:
    root = Path(root)
    if not root.is_dir():
        what = N_("is a file, not a folder") if root.exists() else N_("does not exist")
        raise FileError(root, what, fix=N_("Name the folder that holds the pictures and their masks."))
    return root


def _refuse_others(given: dict[str, Any], what: str) -> None:
    """An argument that would be passed over in silence is a misunderstanding."""
    for name, value in given.items():
        if value is not None:
            raise InputError(name, f"can't be used with {what}", got=repr(value), fix="Leave it out.")


def _refuse_outlines(root: Path) -> None:
    """Polygons in a file are another way to draw masks, with another door."""
    found = sorted(path for path in root.iterdir() if path.suffix.lower() in (".json", ".xml"))
    if found and not any((root / name).is_dir() for name in ("labels", "masks", *_PARTS)):
        raise FileError(
            root,
            N_("has annotations ({files}) and no label images"),
            fix=N_(
                "Outlines are learned from Python: coco_detection(file, images, masks=True), "
                "labelme_detection or cvat_detection reads them, detector('mask_rcnn', ...) learns "
                "them; README.md shows how."
            ),
            files=named_together(found),
        )


def _refuse_class_numbers(root: Path) -> None:
    """Read as masks of objects, label images of several classes would all be of one, and nobody be told."""
    file = root / "classes.txt"
    if file.exists() and len(names := class_list(file).names) > _BACKGROUND_AND_OBJECT:
        raise FileError(
            file,
            N_("is here and names {count} classes: the masks beside it hold class numbers, not objects"),
            fix=N_(
                "To learn the classes, leave out --foreground (objects=) and --kind mask_rcnn; if the masks "
                "do hold objects, move classes.txt out of the folder."
            ),
            count=len(names),
        )


def _named(root: Path) -> Path:
    """The file that names the classes, where nobody said otherwise."""
    file = root / "classes.txt"
    if not file.exists():
        _refuse_outlines(root)
        raise FileError(
            file,
            N_("does not exist, and label images hold numbers, not names"),
            fix=N_(
                "Write it: the name of each class on a line of its own, the first for number 0, such "
                "as background. {unless}"
            ),
            unless=_BLACK_AND_WHITE,
        )
    return file


def _pictures_and_labels(folder: Path, **how: Any) -> Dataset:
    return segmentation_folder(folder / "images", folder / "labels", **how)


def _require_two_classes(classes: Sequence[str], where: Any) -> None:
    if len(classes) < 2:
        raise InputError(
            str(where),
            "must name at least two classes, what is around objects among them",
            got=", ".join(classes),
            fix=f"Write a line for 0 before it, such as background. {_BLACK_AND_WHITE}",
        )


def _held_out(dataset: Any, root: Path) -> tuple[Dataset, ...]:
    if len(dataset) < _HELD_OUT:
        raise FileError(
            root,
            N_("has {count} pictures; learning and judging need at least 5"),
            fix=N_("Add some."),
            count=len(dataset),
        )
    judged = [index for index in range(len(dataset)) if index % _HELD_OUT == _HELD_OUT - 1]
    learned = [index for index in range(len(dataset)) if index % _HELD_OUT != _HELD_OUT - 1]
    return Subset(dataset, learned), Subset(dataset, judged)
