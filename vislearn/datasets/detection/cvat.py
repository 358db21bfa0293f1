"""Boxes and masks from the XML that CVAT exports as "CVAT for images"."""

import math
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch

from vislearn.datasets.detection.classes import numbered
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.pairing import require_unshared, some_of
from vislearn.datasets.detection.shapes import Shape, annotation_of, brushed, ellipse, outline
from vislearn.datasets.detection.xml_file import xml_root
from vislearn.errors import FileError, Words
from vislearn.io import read_image
from vislearn.io.names import find_named, plain_name
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, told_in

__all__ = ["check_turned", "cvat_detection"]

_EXPORT = N_('In CVAT choose "Export dataset", "CVAT for images 1.1".')
_DRAW = N_("Draw it again; kinds without a box are left out by skip=, or by vislearn convert --skip.")
_NAMED = 10  # pictures, in one sentence
_KINDS = ("box", "polygon", "ellipse", "mask", "polyline", "points", "cuboid", "skeleton")


def cvat_detection(
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
    """A data set from CVAT's ``annotations.xml``: boxes, polygons, ellipses and masks become objects.

    Shapes of one class that share a ``group_id`` are one object. A rotated box becomes the upright one around
    it. Tags of whole pictures are left out.

    Args:
        annotations: the XML file, or the folder in which it is called ``annotations.xml``.
        images: the folder that the names are relative to; None: ``images`` beside the file.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks; a box's is full.
        classes: names of the labels 1 ... K, in order; None takes the task's, in its order, else those that
            occur, sorted.
        skip: kinds of shapes to leave out: ``"polyline"``, ``"points"``, ``"cuboid"``, ``"skeleton"``.
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: a list that takes what is wrong with pictures and their shapes, instead of an error at the
            first; such pictures are left out. None raises.

    Raises:
        FileError: no such file, no XML (with its line), another export, a shape that can't be an object, a
            class that isn't in ``classes``, a picture that isn't there.
        InputError: ``classes`` names one twice.

    Source: docs.cvat.ai, "XML annotation format".
    """
    file = Path(annotations)
    file = file / "annotations.xml" if file.is_dir() else file
    folder = file.parent / "images" if images is None else Path(images)
    root = xml_root(file)
    entries = root.findall("image")
    if root.tag != "annotations" or not entries:
        video = root.find("track") is not None
        what = N_('is an export "CVAT for video"') if video else N_("is not CVAT's: it has no element image")
        raise FileError(file, what, fix=_EXPORT)
    parsed = [(entry, _shapes(file, entry, skip, problems)) for entry in entries]
    names = _task_labels(root) or sorted({shape.name for _entry, shapes in parsed for shape in shapes or ()})
    labels = numbered(names if classes is None else classes)
    owners, items = dict[Path, str](), []
    for entry, shapes in parsed:
        with told_in(problems):
            picture = _picture(file, folder, entry)
            owner = Words(N_("image {identity}"), identity=_identity(entry))
            require_unshared(owners, picture, owner, file)
            size_hw = (_whole(file, entry, "height"), _whole(file, entry, "width"))
            if shapes is not None:
                items.append((picture, annotation_of(file, shapes, labels, size_hw, masks, _of(entry))))
            owners[picture] = owner
    return DetectionDS(items, transforms, classes=list(labels), reader=reader, repair=repair)


def check_turned(file: Path) -> list[Problem]:
    """Boxes whose angle gets lost, because an upright box has none; by quarters nothing does.

    Args:
        file: CVAT's ``annotations.xml``.

    Raises:
        FileError: missing, or no XML.
    """
    turned = [
        _("{picture} ({count})", picture=image.get("name"), count=count)
        for image in xml_root(file).iter("image")
        if (count := sum(_is_askew(entry) for entry in image.iter("box")))
    ]
    if not turned:
        return []
    what = _(
        "has turned boxes, which become the larger upright boxes around them: {turned}",
        turned=some_of(turned, _NAMED),
    )
    return [Problem(str(file), what, _("Draw them as polygons, or learn from the larger ones."))]


def _is_askew(box: ElementTree.Element) -> bool:
    try:
        return _number(box, "rotation", "0") % 90 != 0
    except ValueError:  # the reader tells
        return False


def _identity(image: ElementTree.Element) -> str | int | None:
    text = image.get("id")
    return int(text) if text and text.isascii() and text.isdigit() else text


def _task_labels(root: ElementTree.Element) -> list[str]:
    """The labels that a task, a job or a project names; a skeleton's parts are none of their own."""
    labels = root.findall("meta/*/labels/label")
    return [plain_name(name) for entry in labels if entry.find("parent") is None and (name := _name(entry))]


def _name(entry: ElementTree.Element) -> str:
    return (entry.findtext("name") or "").strip()


def _picture(file: Path, folder: Path, entry: ElementTree.Element) -> Path:
    name = (entry.get("name") or "").replace("\\", "/")
    if not name.strip("/ "):
        raise FileError(
            file, N_("has an image without a name: id {identity}"), fix=_EXPORT, identity=_identity(entry)
        )
    # an export of a whole project has a folder for each of its parts
    for place in (folder, folder / (entry.get("subset") or ""), file.parent):
        if found := find_named(place, name):
            return found
    what = Words(
        N_("is not there, but image {identity} of {file} names it"), identity=_identity(entry), file=file.name
    )
    raise FileError(folder / name, what, fix=N_('Tick "Save images" when exporting, or name their folder.'))


def _shapes(
    file: Path, image: ElementTree.Element, skip: Collection[str], problems: list[Problem] | None
) -> list[Shape] | None:
    """The shapes of a picture; None where one is wrong and ``problems`` has all that are."""
    found: list[Shape] = []
    entries = [entry for entry in image if entry.tag != "tag"]  # which is of the whole picture
    wanted = [(place, entry) for place, entry in enumerate(entries) if entry.tag not in skip]
    for place, entry in wanted:
        with told_in(problems):
            found.append(
                _shape(
                    file, entry, Words(N_("{kind} {place}, from 0"), kind=entry.tag, place=place), _of(image)
                )
            )
    return found if len(found) == len(wanted) else None


def _of(image: ElementTree.Element) -> str:
    return Words(N_(", of {picture}"), picture=image.get("name"))


def _shape(file: Path, entry: ElementTree.Element, place: str, of: str) -> Shape:
    where = Words("{place}{of}", place=place, of=of)
    if not (name := (entry.get("label") or "").strip()):
        raise FileError(file, N_("has a shape without a label ({where})"), fix=_EXPORT, where=where)
    if entry.get("outside") == "1":
        raise FileError(file, N_("has a shape of a track ({where})"), fix=_EXPORT, where=where)
    try:
        box, fill = _drawn(entry)
    except ValueError as trouble:
        raise FileError(
            file, N_("has {trouble} ({where})"), fix=_DRAW, trouble=trouble.args[0], where=where
        ) from None
    straight = entry.tag == "box" and not float(entry.get("rotation", "0"))
    drawn = "box" if straight else "pixels" if entry.tag == "mask" else "corners"
    return Shape(plain_name(name), box, fill, entry.get("group_id"), place, drawn)


def _drawn(entry: ElementTree.Element) -> tuple[Any, Any]:
    if entry.tag == "box":
        left, top, right, bottom = (_number(entry, key) for key in ("xtl", "ytl", "xbr", "ybr"))
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return outline(_turned(corners, _number(entry, "rotation", "0")))
    if entry.tag == "polygon":
        return outline([_point(text) for text in (entry.get("points") or "").split(";") if text.strip()])
    if entry.tag == "ellipse":
        x, y, wide, tall = (_number(entry, key) for key in ("cx", "cy", "rx", "ry"))
        if _number(entry, "rotation", "0"):
            raise ValueError(Words(N_("a rotated ellipse, which nobody here reads")))
        return ellipse((x, y), (wide, tall))
    if entry.tag == "mask":
        return _brushed(entry)
    what = N_("a shape of the kind {kind!r}, which has no box: known are {known}")
    raise ValueError(Words(what, kind=entry.tag, known=", ".join(_KINDS[:4])))


def _turned(corners: Sequence[tuple[float, float]], degrees: float) -> list[tuple[float, float]]:
    """Clockwise on the picture, around the middle, as CVAT turns its boxes."""
    if not degrees:
        return list(corners)
    x, y = (sum(axis) / len(corners) for axis in zip(*corners, strict=True))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos) for a, b in corners]


def _brushed(entry: ElementTree.Element) -> tuple[Any, Any]:
    """CVAT's run lengths: row by row inside the mask's own small box, zeros first."""
    left, top, width, height = (int(_number(entry, key)) for key in ("left", "top", "width", "height"))
    words = [word.strip() for word in (entry.get("rle") or "").split(",")]
    runs = [int(word) if word.isascii() and word.isdigit() else -1 for word in words]
    if min(runs) < 0 or min(width, height) < 1 or sum(runs) != width * height:
        raise ValueError(
            Words(
                N_("a mask whose run lengths don't add up to {width}·{height} pixels"),
                width=width,
                height=height,
            )
        )
    values = np.repeat(np.arange(len(runs)) % 2, runs)
    return brushed(values.reshape(height, width).astype(np.uint8), (left, top))


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise ValueError(Words(N_("{text!r} where a point x,y belongs"), text=text)) from None
    return x, y


def _number(entry: ElementTree.Element, key: str, default: str = "") -> float:
    text = entry.get(key, default)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(Words(N_("{text!r} as {key}, which is no number"), text=text, key=key))
    return number


def _whole(file: Path, entry: ElementTree.Element, key: str) -> int:
    text = entry.get(key) or ""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1e6):
        raise FileError(
            file,
            N_("has {text!r} as {key} of image {identity}"),
            fix=_EXPORT,
            text=text,
            key=key,
            identity=_identity(entry),
        )
    return int(text)
