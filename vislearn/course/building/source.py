"""A lesson's source, ``NN_name.py`` in jupytext's percent format, read once: its cells have ids that stay."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jupytext
from nbformat import ValidationError

from vislearn.course.budgets import budget_of
from vislearn.course.lessons import Lesson, read_text, text_digest
from vislearn.course.tags import exercise_of
from vislearn.errors import FileError, InputError

__all__ = ["ParsedLesson", "SourceCell", "read_lesson"]

_MARKER = re.compile(r"# ?%%+(\s|$)")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# what jupytext remembers about how the text was laid out: no part of the notebook
_LAYOUT = {"id", "name", "title", "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}


@dataclass(frozen=True)
class SourceCell:
    """One cell: its ``kind`` is ``"markdown"`` or ``"code"``, its ``line`` that of the ``# %%`` above it."""

    kind: str
    source: str
    id: str
    line: int
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def tags(self) -> list[str]:
        """The cell's tags."""
        return self.metadata.get("tags", [])

    @property
    def exercise(self) -> str | None:
        """The exercise this cell is for, from its tag ``exercise:NAME``."""
        return exercise_of({"metadata": self.metadata})


@dataclass(frozen=True)
class ParsedLesson:
    """What one reading of a lesson's source gave; whoever works on the lesson is handed this.

    Args:
        lesson: whose source it is.
        cells: in order.
        declared: what the header says under ``vislearn:``.
        sha256: digest of the text that was read.
    """

    lesson: Lesson
    cells: tuple[SourceCell, ...]
    declared: dict[str, Any]
    sha256: str

    @property
    def texts(self) -> list[str]:
        """Its prose, cell by cell."""
        return [cell.source for cell in self.cells if cell.kind == "markdown"]


def read_lesson(lesson: Lesson) -> ParsedLesson:
    """Read a lesson's source.

    A cell's id is the one its header gives (``# %% id="resize"``, or ``name=``), else that of its exercise,
    else a digest of its kind and text: it depends on nothing but the source, and a cell keeps its id
    wherever it is moved.

    Raises:
        FileError: the source is missing, breaks one of the few rules of a lesson's form, or declares
            something else in its header than a budget that can be kept.
    """
    path = lesson.source
    text = read_text(path)
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except ValidationError:
        raise _without_form(path) from None
    return ParsedLesson(
        lesson,
        tuple(_cells(path, text, notebook.cells)),
        _declared(path, notebook.metadata.get("vislearn", {})),
        text_digest(text),
    )


def _cells(path: Path, text: str, parsed: list[Any]) -> list[SourceCell]:
    markers = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
    if len(parsed) != len(markers):
        raise _without_form(path)
    cells = [_cell(path, cell, line) for cell, line in zip(parsed, markers, strict=True)]
    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        raise FileError(
            path, "does not begin with its title", fix="Let the first cell be markdown that begins: # Title"
        )
    return _numbered(path, cells)


def _without_form(path: Path) -> FileError:
    return FileError(
        path,
        "has text before its first cell, or a header that jupytext can't read",
        fix="Begin with the line: # %% [markdown]",
    )


def _declared(path: Path, header: dict[str, Any]) -> dict[str, Any]:
    declared = {key: dict(value) if isinstance(value, dict) else value for key, value in header.items()}
    if unknown := sorted(set(declared) - {"budget"}):
        raise FileError(path, f"declares {unknown[0]!r} in its header", fix="Only budget: is known there.")
    try:
        budget_of({"vislearn": declared})
    except (InputError, TypeError) as error:
        raise FileError(path, "declares a budget that can't be kept", fix=str(error)) from None
    return declared


def _cell(path: Path, cell: Any, line: int) -> SourceCell:
    given = cell.metadata.get("id") or cell.metadata.get("name")
    metadata = {key: value for key, value in cell.metadata.items() if key not in _LAYOUT}
    made = SourceCell(cell.cell_type, cell.source, given or "", line, metadata)
    if made.kind == "raw":
        raise FileError(f"{path}:{line}", "is a raw cell", fix="Use # %% [markdown] or # %%")
    if given is not None and not _ID.fullmatch(given):
        raise FileError(
            f"{path}:{line}", f"has the id {given!r}", fix="Use 1 to 64 letters, digits, - and _ only."
        )
    if made.kind == "code" and not made.source.strip() and made.exercise is None:
        raise FileError(f"{path}:{line}", "is an empty code cell", fix="Fill or delete it.")
    if made.kind == "markdown" and "\t" in made.source:
        raise FileError(f"{path}:{line}", "has a tab in its text", fix="Indent with spaces.")
    return made


def _numbered(path: Path, cells: list[SourceCell]) -> list[SourceCell]:
    """Give every cell its id; those that would be the same are numbered from the second on."""
    given = Counter(cell.id for cell in cells if cell.id)
    if twice := [cell for cell in cells if cell.id and given[cell.id] > 1]:
        raise FileError(
            f"{path}:{twice[1].line}", f"has the id {twice[1].id!r} of another cell", fix="Rename it."
        )
    seen, named = Counter(given), []
    for cell in cells:
        made = cell.id or _made_id(cell)
        if not cell.id:
            seen[made] += 1
        named.append(replace(cell, id=made if cell.id or seen[made] == 1 else f"{made}-{seen[made]}"))
    return named


def _made_id(cell: SourceCell) -> str:
    if cell.exercise:  # its text is the starter's, which may be improved without moving anybody's answer
        return re.sub(r"[^A-Za-z0-9_-]", "-", f"exercise-{cell.exercise}")[:60]
    return hashlib.sha256(f"{cell.kind}\0{cell.source}".encode()).hexdigest()[:8]
