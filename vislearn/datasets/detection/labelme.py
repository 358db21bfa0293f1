"""Boxes and masks from LabelMe's files, one JSON beside each picture."""

import base64
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislearn.datasets.detection.classes import numbered
from vislearn.datasets.detection.coco_file import is_number, read_json
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.pairing import pictures_by_stem, require_unshared, the_picture
from vislearn.datasets.detection.shapes import Shape, annotation_of, brushed, ellipse, outline, rectangle
from vislearn.errors import FileError, Words
from vislearn.files import is_litter
from vislearn.io import read_image
from vislearn.io.names import plain_name
from vislearn.io.reading import decode_pil, size_of
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["labelme_detection"]

_KINDS = "rectangle, polygon, circle, mask"
_DRAW = N_("Draw it again; kinds without a box are left out by skip=, or by vislearn convert --skip.")


@dataclass(frozen=True)
class _Noted:
    """What a file says: the picture's name, its height and width if noted, and the shapes."""

    file: Path
    picture: str
    size_hw: tuple[int, int] | None
    shapes: list[Shape]


def labelme_detection(
    annotations: str | Path,
    images: str | Path | None = None,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    classes: Sequence[str] | None = None,
    skip: Collection[str] = (),
    reader: Callable[[Path], torch.Tensor] = read_image,
    repair: bool = False,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set from LabelMe's JSON files: rectangles, polygons, circles and masks become objects.

    Shapes of one class that share a ``group_id`` are one object, such as a dog behind a post: its box is the
    one around all of them. Points lie on the upright picture: LabelMe turns pictures as EXIF says. A picture
    inside the JSON (``imageData``) isn't used; the one in the folder is.

    Args:
        annotations: the folder of JSON files.
        images: the folder of pictures; None: the same.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks; a rectangle's is full.
        classes: names of the labels 1 ... K, in order; None takes every name that occurs, sorted.
        skip: kinds of shapes to leave out: ``"point"``, ``"line"``, ``"linestrip"``.
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: a list that takes what is wrong with files and their shapes, instead of an error at the
            first; pictures of such files are left out. None raises.

    Raises:
        FileError: no such folder, no JSON (with its line), not LabelMe's, a shape that can't be an object, a
            class that isn't in ``classes``, a picture that isn't there.
        InputError: ``classes`` names one twice.

    Source: labelme/label_file.py and labelme/utils/shape.py.
    """
    folder = Path(annotations)
    pictures = folder if images is None else Path(images)
    parsed = [found for file in _files(folder) if (found := _read(file, skip, problems))]
    names = sorted({shape.name for noted in parsed for shape in noted.shapes})
    labels = numbered(names if classes is None else classes)
    by_stem, owners, items = pictures_by_stem(pictures), dict[Path, str](), []
    for noted in parsed:
        with told_in(problems):
            picture = the_picture(pictures, noted.file, noted.picture, by_stem)
            require_unshared(owners, picture, noted.file.name, noted.file)
            size_hw = noted.size_hw or size_of(picture)
            items.append((picture, annotation_of(noted.file, noted.shapes, labels, size_hw, masks)))
            owners[picture] = noted.file.name
    return DetectionDS(items, transforms, classes=list(labels), reader=reader, repair=repair)


def _files(folder: Path) -> list[Path]:
    fix = N_("Name the folder of LabelMe's JSON files.")
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=fix)
    files = sorted(
        path for path in folder.iterdir() if path.suffix.lower() == ".json" and not is_litter(Path(path.name))
    )
    if not files:
        raise FileError(folder, N_("has no JSON files"), fix=fix)
    return files


def _read(file: Path, skip: Collection[str], problems: list[Problem] | None) -> _Noted | None:
    """What a file says; None where something in it is wrong and ``problems`` has it."""
    shapes: list[Shape] = []
    with told_in(problems):
        content = read_json(file)
        if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
            what = N_("is not LabelMe's: it has no list 'shapes'")
            raise FileError(file, what, fix=N_("Move it out of the folder."))
        entries = [
            (Words(N_("shape {place}, from 0"), place=place), entry)
            for place, entry in enumerate(content["shapes"])
            if not (isinstance(entry, dict) and entry.get("shape_type") in skip)
        ]
        for where, entry in entries:
            with told_in(problems):
                shapes.append(_shape(file, where, entry))
        picture, size_hw = _picture_name(file, content), _size(file, content)
        if len(shapes) == len(entries):
            return _Noted(file, picture, size_hw, shapes)
    return None


def _picture_name(file: Path, content: dict[str, Any]) -> str:
    name = content.get("imagePath") or ""
    if not isinstance(name, str):
        raise FileError(
            file, N_("has an imagePath that is no name: {name!r}"), fix=N_("Correct or delete it."), name=name
        )
    return name


def _size(file: Path, content: dict[str, Any]) -> tuple[int, int] | None:
    size: list[Any] = [content.get(key) for key in ("imageHeight", "imageWidth")]
    if size == [None, None]:
        return None
    if not all(is_number(number) and number >= 1 for number in size):
        raise FileError(
            file,
            N_("has imageHeight and imageWidth that are no pixels: {size}"),
            fix=N_("Correct them."),
            size=size,
        )
    return int(size[0]), int(size[1])


def _shape(file: Path, where: str, entry: Any) -> Shape:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str) or not entry["label"].strip():
        raise FileError(
            file, N_("has a shape without a label: {where}"), fix=N_("Name it in LabelMe."), where=where
        )
    points = entry.get("points")
    if not isinstance(points, list) or not all(map(_is_point, points)):
        raise FileError(
            file,
            N_("has points that aren't pairs of numbers ({where})"),
            fix=N_("Draw it again."),
            where=where,
        )
    try:
        kind = entry.get("shape_type") or "polygon"
        box, fill = _drawn(kind, [(x, y) for x, y in points], entry)
    except ValueError as trouble:
        raise FileError(
            file, N_("has {trouble} ({where})"), fix=_DRAW, trouble=trouble.args[0], where=where
        ) from None
    drawn = {"rectangle": "box", "mask": "pixels"}.get(kind, "corners")
    return Shape(plain_name(entry["label"].strip()), box, fill, entry.get("group_id"), where, drawn)


def _is_point(point: Any) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(map(is_number, point))


def _drawn(kind: str, points: list[tuple[float, float]], entry: dict[str, Any]) -> tuple[Any, Any]:
    if kind == "polygon":
        return outline(points)
    if kind == "rectangle" and len(points) in {
        2,
        4,
    }:  # other programs that write LabelMe's form name all four
        return rectangle(points)
    if kind == "circle" and len(points) == 2:
        (x, y), (rim_x, rim_y) = points
        radius = float(np.hypot(rim_x - x, rim_y - y))
        return ellipse((x, y), (radius, radius))
    if kind == "mask" and len(points) == 2:
        (left, top), _last = points
        return brushed(_pixels(entry.get("mask")), (int(left), int(top)))
    if kind in {"rectangle", "circle", "mask"}:
        raise ValueError(Words(N_("a {kind} of {count} points, and needs 2"), kind=kind, count=len(points)))
    what = N_("a shape of the kind {kind!r}, which has no box: known are {known}")
    raise ValueError(Words(what, kind=kind, known=_KINDS))


def _pixels(text: Any) -> np.ndarray:
    """A mask as LabelMe packs it: a PNG in base64."""
    try:
        return np.asarray(np.asarray(decode_pil(base64.b64decode(text, validate=True), "a mask")).any(2))
    except (TypeError, ValueError, FileError):  # no text, no base64, no picture
        raise ValueError(Words(N_("a mask that can't be unpacked"))) from None
