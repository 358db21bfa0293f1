"""What all writers of sets have in common: how they say what gets lost, and what a part may be called."""

import re
import warnings
from collections.abc import Callable

from vislearn.errors import InputError

__all__ = ["Tell", "require_part", "warn"]

Tell = Callable[[str], None]
_PART = re.compile(r"[A-Za-z0-9_-]+")


def warn(sentence: str) -> None:
    """Say it as a warning, at the line that asked for the conversion.

    Args:
        sentence: what gets lost.
    """
    warnings.warn(sentence, stacklevel=3)


def require_part(split: str) -> None:
    """Refuse a part's name that would leave the folder, or that some disk can't hold.

    Args:
        split: letters, digits, ``_`` and ``-``.

    Raises:
        InputError: another name.

    >>> require_part("val2017")
    """
    if not _PART.fullmatch(split):
        raise InputError("split", "must be a word of letters, digits, _ and -", got=repr(split))
