"""From the numbers or colours in a label image to classes 0 ... K-1 and 255 for void."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from vislearn.datasets.segmentation.class_list import IGNORE, ClassList
from vislearn.errors import FileError, Words
from vislearn.io.label_images import LabelImage, read_label_image
from vislearn.language import N_

__all__ = ["Stored", "UnknownLabels", "labels_of"]

Stored = Literal["numbers", "colours"] | None
_SAY = N_("stored='numbers' or stored='colours' says what counts.")
_FOREIGN = {  # what is wrong with a label that no class has, and what to do
    "number": (
        N_(
            "has the number {code} at row {row}, column {column}{more} ({share} % of its pixels), "
            "which no class has"
        ),
        N_(
            "Known: {known}. Name it among the classes, number and name on each line: '{code} name', or "
            "'{code} void' to leave it out."
        ),
    ),
    "colour": (
        N_(
            "has the colour {code} at row {row}, column {column}{more} ({share} % of its pixels), "
            "which no class has"
        ),
        N_(
            "Name it among the classes, colour and name on each line: '{code} name', or '{code} void' to "
            "leave it out. Smooth edges and JPEG mix colours: then export the labels again."
        ),
    ),
}


class UnknownLabels(FileError):
    """A label image holds numbers or colours that no class has.

    Attributes:
        kind: ``"number"`` or ``"colour"``.
        codes: which ones as people write them, ``"7"`` or ``"128 64 0"``, those of most pixels first.
    """

    def __init__(self, path: Path, problem: str, *, fix: str, kind: str, codes: list[str]) -> None:
        super().__init__(path, problem, fix=fix)
        self.kind, self.codes = kind, codes


@dataclass(frozen=True)
class _Reading:
    """One way to understand a file."""

    kind: str  # numbers or colours
    codes: np.ndarray  # int64 (H, W)
    labels: np.ndarray  # uint8 (H, W)
    unknown: np.ndarray  # bool (H, W)
    void_unnamed: bool  # 255 was taken for void though nobody said so

    @property
    def rank(self) -> int:
        """2: every pixel has a named class, 1: or 255, which nobody named; 0: some have none."""
        return 0 if self.unknown.any() else 1 if self.void_unnamed else 2


def labels_of(file: Path, classes: ClassList, *, stored: Stored = None) -> np.ndarray:
    """The classes of a label image: uint8 (H, W), 0 ... K-1, 255 where nothing is to be learned.

    A file may be read by its numbers (gray levels, indices of a palette) or by its colours. The way that
    gives every pixel a class is taken; where both do and disagree, the file is refused. 255 is void, unless a
    class has that number.

    Args:
        file: the label image.
        classes: what the numbers and colours stand for.
        stored: which of the two counts; None finds out.

    Raises:
        FileError: it can't be read; unclear which way to read it; or nothing but 0 and 255 where two classes
            are numbered 0 and 1.
        UnknownLabels: a number or colour without a class.
    """
    image = read_label_image(file)
    readings = [one for one in _readings(image, classes) if stored in (None, one.kind)]
    if not readings:
        what, fix = _not_readable(image, stored)
        raise FileError(file, what, fix=fix)
    best = max(reading.rank for reading in readings)
    first, *others = [reading for reading in readings if reading.rank == best]
    if best == 0:
        raise _unknown(file, first, classes)
    if stored is None and any((other.labels != first.labels).any() for other in others):
        raise FileError(
            file, N_("means one thing by its numbers and another by the colours it shows"), fix=_SAY
        )
    if first.void_unnamed:
        _require_no_bytes_mask(file, first, classes)
    return first.labels


def _readings(image: LabelImage, classes: ClassList) -> Iterator[_Reading]:
    if image.numbers is not None:
        yield _by_number(image.numbers, classes)
    if image.gray is not None and (image.numbers is None or (image.gray != image.numbers).any()):
        yield _by_number(image.gray, classes)
    if image.colours is not None and classes.by_color:
        red, green, blue = np.moveaxis(image.colours.astype(np.int64), -1, 0)
        table = {r + 256 * g + 65536 * b: label for (r, g, b), label in classes.by_color.items()}
        yield _reading("colours", red + 256 * green + 65536 * blue, table)


def _by_number(codes: np.ndarray, classes: ClassList) -> _Reading:
    unnamed = IGNORE not in classes.by_number and bool((codes == IGNORE).any())
    return _reading("numbers", codes, {IGNORE: IGNORE} | classes.by_number, void_unnamed=unnamed)


def _reading(kind: str, codes: np.ndarray, table: dict[int, int], *, void_unnamed: bool = False) -> _Reading:
    known = np.array(sorted(table), np.int64)
    labels = np.array([table[code] for code in known.tolist()], np.uint8)
    at = np.searchsorted(known, codes).clip(max=len(known) - 1)
    return _Reading(kind, codes, labels[at], known[at] != codes, void_unnamed)


def _not_readable(image: LabelImage, stored: Stored) -> tuple[str, str]:
    if stored == "colours" and image.colours is None:
        return N_("holds numbers of more than 8 bits, and no colours"), N_("stored='numbers' reads them.")
    if stored == "colours":
        return N_("can't be read by its colours: the classes have none"), N_("Name them by colour.")
    return (
        N_("is coloured, and the classes have no colours"),
        N_("Name the classes with their colours, each on a line of a text file, such as: 128 64 128 road."),
    )


def _unknown(file: Path, reading: _Reading, classes: ClassList) -> UnknownLabels:
    """The first pixel without a class, and how many there are."""
    row, column = (int(at) for at in np.argwhere(reading.unknown)[0])
    found, counts = np.unique(reading.codes[reading.unknown], return_counts=True)
    codes = [_word(reading.kind, code) for code in found[np.argsort(-counts, kind="stable")].tolist()]
    first, kind = _word(reading.kind, int(reading.codes[row, column])), reading.kind.removesuffix("s")
    share = f"{100 * reading.unknown.mean():.2g}"
    more = Words(N_(" and {count} more"), count=len(codes) - 1) if codes[1:] else ""
    known = ", ".join(f"{number} {_name(classes, label)}" for number, label in classes.by_number.items())
    told: dict[str, object] = {"code": first, "row": row, "column": column, "more": more, "share": share}
    told["known"] = _shortened(known)
    what, fix = (Words(message, **told) for message in _FOREIGN[kind])
    return UnknownLabels(file, what, fix=fix, kind=kind, codes=codes)


def _word(kind: str, code: int) -> str:
    """A number or a colour as lists of classes have it."""
    return str(code) if kind == "numbers" else f"{code % 256} {code // 256 % 256} {code // 65536}"


def _require_no_bytes_mask(file: Path, reading: _Reading, classes: ClassList) -> None:
    """Black and white read as background and void: the object would be ignored, and nobody would notice."""
    if len(classes.names) == 2 and not np.setdiff1d(reading.codes, [0, IGNORE]).size:
        raise FileError(
            file,
            N_("holds nothing but 0 and 255, and 255 is void"),
            fix=N_(
                "If white is the object, number it so where classes are named ('0 {dark}', '255 "
                "{bright}'), or give --foreground {bright} (foreground_folder in Python); if it is "
                "void, name that too: '255 void'."
            ),
            dark=classes.names[0],
            bright=classes.names[1],
        )


def _name(classes: ClassList, label: int) -> str:
    return "void" if label == IGNORE else classes.names[label]


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:100].rsplit(",", 1)[0] + " …"
