"""What the numbers of a data set's labels are called, and whether two sets mean the same by them."""

import unicodedata
from collections.abc import Iterator
from typing import Any

from torch import nn

from vislearn.errors import InputError
from vislearn.training.compiled import plain

__all__ = ["class_list", "note_classes", "noted_classes", "noted_white", "require_same_numbers"]

_NOTED = "vislearn_classes"  # an attribute of the network: no tensor, so no weights file changes


def class_list(data: Any, name: str = "the data set") -> list[str] | None:
    """The names of a data set's classes, in the order of its labels; None where it names none.

    Args:
        data: a data set or a loader; subsets and concatenated sets are looked through.
        name: what to call it in the sentence.

    Raises:
        InputError: sets were concatenated that number their classes apart.
    """
    found: list[str] | None = None
    for number, names in enumerate(_lists(data)):
        if found is not None:
            require_same_numbers(found, names, f"{name}'s first part", f"its part {number + 1}")
        found = names if found is None or len(names) > len(found) else found
    return found


def noted_white(data: Any) -> float | None:
    """The value that a data set takes for white in pictures of more than 8 bits; None: as their files say.

    Args:
        data: an image folder, or a set whose ``reader`` is ``partial(read_image, scale=...)``.
    """
    reading = getattr(data, "reading", None) or getattr(getattr(data, "reader", None), "keywords", None)
    return reading.get("scale") if isinstance(reading, dict) else None


def _lists(data: Any) -> Iterator[list[str]]:
    """Of every set that lies inside; one that names its classes speaks for all that it wraps."""
    names = getattr(data, "classes", None)
    if isinstance(names, (list, tuple)) and names:
        yield [str(name) for name in names]
    elif isinstance(parts := getattr(data, "datasets", None), (list, tuple)):
        for part in parts:
            yield from _lists(part)
    elif (inner := getattr(data, "dataset", None)) is not None:
        yield from _lists(inner)


def require_same_numbers(
    first: list[str] | None, second: list[str] | None, first_name: str, second_name: str
) -> None:
    """Refuse two lists of classes that give a number two meanings.

    One may end before the other: what both number, they must number alike. Names that look the same are the
    same, however their letters are stored.

    Args:
        first: names in the order of their labels; None is never refused.
        second: likewise.
        first_name: what to call them.
        second_name: likewise.

    Raises:
        InputError: a label means one class in the first, and another in the second.

    >>> require_same_numbers(["red", "blue"], ["blue"], "train's", "val's")
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: val's classes must be numbered as train's (red, blue), got blue. A label \
would mean two things: read both sets with the same list of classes.
    """
    if all(_letters(one) == _letters(other) for one, other in zip(first or [], second or [], strict=False)):
        return
    raise InputError(
        f"{second_name} classes",
        f"must be numbered as {first_name} ({', '.join(first or [])})",
        got=", ".join(second or []),
        fix="A label would mean two things: read both sets with the same list of classes.",
    )


def _letters(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def note_classes(model: nn.Module, classes: list[str] | None) -> None:
    """Let a network remember what its scores stand for, so that it isn't judged by labels that mean others.

    Args:
        model: trained, or about to be, on these classes.
        classes: their names; None: it isn't known.
    """
    setattr(plain(model), _NOTED, classes)


def noted_classes(model: nn.Module) -> list[str] | None:
    """What :func:`note_classes` noted; None where nothing is known."""
    return getattr(plain(model), _NOTED, None)
