"""What is wrong with a lesson, said so that somebody can mend it."""

from collections.abc import Sequence

from vislearn.errors import VislearnError
from vislearn.problems import Problem

__all__ = ["CellError", "TranslationError", "first_of"]


class CellError(VislearnError):
    """A lesson's cell can't be stored as it ran.

    Args:
        where: the source file and, after a colon, the line to look at.
        number: the cell's place among all cells of the lesson, from 1.
        what: what happened, such as ``"stops with ValueError: no pictures"``.
        fix: what to do about it.
    """

    def __init__(self, where: str, number: int, what: str, *, fix: str) -> None:
        super().__init__(f"{where} (cell {number}) {what}. {fix}")
        self.where, self.number, self.what, self.fix = where, number, what, fix

    def __reduce__(self) -> tuple:
        return _rebuild_cell_error, (self.where, self.number, self.what, self.fix)


def _rebuild_cell_error(where: str, number: int, what: str, fix: str) -> CellError:
    return CellError(where, number, what, fix=fix)


class TranslationError(VislearnError):
    """A lesson can't be built in a language because its translation isn't whole."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple:
        return TranslationError, (self.problems,)


def first_of(texts: Sequence[str], limit: int = 60) -> str:
    r"""Several texts, said by the first of them on one line, cut short.

    >>> first_of(["a picture\nis a tensor", "and so on"], limit=12)
    "'a picture …' and 1 more"
    """
    line = " ".join(texts[0].split())
    shown = repr(line if len(line) <= limit else line[: limit - 2].rstrip() + " …")
    return shown if len(texts) == 1 else f"{shown} and {len(texts) - 1} more"
