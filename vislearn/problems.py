"""The one type for "this is wrong, do that": data, lessons, traps and answers report in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vislearn.errors import FileError
from vislearn.language import translate as _

__all__ = ["Problem", "problem_of", "told_in"]

_DANDA = "\u0964"  # the full stop of Bengali


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
        stop = _DANDA if _DANDA in self.fix else "."  # the language of the advice, not of a quotation
        return f"{self.where} {self.what}{stop} {self.fix}".rstrip()


def problem_of(trouble: FileError) -> Problem:
    """The same complaint, to stand among others instead of ending the work; in the learner's language.

    What has no translation stays as it is, such as what a decoder said.

    >>> problem_of(FileError("a.png", "is empty", fix="Delete it.")).where
    'a.png'
    """
    told = {name: _said(value) if isinstance(value, str) else value for name, value in trouble.values.items()}
    if not told:
        return Problem(str(trouble.path), *map(_said, trouble.messages))
    what, fix = (_(message, **told) if message else "" for message in trouble.messages)
    return Problem(str(trouble.path), what, fix)


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


def _said(message: str) -> str:
    """A text without values; with a brace in it, it quotes something, and is in no catalogue."""
    return message if not message or {"{", "}"} & set(message) else _(message)
