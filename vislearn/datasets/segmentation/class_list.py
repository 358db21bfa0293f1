"""What the classes of label images are called, how files store them, and which are void."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from vislearn.datasets.segmentation.class_file import Entry, read_classes
from vislearn.errors import InputError
from vislearn.io.names import plain_name

__all__ = ["IGNORE", "VOID", "ClassList", "Classes", "class_list"]

IGNORE = 255  # torchvision's references and VOC's files have it, and no data set has as many classes
VOID = ("void", "unlabeled", "unlabelled", "ignore")  # what CamVid, Cityscapes and others call no class

Color = tuple[int, int, int]
Classes = str | Path | Sequence[str] | Mapping[int, str] | Mapping[Color, str]


@dataclass(frozen=True)
class ClassList:
    """The classes 0 ... K-1, and how files store them.

    Attributes:
        names: of the classes, void left out.
        colors: of the classes, where they are known.
        by_number: stored number → class, 255 for void; without the 255 that nobody named.
        by_color: stored colour → class, 255 for void; empty where no colours are known.
    """

    names: list[str]
    colors: list[Color] | None
    by_number: dict[int, int]
    by_color: dict[Color, int]


def class_list(
    classes: Classes,
    colors: Sequence[Sequence[int]] | None = None,
    *,
    void: Collection[str] | str = VOID,
) -> ClassList:
    """From a text file, a list or a mapping to classes 0 ... K-1.

    A list names the stored numbers 0, 1, 2 ...; so does a file without numbers, line by line. Without gaps
    the numbers stay; with gaps, or with void among them, classes are numbered in the order in which they are
    named.

    Args:
        classes: a text file as :func:`read_classes` reads it, a list of names, number → name, or
            (red, green, blue) → name.
        colors: one (red, green, blue) per name, where ``classes`` brings none.
        void: names that are no class, or the only such name; whatever their case.

    Raises:
        FileError: the text file can't be read or understood.
        InputError: no class, one named twice, a number or colour twice, or colours that don't fit.

    >>> class_list({0: "background", 7: "road", 9: "Void"}).by_number
    {0: 0, 7: 1, 9: 255}
    """
    entries = _with_colors(_entries(classes), colors)
    what = str(classes) if isinstance(classes, str | Path) else "classes"
    _require_different(what, "name", (entry.name for entry in entries))
    numbers = [at if entry.number is None else entry.number for at, entry in enumerate(entries)]
    _require_different(what, "number", numbers)
    _require_different(what, "colour", (entry.color for entry in entries if entry.color is not None))
    words = {word.casefold() for word in ([void] if isinstance(void, str) else void)}
    kept = [at for at, entry in enumerate(entries) if entry.name.casefold() not in words]
    if sorted(numbers[at] for at in kept) == list(range(len(kept))):
        kept.sort(key=numbers.__getitem__)
    if not 1 <= len(kept) <= IGNORE:
        raise InputError(what, f"must name 1 ... {IGNORE} classes", got=len(kept))
    label = dict.fromkeys(range(len(entries)), IGNORE) | {at: new for new, at in enumerate(kept)}
    return ClassList(
        [entries[at].name for at in kept],
        _colors([entries[at] for at in kept]),
        {numbers[at]: label[at] for at in range(len(entries))},
        {entry.color: label[at] for at, entry in enumerate(entries) if entry.color is not None},
    )


def _colors(entries: Sequence[Entry]) -> list[Color] | None:
    found = [entry.color for entry in entries if entry.color is not None]
    return found if len(found) == len(entries) else None


def _entries(classes: Any) -> list[Entry]:
    if isinstance(classes, str | Path):
        return read_classes(classes)
    if isinstance(classes, Mapping):
        entries = [_entry(key, name) for key, name in classes.items()]
    else:
        entries = [Entry(name) for name in _iterated(classes)]
    for entry in entries:
        if not isinstance(entry.name, str) or not entry.name.strip():
            raise InputError("classes", "must be names", got=repr(entry.name))
    return [Entry(plain_name(entry.name), entry.number, entry.color) for entry in entries]


def _iterated(classes: Any) -> Iterable[Any]:
    if isinstance(classes, Iterable) and not isinstance(classes, bytes | set | frozenset):
        return classes
    raise InputError(
        "classes", "must be a text file, a list of names, or number → name", got=type(classes).__name__
    )


def _entry(key: object, name: str) -> Entry:
    if isinstance(key, Integral) and not isinstance(key, bool) and 0 <= int(key) < 2**16:
        return Entry(name, int(key))
    return Entry(name, color=_color(key))


def _with_colors(entries: list[Entry], colors: Sequence[Sequence[int]] | None) -> list[Entry]:
    if colors is None:
        return entries
    if any(entry.color for entry in entries) or len(colors) != len(entries):
        raise InputError(
            "colors",
            f"must be one per name ({len(entries)}), where the names come without",
            got=len(colors),
        )
    return [
        Entry(entry.name, entry.number, _color(color)) for entry, color in zip(entries, colors, strict=True)
    ]


def _color(value: Any) -> Color:
    try:
        red, green, blue = (int(channel) for channel in value)
    except (TypeError, ValueError):
        red = green = blue = -1
    if not all(0 <= channel <= 255 for channel in (red, green, blue)):
        raise InputError(
            "classes", "must be named by a number or by (red, green, blue) in 0..255", got=repr(value)
        )
    return red, green, blue


def _require_different(what: str, kind: str, values: Iterable[Any]) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise InputError(what, f"must have each {kind} once", got=f"{value!r} twice")
        seen.add(value)
