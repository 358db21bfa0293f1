"""Boxes and outlines from text files in YOLO's format, one beside each picture."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislearn.datasets.detection.coco_masks import coco_mask
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.origin import Origin
from vislearn.datasets.detection.pairing import listed_names
from vislearn.datasets.detection.yolo_file import YoloRow, edges_of, read_yolo
from vislearn.datasets.detection.yolo_yaml import SPLITS, class_list, part_of, read_yaml, yaml_in
from vislearn.errors import FileError, Words, require_one_of
from vislearn.files import is_litter
from vislearn.io import read_image
from vislearn.io.names import find_named, has_picture_ending
from vislearn.io.reading import size_of
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["yolo_detection"]

_LAYOUT = N_(
    "Pictures lie in images/, labels of the same names in labels/, classes in data.yaml or classes.txt."
)
_CLASSES = "classes.txt"


def yolo_detection(
    root: str | Path,
    split: str = "train",
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    reader: Callable[[Path], torch.Tensor] = read_image,
    repair: bool = False,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set in Ultralytics' form: ``data.yaml``, pictures in ``images/``, labels in ``labels/``.

    Labels are fractions of the picture's width and height and count classes from 0; here they become xyxy
    pixels, and labels 1 ... K. A picture without a file of labels has no objects. Fractions are taken of the
    *upright* picture, as Ultralytics does: where EXIF says that the camera was turned, width and height are
    those after turning.

    Without a YAML file the folder needs a ``classes.txt``, one name per line, as LabelImg and Label Studio
    write it, in the folder or in its ``labels/``; pictures and labels may then lie together.

    Args:
        root: the folder, or its YAML file.
        split: ``"train"``, ``"val"`` or ``"test"``. A folder without a YAML file has one part, its train.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks; every object needs an outline then.
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: a list that takes what is wrong with pictures and their labels, instead of an error at the
            first; such pictures are left out. None raises.

    Raises:
        FileError: no such folder; no names, or a number without one; a part that isn't there; labels without
            a picture; a line that isn't as it must be, with its number; ``masks`` where there are only boxes.
            What is wrong with a box as a box is told when its picture is read, or by :func:`check_detection`.
        InputError: an unknown split.

    Source: docs.ultralytics.com/datasets/detect.
    """
    require_one_of("split", split, SPLITS)
    root = Path(root)
    if not root.exists():
        raise FileError(root, N_("does not exist"), fix=_LAYOUT)
    file = yaml_in(root)
    names, pictures, labels = _described(file, split, problems) if file else _bare(root, split, problems)
    if not any(path.is_file() for path in labels):
        raise FileError(
            root,
            N_("has no labels for {split}: {file} is not there either"),
            fix=_LAYOUT,
            split=split,
            file=labels[0],
        )
    items = []
    for picture, path in zip(pictures, labels, strict=True):
        with told_in(problems):
            rows = read_yolo(path, len(names), problems) if path.is_file() else []
            if rows is not None:
                items.append((picture, _annotation(picture, rows, path, masks)))
    return DetectionDS(items, transforms, classes=names, reader=reader, repair=repair)


Found = tuple[list[str], list[Path], list[Path]]  # names, pictures, and the labels that each would have


def _described(file: Path, split: str, problems: list[Problem] | None) -> Found:
    content = read_yaml(file)
    names = class_list(file, content)
    if content.get("kpt_shape"):
        raise FileError(
            file, N_("describes keypoints, and this reads boxes and outlines"), fix=N_("Export it as boxes.")
        )
    pictures: list[Path] = []
    for place in part_of(file, content, split):
        if place.is_dir():
            found = _pictures_below(place)
            _require_owners(place, found, [_label_of(picture, file.parent) for picture in found], problems)
        else:
            found = _listed(place)
        pictures += found
    if not pictures:
        raise FileError(
            file,
            N_("names no pictures for {split}: {place} has none"),
            fix=_LAYOUT,
            split=split,
            place=content.get(split),
        )
    return names, pictures, [_label_of(picture, file.parent) for picture in pictures]


def _bare(root: Path, split: str, problems: list[Problem] | None) -> Found:
    if split != "train":
        raise FileError(
            root, N_("has no data.yaml that says which pictures are {split}"), fix=_LAYOUT, split=split
        )
    listed = next((path for path in (root / _CLASSES, root / "labels" / _CLASSES) if path.is_file()), None)
    if listed is None:
        raise FileError(root, N_("has neither a data.yaml nor a classes.txt"), fix=_LAYOUT)
    names = class_list(listed, {"names": [name for name in _words(listed) if name]})
    folder = root / "images" if (root / "images").is_dir() else root
    pictures = _pictures_below(folder)
    if not pictures:
        raise FileError(folder, N_("has no pictures in it"), fix=_LAYOUT)
    labels = [_label_of(picture, root) for picture in pictures]
    _require_owners(folder, pictures, labels, problems)
    return names, pictures, labels


def _words(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise FileError(file, N_("is not text in UTF-8"), fix=N_("Save it as UTF-8.")) from None


def _pictures_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and has_picture_ending(path) and not is_litter(path.relative_to(folder))
    )


def _listed(file: Path) -> list[Path]:
    """The pictures that a text file names, relative to its own folder."""
    return [file.parent / name.replace("\\", "/").removeprefix("./") for name in listed_names(file)]


def _label_of(picture: Path, root: Path) -> Path:
    """Where the labels of a picture lie: the last ``images`` of its path is ``labels``, or beside it."""
    inside = picture.relative_to(root) if picture.is_relative_to(root) else picture
    parts = list(inside.parts)
    if "images" in parts[:-1]:
        parts[len(parts) - 2 - parts[-2::-1].index("images")] = "labels"
    path = (root / Path(*parts)).with_suffix(".txt")
    return find_named(path.parent, path.name) or path  # a disk may spell the two in two Unicode forms


def _require_owners(
    folder: Path, pictures: Sequence[Path], labels: Sequence[Path], problems: list[Problem] | None
) -> None:
    """Refuse labels of no picture, or of two: somebody's objects would be lost, or be counted twice."""
    owners: dict[Path, Path] = {}
    for picture, path in zip(pictures, labels, strict=True):
        with told_in(problems):
            if path in owners and path.is_file():
                what = Words(
                    N_("could belong to {first} or {second}"),
                    first=owners[path].name,
                    second=picture.name,
                )
                raise FileError(path, what, fix=N_("Keep one of them in the folder."))
            owners[path] = picture
    for path in sorted(path for place in {path.parent for path in labels} for path in _text_files(place)):
        with told_in(problems):
            if path not in owners:
                what = Words(N_("has no picture in {folder}"), folder=folder)
                raise FileError(path, what, fix=N_("Add the picture, or move the labels away."))


def _text_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.suffix.lower() == ".txt" and path.name != _CLASSES and not is_litter(Path(path.name)):
            yield path


def _annotation(picture: Path, rows: Sequence[YoloRow], file: Path, masks: bool) -> dict[str, Any]:
    size_hw = size_of(picture)
    annotation: dict[str, Any] = {
        "boxes": [edges_of(row.box, size_hw) for row in rows],
        "labels": [row.label + 1 for row in rows],
        "size_hw": size_hw,
        "drawn": ["box" if row.outline is None else "corners" for row in rows],
        "origin": Origin(file, [Words(N_("line {line}"), line=row.line) for row in rows]),
    }
    if masks:
        for row in rows:
            if row.outline is None:
                what = Words(N_("has a box without an outline in line {line}"), line=row.line)
                raise FileError(file, what, fix=N_("masks=False does without."))
        annotation["masks"] = partial(_masks, rows, size_hw)
    return annotation


def _masks(rows: Sequence[YoloRow], size_hw: tuple[int, int]) -> torch.Tensor:
    """The outlines, filled: uint8 (N, H, W)."""
    found = np.zeros((len(rows), *size_hw), np.uint8)
    for index, row in enumerate(rows):
        scale = np.array([size_hw[1], size_hw[0]] * (len(row.outline or ()) // 2))
        found[index] = coco_mask([(np.array(row.outline) * scale).tolist()], size_hw)
    return torch.from_numpy(found)
