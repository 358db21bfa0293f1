"""From the numbers in a mask file to objects: one per file, or one per number."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

import numpy as np

from vislearn.errors import FileError, InputError
from vislearn.io import read_mask
from vislearn.io.names import ENDINGS

__all__ = ["Background", "objects_of", "require_background", "the_object"]

Background = Literal["black", "white"] | None


def the_object(file: Path, *, background: Background = None, threshold: int | None = None) -> np.ndarray:
    """The one object of a mask file: bool (H, W).

    Args:
        file: a mask of two values.
        background: which of the two is no object; None: black (the lower), unless that looks the wrong way
        round.
        threshold: the least value of what is bright, for masks with soft edges.

    Raises:
        FileError: damaged; more than two values; nothing in it; or unclear which value is the object.
    """
    values = read_mask(file)
    levels = np.unique(values)
    if threshold is not None:
        bright = values >= threshold
    elif len(levels) > 2:
        raise FileError(
            file,
            f"has {len(levels)} different values ({_some(levels)}), and a mask of one object has two",
            fix="If each value is an object, read such files with instance_detection; if its edges are soft, "
            "threshold=128 says from which value on it is bright.",
        )
    else:
        bright = values == levels[-1] if len(levels) == 2 or levels[0] != 0 else np.zeros(values.shape, bool)
    seen = ~bright if background == "white" else bright
    if not seen.any():
        raise FileError(
            file,
            f"shows no object: it is {_some(levels)} everywhere",
            fix="Save it again if there is one; else move it out of the folder, which may be empty.",
        )
    if background is None and _covers_the_edge(seen):
        raise FileError(
            file,
            "is bright in all corners, as masks drawn black on white are",
            fix="background='white' reads it so; background='black' says that the bright part is the object.",
        )
    return seen


def objects_of(file: Path, *, ignore: Collection[int] = ()) -> np.ndarray:
    """The objects of a file in which each number but 0 is one: bool (N, H, W), in the order of the numbers.

    Args:
        file: a mask, stored without loss.
        ignore: further numbers that are no objects, such as VOC's 255 for edges.

    Raises:
        FileError: damaged, or JPEG.
    """
    if ENDINGS.get(file.suffix.lower()) == "JPEG":
        raise FileError(file, "is a JPEG, which changes numbers a little", fix="Save such files as PNG.")
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


def _covers_the_edge(seen: np.ndarray) -> bool:
    """All four corners, and most of the way between them."""
    edge = np.concatenate([seen[0], seen[-1], seen[:, 0], seen[:, -1]])
    return bool(seen[[0, 0, -1, -1], [0, -1, 0, -1]].all() and edge.mean() > 0.5)


def _some(levels: np.ndarray) -> str:
    return ", ".join(map(str, levels[:5].tolist())) + (" …" if len(levels) > 5 else "")
