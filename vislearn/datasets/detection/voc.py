"""Boxes from a folder of Pascal VOC's XML files, read strictly."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.pairing import pictures_by_stem, require_unshared, the_picture
from vislearn.errors import FileError, InputError
from vislearn.files import is_litter

__all__ = ["voc_detection"]

Found = tuple[str, list[float], int]  # class name, xyxy, difficult


def voc_detection(
    annotations: str | Path,
    images: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    names: str | Path | Iterable[str] | None = None,
    classes: Sequence[str] | None = None,
) -> DetectionDS:
    """A data set from VOC's XML files, as LabelImg and most annotation tools write them.

    VOC counts pixels from 1 and names the last one inside; here boxes are xyxy from 0, and the right and
    bottom edges lie just outside. Objects marked difficult get ``iscrowd`` 1: not learned from, and left out
    of the scores, by COCO's rule for crowds or by VOC's own: ``vislearn.metrics.voc_average_precision``.

    Args:
        annotations: the folder of XML files, one per picture.
        images: the folder of pictures.
        transforms: as for :class:`DetectionDS`.
        names: which files, without their ending: a text file with one name per line (VOC's ``ImageSets``), or
            the names; None takes all.
        classes: names of the labels 1 ... K, in order; None takes every name that occurs, sorted. Say
            them where training and validation lie in different folders: both must count alike.

    Raises:
        FileError: a file is missing, isn't XML (with its line), lacks a part, has a box that isn't numbers or
            a class that isn't in ``classes``; a picture that isn't there. Boxes that lie wrong are told when
            their picture is read, or by :func:`check_detection`.
        InputError: ``names`` is empty.

    Source: the Pascal VOC development kit.
    """
    folder, pictures = Path(annotations), Path(images)
    files = _files(folder, names)
    parsed = [(file, *_parsed(file)) for file in files]
    if classes is None:
        classes = sorted({name for *_rest, objects in parsed for name, _box, _difficult in objects})
    labels = {name: label for label, name in enumerate(classes, start=1)}
    by_stem, owners, items = pictures_by_stem(pictures), dict[Path, str](), []
    for file, picture, size_hw, objects in parsed:
        for name, _box, _difficult in objects:
            if name not in labels:
                raise FileError(file, f"has an unknown class {name!r}", fix=f"Known: {', '.join(labels)}.")
        path = the_picture(pictures, file, picture, by_stem)
        require_unshared(owners, path, file.name, file)
        owners[path] = file.name
        annotation: dict[str, Any] = {
            "boxes": [box for _name, box, _difficult in objects],
            "labels": [labels[name] for name, _box, _difficult in objects],
            "iscrowd": [difficult for _name, _box, difficult in objects],
        }
        items.append((path, annotation | ({"size_hw": size_hw} if size_hw else {})))
    return DetectionDS(items, transforms, classes=classes)


def _files(folder: Path, names: str | Path | Iterable[str] | None) -> list[Path]:
    if not folder.is_dir():
        raise FileError(folder, "is not a folder", fix="Name the folder of VOC's XML files.")
    if names is None:
        files = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".xml" and not is_litter(Path(path.name))
        )
        if not files:
            raise FileError(folder, "has no XML files", fix="Name the folder of VOC's XML files.")
        return files
    if isinstance(names, str | Path):
        try:
            lines = Path(names).read_text(encoding="utf-8").splitlines()
        except OSError:
            raise FileError(names, "can't be read", fix="Name a text file, one name per line.") from None
        names = [
            line.split()[0] for line in lines if line.strip()
        ]  # VOC's own lists may have a second column
    files = [folder / f"{name}.xml" for name in names]
    if not files:
        raise InputError("names", "must name at least one file", got="none")
    return files


def _parsed(file: Path) -> tuple[str, tuple[int, int] | None, list[Found]]:
    """File name of the picture, its size if noted, and the objects."""
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except FileNotFoundError:
        raise FileError(file, "does not exist", fix="Check the list of names.") from None
    except ElementTree.ParseError as trouble:
        line = trouble.position[0]
        raise FileError(file, f"is not whole XML: {trouble.msg.split(':')[0]}, line {line}") from None
    objects = [_object(file, place, entry) for place, entry in enumerate(root.findall("object"))]
    size = root.find("size")
    if size is None:
        return _text(root, "filename"), None, objects
    height, width = (_number(file, "size", size, key) for key in ("height", "width"))
    noted = (int(height), int(width)) if height and width else None  # some tools write zeros
    return _text(root, "filename"), noted, objects


def _object(file: Path, place: int, entry: ElementTree.Element) -> Found:
    where = f"object {place}, from 0"
    name, box = _text(entry, "name"), entry.find("bndbox")
    if not name or box is None:
        raise FileError(file, f"has an object without {'bndbox' if name else 'name'}: {where}")
    left, top, right, bottom = (_number(file, where, box, key) for key in ("xmin", "ymin", "xmax", "ymax"))
    # Tools that count from 0 write zeros, which VOC has none of: those edges stay where they are.
    return name, [max(left - 1, 0.0), max(top - 1, 0.0), right, bottom], int(_text(entry, "difficult") == "1")


def _text(entry: ElementTree.Element, key: str) -> str:
    return (entry.findtext(key) or "").strip()


def _number(file: Path, where: str, entry: ElementTree.Element, key: str) -> float:
    text = _text(entry, key)
    try:
        return float(text)
    except ValueError:
        raise FileError(file, f"has {text!r} as {key} ({where})", fix="It must be a number.") from None
