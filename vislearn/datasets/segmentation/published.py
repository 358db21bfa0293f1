"""Published sets through torchvision's classes, and the bundled scenes: found by them, read strictly."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torchvision.datasets import Cityscapes, VOCSegmentation

from vislearn.datasets.bundled.annotations import voc_colours
from vislearn.datasets.bundled.scenes import scenes
from vislearn.datasets.segmentation.class_list import IGNORE, ClassList, Color, class_list
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.label_files import labels_of
from vislearn.errors import FileError, MissingError, require_one_of
from vislearn.language import N_

__all__ = ["cityscapes", "scene_segmentation", "voc_segmentation"]

_VOC = [
    "background",
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
]


def scene_segmentation(split: str = "train", transforms: Callable[..., Any] | None = None) -> SegmentationDS:
    """The bundled scenes as a data set: 0 background, 1 ... 10 where the digits 0 ... 9 are.

    Nothing is void in them.

    Args:
        split: ``"train"`` (400 pictures) or ``"val"`` (100), 128×128 pixels.
        transforms: as for :class:`SegmentationDS`.

    Raises:
        InputError: an unknown split.

    >>> scene_segmentation("val").classes[:3]
    ['background', '0', '1']
    """
    found = scenes(split)  # type: ignore[arg-type]  # scenes itself refuses another word
    known = _palette_classes(["background", *map(str, range(10))])
    items = [(found.images / f"{name}.jpg", found.semantic / f"{name}.png") for name in found.names]
    return _by_numbers(items, known, transforms)


def voc_segmentation(
    root: str | Path,
    split: str = "train",
    transforms: Callable[..., Any] | None = None,
    *,
    year: str = "2012",
) -> SegmentationDS:
    """Pascal VOC: 0 background, 1 ... 20, and 255 along the edges of objects and on what is too hard.

    Args:
        root: the folder that holds ``VOCdevkit``.
        split: ``"train"``, ``"val"`` or ``"trainval"``; for 2007 also ``"test"``.
        transforms: as for :class:`SegmentationDS`.
        year: ``"2007"`` ... ``"2012"``.

    Raises:
        MissingError: it isn't there; it has 2 GB, and nothing is downloaded behind your back.
        InputError: an unknown split or year.

    Source: Everingham et al. 2010; ``torchvision.datasets.VOCSegmentation`` finds the files.
    """
    years = [str(number) for number in range(2007, 2013)]
    require_one_of("year", year, years)
    require_one_of("split", split, ("train", "val", "trainval", *(["test"] if year == "2007" else [])))
    try:
        found = VOCSegmentation(str(root), year=year, image_set=split)
    except (RuntimeError, OSError):
        raise MissingError(
            f"VOC {year} ({split}) is not in {root}.",
            fix=f"torchvision.datasets.VOCSegmentation({str(root)!r}, year={year!r}, download=True) gets it.",
        ) from None
    items = list(zip(map(Path, found.images), map(Path, found.masks), strict=True))
    return _by_numbers(items, _palette_classes(_VOC), transforms)


def cityscapes(
    root: str | Path,
    split: str = "train",
    transforms: Callable[..., Any] | None = None,
    *,
    mode: str = "fine",
) -> SegmentationDS:
    """Cityscapes: the 19 classes that its scores count, road 0 ... bicycle 18; all others are void, 255.

    There is no background: every pixel of a street is something.

    Args:
        root: the folder that holds ``leftImg8bit`` and ``gtFine`` or ``gtCoarse``.
        split: ``"train"``, ``"val"``, and ``"test"`` (fine) or ``"train_extra"`` (coarse).
        transforms: as for :class:`SegmentationDS`.
        mode: ``"fine"`` or ``"coarse"``.

    Raises:
        MissingError: it isn't there.
        FileError: its folders hold no pictures.
        InputError: an unknown split or mode.

    Source: Cordts et al. 2016; ``torchvision.datasets.Cityscapes`` finds the files and knows the classes.
    """
    require_one_of("mode", mode, ("fine", "coarse"))
    require_one_of("split", split, ("train", "val", "test" if mode == "fine" else "train_extra"))
    try:
        found = Cityscapes(str(root), split=split, mode=mode, target_type="semantic")
    except (RuntimeError, OSError):
        raise MissingError(
            f"Cityscapes ({split}, {mode}) is not in {root}.",
            fix="cityscapes-dataset.com lends it to those who register; unpack leftImg8bit and gtFine there.",
        ) from None
    items = sorted(
        (Path(picture), Path(labels[0])) for picture, labels in zip(found.images, found.targets, strict=True)
    )
    if not items:
        raise FileError(found.images_dir, N_("holds no pictures"), fix=N_("Unpack it again."))
    return _by_numbers(items, _street_classes(), transforms)


def _by_numbers(
    items: list[tuple[Path, Path]], known: ClassList, transforms: Callable[..., Any] | None
) -> SegmentationDS:
    """The palettes of these sets are for people; the indices count, whatever colours they show."""
    read = partial(labels_of, classes=known, stored="numbers")
    return SegmentationDS(items, read, transforms, classes=known.names, colors=known.colors)


def _palette_classes(names: list[str]) -> ClassList:
    known = class_list({**dict(enumerate(names)), IGNORE: "void"})
    colors: list[Color] = [tuple(color) for color in voc_colours()[: len(names)].tolist()]
    return ClassList(known.names, colors, known.by_number, {})


def _street_classes() -> ClassList:
    """From the numbers in the files, 0 ... 33, to those that are trained on, 0 ... 18."""
    entries = [entry for entry in Cityscapes.classes if entry.id >= 0]
    counted = sorted(
        (entry for entry in entries if entry.train_id not in (-1, IGNORE)), key=lambda entry: entry.train_id
    )
    return ClassList(
        [entry.name for entry in counted],
        [entry.color for entry in counted],
        {entry.id: entry.train_id for entry in entries} | {IGNORE: IGNORE},
        {},
    )
