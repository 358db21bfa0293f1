"""The one type for "this is wrong, do that": data, lessons, traps and answers report in it."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Any

from vislearn.errors import DoubtWarning, FileError, InputError, Words
from vislearn.language import N_, language
from vislearn.language import translate as _

__all__ = ["Problem", "doubts_in", "joined", "listed", "problem_of", "told_in", "words_of"]

_DANDA = "\u0964"  # the full stop of Bengali
_FIRST, _LAST = "\u0980", "\u09ff"  # the letters of Bengali


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, said so that somebody can mend it.

    Args:
        where: what it is wrong with: a file, a line of one, an item of a data set.
        what: in words that follow ``where``, without a full stop.
        fix: what to do, a sentence; its full stop also ends ``what``.

    >>> print(Problem("cats/1.jpg", "is truncated", "Copy it again."))
    cats/1.jpg is truncated. Copy it again.
    """

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        stop = _DANDA if _is_bengali(self.fix or self.what) else "."
        return f"{self.where} {self.what}{stop} {self.fix}".rstrip()


def _is_bengali(text: str) -> bool:
    """The language of an advice, not of a quotation: one in English may name a file in Bengali."""
    return _DANDA in text or (language() == "bn" and any(_FIRST <= letter <= _LAST for letter in text))


def problem_of(trouble: FileError) -> Problem:
    """The same complaint, to stand among others instead of ending the work; in the learner's language.

    What has no translation stays as it is, such as what a decoder said.

    >>> problem_of(FileError("a.png", "is empty", fix="Delete it.")).where
    'a.png'
    """
    told = {name: _said(value) if isinstance(value, str) else value for name, value in trouble.values.items()}
    return Problem(str(trouble.path), *(_said(message, **told) for message in trouble.messages))


def words_of(defect: InputError) -> Words:
    """What is wrong with an argument, without the advice, to be said in the learner's language.

    >>> words_of(InputError("boxes", "must be a tensor", got="list", fix="Make it one."))
    'boxes must be a tensor, got list'
    """
    return Words(
        N_("{name} {rule}, got {got}"),
        name=defect.name,
        rule=_as_words(defect.rule),
        got=_as_words(defect.got),
    )


def _as_words(text: object) -> object:
    """A text without values, to be said in another language; one with a brace quotes something."""
    if isinstance(text, str) and not isinstance(text, Words) and not {"{", "}"} & set(text):
        return Words(text)
    return text


def joined(parts: Sequence[str], *, either: bool = False) -> str:
    """Words in a row, to be said in the learner's language.

    Args:
        parts: one or more.
        either: whether one of them is meant, and not all.

    >>> joined(["line 1", "line 4"]), joined(["COCO", "VOC"], either=True)
    ('line 1 and line 4', 'COCO or VOC')
    """
    message = N_("{first} or {second}") if either else N_("{first} and {second}")
    return reduce(lambda first, second: Words(message, first=first, second=second), parts)


def listed(problems: Sequence[Problem], most: int) -> list[str]:
    """A sentence for each; of very many the first ones, and how many more there are.

    Args:
        problems: all of them.
        most: how many are told.

    >>> listed([Problem("a.png", "is empty", ""), Problem("b.png", "is empty", "")], 1)
    ['a.png is empty.', '... and 1 more.']
    """
    told, more = [str(problem) for problem in problems[:most]], len(problems) - most
    return told if more <= 0 else [*told, _("... and {count} more.", count=more)]


@contextmanager
def told_in(problems: list[Problem] | None) -> Iterator[None]:
    """What is wrong inside the block joins a list, and the work behind the block goes on.

    Args:
        problems: the list; None raises what is wrong.

    >>> problems = []
    >>> for name in ("a.png", "b.png"):
    ...     with told_in(problems):
    ...         raise FileError(name, "is empty", fix="Delete it.")
    >>> [problem.where for problem in problems]
    ['a.png', 'b.png']
    """
    try:
        yield
    except FileError as trouble:
        if problems is None:
            raise
        problems.append(problem_of(trouble))


@contextmanager
def doubts_in(problems: list[Problem]) -> Iterator[None]:
    """What is doubtful about files that are read inside the block joins a list, and nobody is warned of it.

    Other warnings pass. One thread at a time: warnings belong to the whole process.

    Args:
        problems: the list.

    >>> problems = []
    >>> with doubts_in(problems):
    ...     warnings.warn(DoubtWarning(FileError("a.png", "is nearly black")), stacklevel=1)
    >>> [problem.what for problem in problems]
    ['is nearly black']
    """

    def kept(message: Any, *about: Any, **more: Any) -> None:
        if isinstance(message, DoubtWarning):
            problems.append(problem_of(message.doubt))
        else:
            shown(message, *about, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("always", DoubtWarning)
        shown, warnings.showwarning = warnings.showwarning, kept
        yield


def _said(message: str, **values: object) -> str:
    """A text in the learner's language; a plain one with a brace quotes something, and is in no catalogue."""
    if not message or (not values and not isinstance(message, Words) and {"{", "}"} & set(message)):
        return message
    return _(message, **values)
