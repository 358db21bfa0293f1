"""From the numbers or colours in a label image to classes 0 ... K-1 and 255 for void."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from vislearn.datasets.segmentation.class_list import IGNORE, ClassList
from vislearn.errors import FileError
from vislearn.io.label_images import LabelImage, read_label_image

__all__ = ["Stored", "labels_of"]

Stored = Literal["numbers", "colours"] | None
_SAY = "stored='numbers' or stored='colours' says what counts."


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
        FileError: it can't be read; a number or colour without a class; unclear which way to read it; or
            nothing but 0 and 255 where two classes are numbered 0 and 1.
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
        raise FileError(file, "means one thing by its numbers and another by the colours it shows", fix=_SAY)
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
        return "holds numbers of more than 8 bits, and no colours", "stored='numbers' reads them."
    if stored == "colours":
        return "can't be read by its colours: the classes have none", "Name them by colour."
    return (
        "is coloured, and the classes have no colours",
        "classes={(128, 64, 128): 'road', ...}, or a text file with lines 'R G B name', tells them.",
    )


def _unknown(file: Path, reading: _Reading, classes: ClassList) -> FileError:
    """The first pixel without a class, and how many there are."""
    row, column = (int(at) for at in np.argwhere(reading.unknown)[0])
    others = len(np.unique(reading.codes[reading.unknown])) - 1
    code = int(reading.codes[row, column])
    share = f"{100 * reading.unknown.mean():.2g} % of its pixels"
    more = f" and {others} more" if others else ""
    if reading.kind == "numbers":
        known = ", ".join(f"{number} {_name(classes, label)}" for number, label in classes.by_number.items())
        what = f"has the number {code} at row {row}, column {column}"
        fix = f"Known: {_shortened(known)}. Add it to classes, as 'void' if it is to be left out."
    else:
        what = (
            f"has the colour {code % 256} {code // 256 % 256} {code // 65536} at row {row}, column {column}"
        )
        fix = "Add it to classes, or export the labels again: smooth edges and JPEG mix colours."
    return FileError(file, f"{what}{more} ({share}), which no class has", fix=fix)


def _require_no_bytes_mask(file: Path, reading: _Reading, classes: ClassList) -> None:
    """Black and white read as background and void: the object would be ignored, and nobody would notice."""
    if len(classes.names) == 2 and not np.setdiff1d(reading.codes, [0, IGNORE]).size:
        raise FileError(
            file,
            "holds nothing but 0 and 255, and 255 is void",
            fix=f"If white is the object: classes={{0: {classes.names[0]!r}, 255: {classes.names[1]!r}}}; if "
            f"not, say so: classes={{0: {classes.names[0]!r}, 1: {classes.names[1]!r}, 255: 'void'}}.",
        )


def _name(classes: ClassList, label: int) -> str:
    return "void" if label == IGNORE else classes.names[label]


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:100].rsplit(",", 1)[0] + " …"
