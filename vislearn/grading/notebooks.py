"""A learner's notebook as it was handed in: its code cells, and none of the outputs stored in it."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vislearn.course.starters import is_starter
from vislearn.course.tags import exercise_of
from vislearn.errors import Words
from vislearn.language import LANGUAGES, N_

__all__ = ["Cell", "Notebook", "UnreadableNotebook", "parsed", "read_notebook"]

_LONGEST_CELL = 200_000  # characters
_MOST_CELLS, _MOST_CODE = 2000, 300_000  # of code, and its characters: ten times what any lesson has
_MAGIC = ("%", "!", "?")


class UnreadableNotebook(Exception):
    """The file is no notebook; the text says what it is instead, to follow its name."""


@dataclass(frozen=True)
class Cell:
    """A code cell.

    Attributes:
        number: among the code cells, from 1.
        id: as stored; or ``""``.
        exercise: that its tag names; or ``""``.
        source: its code, lines for IPython alone left empty.
    """

    number: int
    id: str
    exercise: str
    source: str

    @property
    def name(self) -> str:
        """What stands for a file in the errors of its code."""
        return f"cell {self.number}"

    @property
    def tree(self) -> list[ast.stmt] | None:
        """Its statements; None where it is no Python."""
        return parsed(self.source)

    @property
    def is_starter(self) -> bool:
        """Is it an exercise that nobody has begun?"""
        try:
            return is_starter(self.source)
        except (RecursionError, MemoryError):
            return False


@dataclass(frozen=True)
class Notebook:
    """Code cells in their order.

    Attributes:
        cells: the code cells.
        lesson: such as ``"01_pipeline"``, where it says so; or ``""``.
        language: of the lesson; or ``""`` where it doesn't say.
    """

    cells: tuple[Cell, ...]
    lesson: str
    language: str


def read_notebook(data: bytes) -> Notebook:
    """The code cells of a notebook of any version since 4.

    Raises:
        UnreadableNotebook: it is none.
    """
    if not data.strip():
        raise UnreadableNotebook(N_("is empty"))
    try:
        stored = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableNotebook(N_("is not UTF-8 text")) from None
    except (ValueError, RecursionError):
        raise UnreadableNotebook(N_("is damaged: it is no JSON")) from None
    if not isinstance(stored, dict) or not isinstance(stored.get("cells"), list):
        raise UnreadableNotebook(N_("is no notebook: it has no cells"))
    told = _mapping(_mapping(stored.get("metadata")).get("vislearn"))
    lesson, language = told.get("lesson"), told.get("language")
    return Notebook(
        tuple(_code_cells(stored["cells"])),
        lesson if isinstance(lesson, str) else "",
        language if language in LANGUAGES else "",
    )


@lru_cache(maxsize=4096)  # most cells of a class are the course's, and the same
def parsed(source: str) -> list[ast.stmt] | None:
    """The statements of some code, for reading only; None where it is no Python, or nested too deeply."""
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _code_cells(cells: list[Any]) -> Iterator[Cell]:
    number = characters = 0
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        number += 1
        source = cell.get("source")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str) and len(source) <= _LONGEST_CELL:
            characters += len(source)
            if number > _MOST_CELLS or characters > _MOST_CODE:
                what = N_("has more than {cells} cells or {letters} letters of code")
                raise UnreadableNotebook(Words(what, cells=_MOST_CELLS, letters=_MOST_CODE))
            source = source.encode("utf-8", "replace").decode()  # half a character could be written nowhere
            stored_id = cell.get("id")
            yield Cell(
                number, stored_id if isinstance(stored_id, str) else "", _exercise(cell), _plain(source)
            )


def _exercise(cell: dict[str, Any]) -> str:
    tags = _mapping(cell.get("metadata")).get("tags")
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return exercise_of({"metadata": {"tags": texts}}) or ""


def _plain(source: str) -> str:
    """Without the lines that only IPython understands; a line stays where it was."""
    if parsed(source) is not None:
        return source
    lines = ("" if line.lstrip().startswith(_MAGIC) else line for line in source.split("\n"))
    return "\n".join(lines)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
