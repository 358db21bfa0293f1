"""Warnings on the way to a terminal: a sentence each, said once, without a line of code."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vislearn.errors import DoubtWarning
from vislearn.language import translate as _
from vislearn.problems import problem_of

__all__ = ["warnings_told"]


@contextmanager
def warnings_told() -> Iterator[None]:
    """Inside ``with`` a warning is a sentence on stderr, as errors of commands are.

    Python's own form names a line of this package, which helps nobody who types a command; and the same
    doubt would be told anew wherever the picture is read again. Which warnings are told at all is up to
    Python's filters, as ever.
    """
    told: set[str] = set()

    def tell(message: Any, *_about: Any, **_more: Any) -> None:
        sentence = _sentence(message)
        if sentence not in told:
            told.add(sentence)
            _write(sentence)

    before, warnings.showwarning = warnings.showwarning, tell
    try:
        yield
    finally:
        warnings.showwarning = before


def _sentence(message: Any) -> str:
    """In the learner's language where it is about a file; a library's own words are English."""
    if isinstance(message, DoubtWarning):
        return str(problem_of(message.doubt))
    return _("Note: {what}", what=" ".join(str(message).split()))


def _write(sentence: str) -> None:
    from tqdm import tqdm  # knows of bars that stand on the line

    tqdm.write(sentence, file=sys.stderr)
