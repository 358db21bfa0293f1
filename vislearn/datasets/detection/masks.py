"""Boxes from instance masks: a file for each object, or one file in which each number is an object."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchvision.ops import masks_to_boxes

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.mask_values import (
    Background,
    objects_of,
    require_background,
    require_threshold,
    the_object,
)
from vislearn.datasets.detection.pairing import pictures_by_stem, pictures_in, require_unshared, the_picture
from vislearn.errors import FileError, InputError
from vislearn.files import is_litter
from vislearn.io import read_mask
from vislearn.io.reading import size_of
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["instance_detection", "mask_detection", "object_folders", "picture_and_masks", "read_objects"]

_LAYOUT = N_("Each picture has a folder: ROOT/NAME/images/one.png, ROOT/NAME/masks/*.png.")
_PAIRS = N_("Pictures and masks lie in two folders, and are called alike: images/1.jpg, instances/1.png.")


def mask_detection(
    root: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    label: str = "object",
    names: Sequence[str] | None = None,
    background: Background = None,
    threshold: int | None = None,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set from instance masks, one file per object, as the Data Science Bowl 2018 has them.

    ``ROOT/NAME/images`` holds one picture, ``ROOT/NAME/masks`` one black-and-white picture per object, of
    the same size: two values, whichever, the lower one around the object; edges may be soft. Palettes count
    by their indices, transparent pixels as black. Boxes are the tight ones around the object. All objects are
    of one class. Every mask is read once here, for its box. For files in which each number is an object see
    :func:`instance_detection`.

    Args:
        root: holds a folder for each picture.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get the masks too; they are read anew with each picture then.
        label: the name of the one class.
        names: which of the folders, such as one part of a split; None takes all, sorted.
        background: ``"white"`` for masks drawn black on white; None: black, and a mask that is bright in all
            corners is refused until you say which it is. With ``"white"`` one that is dark there is refused.
        threshold: everything from this value on, 1…255, is bright; None: the middle, where only edges lie
            between two values.
        problems: a list that takes what is wrong with folders and their masks, all of it, instead of an error
            at the first; pictures of such folders are left out. None raises.

    Raises:
        FileError: no such folder, another layout, a mask that is damaged, without an object, of more than two
            values, or of another size than the first one of its picture.
        InputError: ``background`` is another word, ``threshold`` no number in 1…255, or ``names`` is empty.

    Source: section 4 of the course's text, and the layout of kaggle.com/c/data-science-bowl-2018.
    """
    require_background(background)
    require_threshold(threshold)
    read = partial(read_objects, background=background, threshold=threshold)
    items = []
    for folder in object_folders(root, names):
        try:
            items.append(_item(folder, masks, read))
        except FileError:
            if problems is None:
                raise
            problems += _all_wrong(folder, read)
    return DetectionDS(items, transforms, classes=[label])


def instance_detection(
    images: str | Path,
    instances: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    label: str = "object",
    suffix: str = "",
    ignore: Collection[int] = (),
) -> DetectionDS:
    """A data set from label images: one file per picture, in which each number but 0 is an object.

    So VOC's ``SegmentationObject``, Penn-Fudan's ``PedMasks`` and Cellpose keep them. Numbers are read as
    they are stored, up to 16 bits; a palette counts by its indices, colours each as a number.

    Args:
        images: the folder of pictures.
        instances: the folder of label images, PNG or another format without loss, called as their pictures.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get the masks too; they are read anew with each picture then.
        label: the name of the one class.
        suffix: what their names have beyond their pictures', such as ``"_mask"``.
        ignore: numbers that are no objects, besides 0: VOC draws edges as 255.

    Raises:
        FileError: no such folder, a damaged file, one without its picture, or a JPEG.

    Source: section 4 of the course's text.
    """
    images = Path(images)
    files = pictures_in(Path(instances), fix=_PAIRS)
    if not files:
        raise FileError(instances, N_("has no label images in it"), fix=_PAIRS)
    pictures, owners, items = pictures_by_stem(images), dict[Path, str](), []
    for file in files:
        stem = file.stem.removesuffix(suffix) if suffix else file.stem
        picture = the_picture(images, file.with_stem(stem), "", pictures)
        require_unshared(owners, picture, file.name, file)
        owners[picture] = file.name
        items.append((picture, _annotation(partial(_read_instances, file, tuple(ignore)), masks)))
    return DetectionDS(items, transforms, classes=[label])


def object_folders(root: str | Path, names: Sequence[str] | None = None) -> list[Path]:
    """The folders of the pictures, as :func:`mask_detection` finds them.

    Args:
        root: holds a folder for each picture.
        names: which of them; None takes all, sorted.

    Raises:
        FileError: no such folder, or no folders in it.
        InputError: ``names`` is empty.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, N_("is not a folder"), fix=_LAYOUT)
    if names is not None and not len(names):
        raise InputError(
            "names", "must name at least one folder", got="none", fix="None takes all that are there."
        )
    if names is None:
        names = sorted(
            entry.name for entry in root.iterdir() if entry.is_dir() and not is_litter(Path(entry.name))
        )
    if not names:
        raise FileError(root, N_("has no folders in it"), fix=_LAYOUT)
    return [root / name for name in names]


def picture_and_masks(folder: Path) -> tuple[Path, list[Path]]:
    """The picture of such a folder, and the masks of its objects.

    Args:
        folder: from :func:`object_folders`.

    Raises:
        FileError: another layout, or a foreign file.
    """
    pictures = pictures_in(folder / "images", fix=_LAYOUT)
    if len(pictures) != 1:
        raise FileError(
            folder / "images",
            N_("must hold one picture, and holds {count}"),
            fix=_LAYOUT,
            count=len(pictures),
        )
    return pictures[0], pictures_in(folder / "masks", fix=_LAYOUT)


def _item(folder: Path, masks: bool, read: Callable[[Sequence[Path]], torch.Tensor]) -> tuple[Path, dict]:
    picture, files = picture_and_masks(folder)
    if files:
        return picture, _annotation(partial(read, files), masks)
    empty: dict[str, Any] = {"boxes": [], "labels": []}
    return picture, empty | ({"masks": partial(_no_masks, picture)} if masks else {})


def _all_wrong(folder: Path, read: Callable[[Sequence[Path]], torch.Tensor]) -> list[Problem]:
    """What is wrong with a picture's folder and with each of its masks."""
    problems: list[Problem] = []
    sound: list[Path] = []  # the first one, whose size the others must have
    with told_in(problems):
        for file in picture_and_masks(folder)[1]:
            with told_in(problems):
                read([*sound, file])
                sound = sound or [file]
    return problems


def _annotation(read: Callable[[], torch.Tensor], masks: bool) -> dict[str, Any]:
    stack = read()
    annotation = {
        "boxes": _edges(stack),
        "labels": [1] * len(stack),
        "area": stack.flatten(1).sum(1).to(torch.float32),
        "size_hw": tuple(stack.shape[1:]),
        "drawn": ["pixels"] * len(stack),
    }
    return annotation | ({"masks": read} if masks else {})


def read_objects(
    files: Sequence[Path], *, background: Background = None, threshold: int | None = None
) -> torch.Tensor:
    """The objects of one picture, uint8 (N, H, W) of 0 and 1.

    Args:
        files: one mask or more.
        background: as for :func:`mask_detection`.
        threshold: likewise.

    Raises:
        FileError: a mask that :func:`mask_detection` refuses.
    """
    found: list[np.ndarray] = []
    for file in files:
        values = read_mask(file)
        if found and values.shape != found[0].shape:
            raise FileError(
                file,
                N_(
                    "is {height}×{width} pixels (height×width), but {other} beside it is "
                    "{other_height}×{other_width}"
                ),
                fix=N_("Was one of them resized, or turned upright, without the other?"),
                height=values.shape[0],
                width=values.shape[1],
                other=files[0].name,
                other_height=found[0].shape[0],
                other_width=found[0].shape[1],
            )
        found.append(the_object(file, values, background=background, threshold=threshold))
    return torch.from_numpy(np.stack(found).astype(np.uint8))


def _read_instances(file: Path, ignore: Collection[int]) -> torch.Tensor:
    return torch.from_numpy(objects_of(file, ignore=ignore).astype(np.uint8))


def _no_masks(picture: Path) -> torch.Tensor:
    return torch.zeros(0, *size_of(picture), dtype=torch.uint8)


def _edges(stack: torch.Tensor) -> torch.Tensor:
    """Boxes (N, 4), xyxy, with the far edges just outside; ``masks_to_boxes`` names the last pixel inside."""
    boxes = masks_to_boxes(stack) if len(stack) else torch.zeros(0, 4)
    return boxes + torch.tensor([0.0, 0, 1, 1])
