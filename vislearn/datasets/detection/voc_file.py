"""One of Pascal VOC's XML files, read strictly, in whatever encoding it declares."""

import codecs
import math
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from vislearn.errors import FileError
from vislearn.io.names import plain_name

__all__ = ["VocFile", "VocObject", "read_voc"]

_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
# What Python's parser reads by itself; and larger encodings of the same name, which programs write under it.
_BUILT_IN = {"utf-8", "utf-16", "iso8859-1", "ascii"}
_LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}


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


def read_voc(file: Path) -> VocFile:
    """An annotation in Pascal VOC's format.

    Args:
        file: the XML file.

    Raises:
        FileError: missing, no whole XML, or without what it needs; the sentence names the object.

    Source: the Pascal VOC development kit.
    """
    root = _root(file)
    objects = tuple(_object(file, place, entry) for place, entry in enumerate(root.findall("object")))
    size = root.find("size")
    if size is None:
        return VocFile(_text(root, "filename"), None, objects)
    height, width = (_number(file, "size", size, key) for key in ("height", "width"))
    noted = (int(height), int(width)) if height and width else None  # some tools write zeros
    return VocFile(_text(root, "filename"), noted, objects)


def _root(file: Path) -> ElementTree.Element:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise FileError(file, "does not exist", fix="Check the list of names.") from None
    except OSError as trouble:
        raise FileError(file, f"can't be read ({trouble.strerror})", fix="Name an XML file.") from None
    try:
        return ElementTree.fromstring(_decoded(file, data))
    except ElementTree.ParseError as trouble:
        line = trouble.position[0]
        raise FileError(file, f"is not whole XML: {trouble.msg.split(':')[0]}, line {line}") from None


def _decoded(file: Path, data: bytes) -> str | bytes:
    """Text where the parser doesn't know the encoding; else the bytes as they are."""
    declaration = _DECLARATION.match(data.removeprefix(codecs.BOM_UTF8))
    if not declaration:
        return data
    called = declaration[1].decode("ascii")
    try:
        name = codecs.lookup(called).name
        if name in _BUILT_IN:
            return data
        return data[declaration.end() :].decode(_LARGER.get(name, name))
    except UnicodeDecodeError:
        what = f"declares the encoding {called}, and is not text in it"
    except (LookupError, ValueError):
        what = f"declares the encoding {called}, which nobody here knows"
    raise FileError(file, what, fix="Save it as UTF-8.")


def _object(file: Path, place: int, entry: ElementTree.Element) -> VocObject:
    where = f"object {place}, from 0"
    name, box = _text(entry, "name"), entry.find("bndbox")
    if not name or box is None:
        raise FileError(file, f"has an object without {'bndbox' if name else 'name'}: {where}")
    left, top, right, bottom = (_number(file, where, box, key) for key in ("xmin", "ymin", "xmax", "ymax"))
    return VocObject(plain_name(name), (left, top, right, bottom), _text(entry, "difficult") == "1")


def _text(entry: ElementTree.Element, key: str) -> str:
    return (entry.findtext(key) or "").strip()


def _number(file: Path, where: str, entry: ElementTree.Element, key: str) -> float:
    text = _text(entry, key)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise FileError(file, f"has {text!r} as {key} ({where})", fix="It must be a number.")
    return number
