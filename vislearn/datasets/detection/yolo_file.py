"""A file of labels in YOLO's format, read strictly: each fault is named with its line."""

import math
from dataclasses import dataclass
from pathlib import Path

from vislearn.errors import FileError, Words
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["YoloRow", "edges_of", "read_yolo"]

_ROUNDING = (
    1e-5  # programs write six digits, and round them one by one: a box along the edge ends at 1.0000005
)
_SEEN, _POINTS = {0.0, 1.0, 2.0}, 4  # visibilities, and how many no outline has by chance
_PIXELS = 2.0  # from here on nobody means a fraction
_FORM = N_(
    "A line is: class, centre x, centre y, width, height, each but the class a fraction of the picture."
)
Fractions = tuple[float, float, float, float]


@dataclass(frozen=True)
class YoloRow:
    """An object: its line, its class from 0, its box (centre x, centre y, width, height), maybe its outline.

    Numbers are fractions of the picture's width and height; the outline is x, y, x, y ... or None.
    """

    line: int
    label: int
    box: Fractions
    outline: tuple[float, ...] | None


def read_yolo(file: Path, classes: int, problems: list[Problem] | None = None) -> list[YoloRow] | None:
    """The objects of one picture; None where a line is wrong and ``problems`` has all that are.

    Five numbers are a box. Six are a box and how sure a program was, as long as all lines have six. An odd
    count from seven on is an outline of three points or more, whose box is the one around it, as Ultralytics
    takes it; the corners of a rotated box are one. An even count from eight on could be an outline and a
    confidence, or one that lost a number: it is refused.

    Args:
        file: the text file.
        classes: how many there are.
        problems: takes what is wrong with lines, instead of an error at the first.

    Raises:
        FileError: it can't be read, or a line is not as it must be; the sentence names the line.

    Source: ``verify_image_label`` in ultralytics/data/utils.py.
    """
    rows: list[YoloRow] = []
    first: dict[tuple[float, ...], int] = {}
    lines = [(line, text.split()) for line, text in enumerate(_lines(file), start=1) if text.strip()]
    sure = bool(lines) and all(len(words) == 6 for _line, words in lines)
    for line, words in lines:
        with told_in(problems):
            numbers = _numbers(file, line, words)
            row = _row(file, line, numbers[:5] if sure else numbers, classes)
            if numbers in first:
                raise _wrong(
                    file,
                    line,
                    Words(N_("repeats line {line}"), line=first[numbers]),
                    N_("Leave one of the two out."),
                )
            first[numbers] = line
            rows.append(row)
    return rows if len(rows) == len(lines) else None


def edges_of(box: Fractions, size_hw: tuple[int, int]) -> list[float]:
    """From fractions to left, top, right, bottom in pixels.

    Args:
        box: centre x, centre y, width, height.
        size_hw: of the picture.

    >>> edges_of((0.5, 0.5, 0.5, 1.0), (10, 20))
    [5.0, 0.0, 15.0, 10.0]
    """
    x, y, width, height = box
    tall, wide = size_hw
    return [
        (x - width / 2) * wide,
        (y - height / 2) * tall,
        (x + width / 2) * wide,
        (y + height / 2) * tall,
    ]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise FileError(file, N_("is not text in UTF-8"), fix=N_("Export it again.")) from None
    except OSError as trouble:
        raise FileError(
            file, N_("can't be read ({reason})"), fix=N_("Check its permissions."), reason=trouble.strerror
        ) from None


def _wrong(file: Path, line: int, what: str, fix: str = _FORM) -> FileError:
    return FileError(file, Words(N_("is wrong in line {line}: it {what}"), line=line, what=what), fix=fix)


def _numbers(file: Path, line: int, words: list[str]) -> tuple[float, ...]:
    found = []
    for word in words:
        try:
            number = math.nan if "_" in word else float(word)  # Python reads 1_000 too; nothing else does
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _wrong(file, line, Words(N_("has {word!r} where a number belongs"), word=word))
        found.append(number)
    return tuple(found)


def _row(file: Path, line: int, numbers: tuple[float, ...], classes: int) -> YoloRow:
    count = len(numbers)
    if count < 5:
        raise _wrong(file, line, Words(N_("has {count} numbers, and a box needs 5"), count=count))
    _require_no_keypoints(file, line, numbers[5:])
    if count % 2 == 0:
        lost = N_("Did it lose a number? Of confidences only boxes' are read, where each line has one.")
        raise _wrong(
            file,
            line,
            Words(N_("has {count} numbers: 5 are a box, 7, 9, 11 ... an outline"), count=count),
            lost,
        )
    label = int(numbers[0])
    if label != numbers[0] or label < 0:
        raise _wrong(
            file, line, Words(N_("begins with {number:g}, and classes are counted from 0"), number=numbers[0])
        )
    if label >= classes:
        what = Words(N_("is of class {label}, but only 0 has a name"), label=label)
        if classes > 1:
            what = Words(
                N_("is of class {label}, but {count} classes have a name, 0 ... {last}"),
                label=label,
                count=classes,
                last=classes - 1,
            )
        raise _wrong(file, line, what, N_("Correct the line, or the names."))
    _require_fractions(file, line, numbers[1:])
    if count == 5:
        return YoloRow(line, label, numbers[1:], None)  # type: ignore[arg-type]  # counted just above
    return YoloRow(line, label, _around(numbers[1:]), numbers[1:])


def _require_no_keypoints(file: Path, line: int, numbers: tuple[float, ...]) -> None:
    """A pose is a box and points (x, y, visibility); read as an outline it would be another object."""
    seen = numbers[2::3]
    fractions = all(0 <= number <= 1 for at, number in enumerate(numbers) if at % 3 != 2)
    least = 1 if len(numbers) % 2 else _POINTS  # an odd rest can be no outline
    if len(numbers) % 3 or len(seen) < least or not fractions or not set(seen) <= _SEEN:
        return
    what = Words(N_("looks like a box and {count} points with their visibility"), count=len(seen))
    raise _wrong(file, line, what, N_("Export it as boxes."))


def _require_fractions(file: Path, line: int, numbers: tuple[float, ...]) -> None:
    worst = max(numbers, key=lambda number: abs(number - 0.5))
    if abs(worst) >= _PIXELS:
        said = Words(N_("has {worst:g}, which is a number of pixels and no fraction"), worst=worst)
        raise _wrong(
            file, line, said, N_("Divide x and width by the picture's width, y and height by its height.")
        )
    if not -_ROUNDING <= worst <= 1 + _ROUNDING:
        raise _wrong(file, line, Words(N_("has {worst:g}, which lies outside 0 ... 1"), worst=worst))


def _around(outline: tuple[float, ...]) -> Fractions:
    left, right = min(outline[::2]), max(outline[::2])
    top, bottom = min(outline[1::2]), max(outline[1::2])
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
