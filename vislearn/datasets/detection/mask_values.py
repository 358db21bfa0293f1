"""From the numbers in a mask file to objects: one per file, or one per number."""

from collections.abc import Collection
from numbers import Integral
from pathlib import Path
from typing import Literal

import numpy as np

from vislearn.errors import FileError, InputError
from vislearn.io import read_mask
from vislearn.io.names import ENDINGS
from vislearn.language import N_

__all__ = [
    "Background",
    "WrongWayRound",
    "is_numbered",
    "objects_of",
    "require_background",
    "require_threshold",
    "the_object",
]

Background = Literal["black", "white"] | None
_SOFT_RANGE, _SOFT_LEVELS = (
    32,
    3,
)  # numbers of objects are rarely so far apart with so many between, all on edges
_EDGE = 3  # pixels; how wide an edge may be on either side


class WrongWayRound(FileError):
    """A mask whose object would lie in all corners: it is drawn as the opposite of what is expected.

    Attributes:
        if_few: what to do where most other masks of the folder are not so.
    """

    if_few = ""


def the_object(
    file: Path, values: np.ndarray, *, background: Background = None, threshold: int | None = None
) -> np.ndarray:
    """The one object of a mask: bool (H, W).

    Args:
        file: where it stands.
        values: what :func:`vislearn.io.read_mask` makes of it, (H, W).
        background: which of two values is no object; None: black (the lower), unless that looks the wrong way
            round. A mask that looks as the opposite of ``"white"`` is refused, too; ``"black"`` takes all.
        threshold: the least value of what is bright; None: the higher of two values, and the middle where
            edges alone are between them.

    Raises:
        FileError: more values than a mask has; nothing in it; or unclear which value is the object.
    """
    bright = values >= (threshold if threshold is not None else _middle(file, values))
    seen = ~bright if background == "white" else bright
    if not seen.any():
        raise FileError(
            file,
            N_("is an empty mask"),
            fix=N_(
                "If there is an object, save it again; if there is none, move the file out of the folder."
            ),
        )
    if background != "black" and _covers_the_edge(seen):
        raise _wrong_way_round(file, background)
    return seen


def _wrong_way_round(file: Path, background: Background) -> WrongWayRound:
    if background is None:
        trouble = WrongWayRound(
            file,
            N_("is bright in all corners, as masks drawn black on white are"),
            fix=N_(
                "If all masks are so, background='white' (--background white) reads them; if only a few are, "
                "invert those; 'black' says that the bright part is the object."
            ),
        )
        trouble.if_few = N_(
            "Most other masks are not: invert these files only, or, if an object does reach all corners "
            "there, give background='black' (--background black)."
        )
        return trouble
    trouble = WrongWayRound(
        file,
        N_("is dark in all corners, as masks drawn white on black are"),
        fix=N_(
            "If all masks are so, leave background='white' (--background white) out; if only a few are, "
            "invert those. An object that does reach all corners needs all masks inverted, and 'black'."
        ),
    )
    trouble.if_few = N_(
        "Most other masks are not: invert these files only, or, if an object does reach all corners there, "
        "all the masks, and give background='black' (--background black)."
    )
    return trouble


def _middle(file: Path, values: np.ndarray) -> float:
    """From where on a value is bright."""
    levels = np.unique(values)
    if is_numbered(file, values):
        raise FileError(
            file,
            N_("has {count} different values ({some}), and a mask of one object has two"),
            fix=N_(
                "If each value is an object, read such files with instance_detection; if not, "
                "threshold=128 says from which value on it is bright."
            ),
            count=len(levels),
            some=_some(levels),
        )
    return (levels[0] + levels[-1] + 1) / 2 if len(levels) > 1 else max(levels[0], 1)


def is_numbered(file: Path, values: np.ndarray) -> bool:
    """Does a mask hold more than black and white and the edges between: several objects, each a number?

    Args:
        file: where it stands.
        values: what :func:`vislearn.io.read_mask` makes of it, (H, W).
    """
    return len(np.unique(values)) > 2 and not _has_soft_edges(values, is_jpeg=_is_jpeg(file))


def _has_soft_edges(values: np.ndarray, *, is_jpeg: bool) -> bool:
    """Is what lies between dark and bright nothing but the edge of one object?

    Resizing and JPEG make many values between two far apart, all of them near both. Numbers of objects are
    few, or lie far from the highest.
    """
    low, high = int(values.min()), int(values.max())
    ripple = (high - low) // 8 if is_jpeg else 0  # JPEG spreads faint waves around every edge
    between = (values > low + ripple) & (values < high - ripple)
    if high - low < _SOFT_RANGE or (len(np.unique(values[between])) < _SOFT_LEVELS and not is_jpeg):
        return False
    return not (between & ~(_near(values <= low + ripple) & _near(values >= high - ripple))).any()


def _near(flags: np.ndarray) -> np.ndarray:
    """Where one of the flags is at most :data:`_EDGE` pixels away, across or down or both."""
    for axis in (0, 1):
        padded = np.pad(flags, [(_EDGE, _EDGE) if axis == at else (0, 0) for at in (0, 1)])
        flags = np.lib.stride_tricks.sliding_window_view(padded, 2 * _EDGE + 1, axis=axis).max(-1)
    return flags


def objects_of(file: Path, *, ignore: Collection[int] = ()) -> np.ndarray:
    """The objects of a file in which each number but 0 is one: bool (N, H, W), in the order of the numbers.

    Args:
        file: a mask, stored without loss.
        ignore: further numbers that are no objects, such as VOC's 255 for edges.

    Raises:
        FileError: damaged, or JPEG.
    """
    if _is_jpeg(file):
        raise FileError(
            file, N_("is a JPEG, which changes numbers a little"), fix=N_("Save such files as PNG.")
        )
    values = read_mask(file)
    numbers = [number for number in np.unique(values).tolist() if number != 0 and number not in ignore]
    return values == np.array(numbers, np.int64).reshape(-1, 1, 1)


def require_background(background: object) -> None:
    """Refuse another word than the two.

    Raises:
        InputError: ``background`` is something else.
    """
    if background not in ("black", "white", None):
        raise InputError("background", "must be 'black', 'white' or None", got=repr(background))


def require_threshold(threshold: object) -> None:
    """Refuse a number above which nothing of a mask is bright, or below which all of it is.

    Raises:
        InputError: ``threshold`` is neither None nor a whole number in 1…255.
    """
    whole = isinstance(threshold, Integral) and not isinstance(threshold, bool)
    if threshold is not None and not (whole and 1 <= int(threshold) <= 255):  # type: ignore[call-overload]
        raise InputError(
            "threshold",
            "must be a whole number in 1…255, from which on a mask is bright, or None",
            got=repr(threshold),
            fix="128 takes the brighter half, 1 whatever is not black.",
        )


def _is_jpeg(file: Path) -> bool:
    return ENDINGS.get(file.suffix.lower()) == "JPEG"


def _covers_the_edge(seen: np.ndarray) -> bool:
    """All four corners, and most of the way between them."""
    edge = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    return bool(seen[[0, 0, -1, -1], [0, -1, 0, -1]].all() and edge.mean() > 0.5)


def _some(levels: np.ndarray) -> str:
    return ", ".join(map(str, levels[:5].tolist())) + (" …" if len(levels) > 5 else "")
