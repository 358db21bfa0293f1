"""One of Pascal VOC's XML files, read strictly."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from vislearn.datasets.detection.xml_file import xml_root
from vislearn.errors import FileError, Words
from vislearn.io.names import plain_name
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["VocFile", "VocObject", "read_voc"]


_TRUTHS = {"": False, "0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True)
class VocObject:
    """A name, xmin, ymin, xmax and ymax as they stand in the file, and whether it is marked difficult."""

    name: str
    numbers: tuple[float, float, float, float]
    difficult: bool


@dataclass(frozen=True)
class VocFile:
    """The name of the picture (maybe ``""``), its height and width if noted, and the objects."""

    picture: str
    size_hw: tuple[int, int] | None
    objects: tuple[VocObject, ...]


def read_voc(file: Path, problems: list[Problem] | None = None) -> VocFile | None:
    """An annotation in Pascal VOC's format; None where something is wrong and ``problems`` has all of it.

    Args:
        file: the XML file.
        problems: takes what is wrong, instead of an error at the first.

    Raises:
        FileError: missing, no whole XML, or without what it needs; the sentence names the object.

    Source: the Pascal VOC development kit.
    """
    objects: list[VocObject] = []
    with told_in(problems):
        root = xml_root(file)
        entries = root.findall("object")
        for place, entry in enumerate(entries, start=1):
            with told_in(problems):
                objects.append(_object(file, place, entry))
        size_hw = _size(file, root.find("size"))
        if len(objects) == len(entries):
            return VocFile(_text(root, "filename"), size_hw, tuple(objects))
    return None


def _size(file: Path, size: ElementTree.Element | None) -> tuple[int, int] | None:
    if size is None:
        return None
    height, width = (_number(file, "size", size, key) for key in ("height", "width"))
    return (int(height), int(width)) if height and width else None  # some tools write zeros


def _object(file: Path, place: int, entry: ElementTree.Element) -> VocObject:
    where = Words(N_("object {place}"), place=place)
    name, boxes = _text(entry, "name"), entry.findall("bndbox")
    for key in ("name", "difficult"):
        if len(entry.findall(key)) > 1:
            fix = N_("Keep the one that is right.")
            raise FileError(
                file, N_("has two of {key} in one object ({where})"), fix=fix, key=key, where=where
            )
    if not name or not boxes:
        raise FileError(
            file, N_("has an object without {key}: {where}"), key="bndbox" if name else "name", where=where
        )
    if len(boxes) > 1:
        what = Words(N_("has an object with {count} boxes: {where}"), count=len(boxes), where=where)
        raise FileError(file, what, fix=N_("Write an object for each box."))
    box = boxes[0]
    left, top, right, bottom = (_number(file, where, box, key) for key in ("xmin", "ymin", "xmax", "ymax"))
    return VocObject(plain_name(name), (left, top, right, bottom), _difficult(file, where, entry))


def _difficult(file: Path, where: str, entry: ElementTree.Element) -> bool:
    """VOC writes 0 and 1, others the words; what can't be told apart would be learned from, or left out."""
    text = _text(entry, "difficult")
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    raise FileError(
        file,
        N_("has {text!r} as {key} ({where})"),
        fix=N_("Write 1 or 0."),
        text=text,
        key="difficult",
        where=where,
    )


def _text(entry: ElementTree.Element, key: str) -> str:
    return (entry.findtext(key) or "").strip()


def _number(file: Path, where: str, entry: ElementTree.Element, key: str) -> float:
    text = _text(entry, key)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise FileError(
            file,
            N_("has {text!r} as {key} ({where})"),
            fix=N_("It must be a number."),
            text=text,
            key=key,
            where=where,
        )
    return number
