"""Masks of single objects: as instances with boxes, or taken together as background and object."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.mask_values import (
    Background,
    is_numbered,
    objects_of,
    require_background,
    require_threshold,
    the_object,
)
from vislearn.datasets.detection.masks import (
    instance_detection,
    mask_detection,
    object_folders,
    picture_and_masks,
    read_objects,
)
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.folder import label_pairs
from vislearn.errors import FileError, InputError, Words
from vislearn.io import read_mask
from vislearn.io.reading import size_of
from vislearn.language import N_
from vislearn.problems import joined

__all__ = ["foreground_folder", "object_masks_folder"]

_LABELS = ("masks", "labels", "instances")
_WHITE = 255
_LAYOUTS = N_(
    "Either each picture has a folder, ROOT/NAME/images/one.png and ROOT/NAME/masks/*.png, or pictures lie "
    "in ROOT/images and label images, one number per object, in ROOT/masks."
)


def object_masks_folder(
    root: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    label: str = "object",
    names: Sequence[str] | None = None,
    background: Background = None,
    threshold: int | None = None,
    suffix: str = "",
    ignore: Collection[int] = (),
) -> DetectionDS:
    """A data set for instance segmentation: each object with its box, its label 1 and its mask.

    Two layouts are known. A file for each object: ``ROOT/NAME/images`` holds one picture, ``ROOT/NAME/masks``
    a mask per object, as the Data Science Bowl 2018 has them (:func:`mask_detection`). Or one file for all:
    ``ROOT/images`` holds pictures, and ``ROOT/masks``, ``ROOT/labels`` or ``ROOT/instances`` label images in
    which each number but 0 is an object (:func:`instance_detection`).

    Args:
        root: the folder.
        transforms: as for :class:`DetectionDS`.
        label: the name of the one class.
        names: which folders, in the first layout; None takes all.
        background: as for :func:`mask_detection`, in the first layout.
        threshold: likewise.
        suffix: as for :func:`instance_detection`, in the second layout.
        ignore: likewise.

    Raises:
        FileError: neither layout, or what :func:`mask_detection` and :func:`instance_detection` refuse.
        InputError: an argument that belongs to the other layout.

    Source: the layouts of kaggle.com/c/data-science-bowl-2018, and of Penn-Fudan and Cellpose.
    """
    root = Path(root)
    if not (root / "images").is_dir():
        _refuse_others({"suffix": suffix, "ignore": tuple(ignore)}, "a file for each object")
        return mask_detection(
            root,
            transforms,
            masks=True,
            label=label,
            names=names,
            background=background,
            threshold=threshold,
        )
    others = {"names": names, "background": background, "threshold": threshold}
    _refuse_others(others, "label images in which each number is an object")
    how: dict[str, Any] = {"masks": True, "label": label, "suffix": suffix, "ignore": ignore}
    return instance_detection(root / "images", _labels_beside(root), transforms, **how)


def foreground_folder(
    root: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    label: str = "object",
    names: Sequence[str] | None = None,
    background: Background = None,
    threshold: int | None = None,
    suffix: str = "",
) -> SegmentationDS:
    """Masks in black and white, read as two classes: 0 background, 1 where any object is.

    The folders of :func:`object_masks_folder`. With a file for each object: where objects touch, nobody can
    tell them apart any more; that is what semantic segmentation is. With one mask for each picture: 0 is
    background, and whatever is bright (255, or 1) an object. So nothing is void here, and 255 is no
    exception. A mask may be black throughout; one of many numbers is read as numbers of objects.

    Args:
        root: holds a folder for each picture, or ``images`` and ``masks``, ``labels`` or ``instances``.
        transforms: as for :class:`SegmentationDS`.
        label: the name of class 1.
        names: which of the folders, in the first layout; None takes all, sorted.
        background: as for :func:`mask_detection`.
        threshold: likewise.
        suffix: as for :func:`segmentation_folder`, in the second layout.

    Raises:
        FileError: no such folder, or another layout; a mask that :func:`mask_detection` refuses is told when
            its picture is read.
        InputError: ``background`` is another word, ``threshold`` no number in 1…255, ``names`` is empty, or
            an argument belongs to the other layout.
    """
    root = Path(root)
    require_background(background)
    require_threshold(threshold)
    if not isinstance(label, str) or not label.strip() or label.strip().lower() in ("background", "void"):
        raise InputError("label", "must name the object, not what is around it", got=repr(label))
    read: Callable[[Path], np.ndarray]
    if (root / "images").is_dir():
        _refuse_others({"names": names}, "a mask for each picture")
        items = label_pairs(root / "images", _labels_beside(root), suffix)
        read = partial(_bright, background=background, threshold=threshold)
    else:
        _refuse_others({"suffix": suffix}, "a file for each object")
        items = [(picture_and_masks(folder)[0], folder) for folder in object_folders(root, names)]
        read = partial(_foreground, background=background, threshold=threshold)
    return SegmentationDS(items, read, transforms, classes=["background", label])


def _labels_beside(root: Path) -> Path:
    """The folder of label images beside ``images``."""
    found = [root / name for name in _LABELS if (root / name).is_dir()]
    if len(found) != 1:
        there = joined([folder.name for folder in found]) if found else Words(N_("none of these"))
        raise FileError(
            root,
            N_("must have one of {names} beside images, and has {there}"),
            fix=_LAYOUTS,
            names=", ".join(_LABELS),
            there=there,
        )
    return found[0]


def _foreground(folder: Path, *, background: Background, threshold: int | None) -> np.ndarray:
    picture, files = picture_and_masks(folder)
    if not files:
        return np.zeros(size_of(picture), np.uint8)
    return read_objects(files, background=background, threshold=threshold).amax(0).numpy()


def _bright(file: Path, *, background: Background, threshold: int | None) -> np.ndarray:
    """The mask of a whole picture: unlike one of a single object it may be empty, or hold numbers."""
    values = read_mask(file)
    if len(np.unique(values)) == 1 and bool(values[0, 0]) == (background == "white"):
        return np.zeros(values.shape, np.uint8)  # background alone
    if threshold is None and is_numbered(file, values):
        _require_numbers(file, np.unique(values))
        return np.any(objects_of(file), axis=0).astype(np.uint8)
    return the_object(file, values, background=background, threshold=threshold).astype(np.uint8)


def _require_numbers(file: Path, levels: np.ndarray) -> None:
    """Refuse what could be numbers of objects, but ends in white: a soft mask, or a rim that counts as void.

    Numbers of objects lie close together. Read as such, a soft mask would grow by all of its edge.
    """
    if levels[-1] == _WHITE > 2 * len(levels):
        raise FileError(
            file,
            N_("has {count} different values up to 255, too far apart for numbers of objects"),
            fix=N_(
                "Soft edges, or a rim of 255 that is void? threshold=128 (--threshold 128) takes "
                "what is bright as the object, threshold=1 whatever is not 0."
            ),
            count=len(levels),
        )


def _refuse_others(given: dict[str, Any], layout: str) -> None:
    """An argument that would be passed over in silence is a misunderstanding."""
    for name, value in given.items():
        if value not in (None, "", ()):
            raise InputError(name, f"can't be used with {layout}", got=repr(value), fix="Leave it out.")
