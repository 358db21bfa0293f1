"""A lesson's source, ``NN_name.py`` in jupytext's percent format, read once: its cells have ids that stay."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jupytext
from nbformat import ValidationError

from vislearn import questions
from vislearn.course.budgets import Budget, budget_of
from vislearn.course.building.header import read_header
from vislearn.course.building.options import split_options
from vislearn.course.lessons import Lesson, is_lesson_name, read_text, text_digest
from vislearn.course.tags import EXACT, exercise_of
from vislearn.errors import FileError, InputError
from vislearn.questions import Question
from vislearn.sidecar import code_digest

__all__ = ["FOLD", "ParsedLesson", "SourceCell", "read_lesson"]

FOLD = "fold"  # the role of a line that stands for a folded cell's code

_MARKER = re.compile(r"# ?%%+(\s|$)")
_REASON = re.compile(r"^#\s+# \S", re.MULTILINE)  # a comment inside the header
_USES = re.compile(r"^\w+ = use\(", re.MULTILINE)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# what jupytext remembers about how the text was laid out: no part of the notebook
_HIDDEN = {"jupyter": {"source_hidden": True}}
_LAYOUT = {"id", "name", "title", "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}


@dataclass(frozen=True)
class SourceCell:
    """One cell of the notebook: its ``kind`` is ``"markdown"`` or ``"code"``.

    Attributes:
        kind: as above.
        source: its text; of code, what a learner sees.
        id: stays, wherever the cell is moved.
        line: that of the ``# %%`` above it.
        metadata: tags and the like.
        options: what ``#| key: value`` says above its code.
        above: how many lines that takes.
        role: ``FOLD`` where the source is a sentence about the folded cell below.
        question: what the cell asks, if it does.
    """

    kind: str
    source: str
    id: str
    line: int
    metadata: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    above: int = 0
    role: str = ""
    question: Question | None = None

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
        cells: in order, one for each of the notebook's.
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
        return [cell.source for cell in self.cells if cell.kind == "markdown" and cell.role != FOLD]


def read_lesson(lesson: Lesson) -> ParsedLesson:
    """Read a lesson's source.

    A cell's id is the one its header gives (``# %% id="resize"``, or ``name=``), else that of its exercise,
    else a digest of its kind and text: it depends on nothing but the source, and a cell keeps its id
    wherever it is moved.

    Raises:
        FileError: the source is missing, breaks one of the few rules of a lesson's form, declares something
            else in its header than what is known there, or more seconds than usual and no reason.
    """
    path = lesson.source
    text = read_text(path)
    try:
        notebook = jupytext.reads(text, fmt="py:percent")
    except ValidationError:
        raise _without_form(path) from None
    declared = read_header(path, notebook.metadata.get("vislearn", {}))
    _require_reason(path, text, budget_of({"vislearn": declared}))
    return ParsedLesson(lesson, tuple(_cells(lesson, text, notebook.cells)), declared, text_digest(text))


def _require_reason(path: Path, text: str, budget: Budget) -> None:
    """Who takes more of a learner's time than other lessons says what for, in a comment of the header."""
    header = text.partition("\n# ---\n")[0]
    if budget.seconds > Budget.seconds and not _REASON.search(header):
        raise FileError(
            path,
            f"declares {budget.seconds:g} seconds, more than {Budget.seconds}, and no reason",
            fix="Say in a comment above the budget what needs the time.",
        )


def _cells(lesson: Lesson, text: str, parsed: list[Any]) -> list[SourceCell]:
    path = lesson.source
    markers = [number for number, line in enumerate(text.splitlines(), 1) if _MARKER.match(line)]
    if len(parsed) != len(markers):
        raise _without_form(path)
    cells = [_cell(lesson, cell, line) for cell, line in zip(parsed, markers, strict=True)]
    if not cells or cells[0].kind != "markdown" or not cells[0].source.startswith("# "):
        raise FileError(
            path, "does not begin with its title", fix="Let the first cell be markdown that begins: # Title"
        )
    named = _numbered(path, cells)
    _require_one_meaning(path, named)
    return list(_with_lines_above_folded(named))


def _without_form(path: Path) -> FileError:
    return FileError(
        path,
        "has text before its first cell, or a header that jupytext can't read",
        fix="Begin with the line: # %% [markdown]",
    )


def _cell(lesson: Lesson, cell: Any, line: int) -> SourceCell:
    path = lesson.source
    given = cell.metadata.get("id") or cell.metadata.get("name")
    metadata = {key: value for key, value in cell.metadata.items() if key not in _LAYOUT}
    made = SourceCell(cell.cell_type, cell.source, given or "", line, metadata)
    if made.kind == "code":
        options, code, above = split_options(cell.source, path, line + 1)
        made = replace(made, source=code, options=options, above=above)
    elif any(kind in metadata for kind in questions.KINDS):
        return _question(lesson, made)
    if FOLD in made.options:
        made = replace(made, metadata=metadata | _HIDDEN)
    if made.kind == "raw":
        raise FileError(f"{path}:{line}", "is a raw cell", fix="Use # %% [markdown] or # %%")
    if given is not None and not _ID.fullmatch(given):
        raise FileError(
            f"{path}:{line}", f"has the id {given!r}", fix="Use 1 to 64 letters, digits, - and _ only."
        )
    if made.kind == "code" and not made.source.strip() and made.exercise is None:
        raise FileError(f"{path}:{line}", "is an empty code cell", fix="Fill or delete it.")
    if EXACT in metadata.get("tags", []) and _USES.search(made.source):
        raise FileError(
            f"{path}:{line}",
            f"is tagged {EXACT} and runs with an answer: what `use` prints depends on the learner",
            fix="Take the tag away, or move the line with `use` into a cell above.",
        )
    if made.kind == "markdown" and "\t" in made.source:
        raise FileError(f"{path}:{line}", "has a tab in its text", fix="Indent with spaces.")
    return made


def _question(lesson: Lesson, cell: SourceCell) -> SourceCell:
    """A question as the cell that asks it, with its code out of sight."""
    metadata = dict(cell.metadata)
    kind = next(kind for kind in questions.KINDS if kind in metadata)
    key, explained = metadata.pop(kind), metadata.pop("lesson", "")
    name = f"{lesson.number}.{key}"
    where = f"{lesson.source}:{cell.line}"
    if not _ID.fullmatch(str(key)):
        fix = "Use 1 to 64 letters, digits, - and _ only."
        raise FileError(where, f"has a question named {key!r}", fix=fix)
    if kind == "recall" and not is_lesson_name(explained):
        fix = 'Name it: recall="softmax" lesson="00_overview".'
        raise FileError(where, f"recalls from the lesson {explained!r}", fix=fix)
    try:
        asked = questions.parse_question(name, cell.source, kind, explained)
    except InputError as error:
        raise FileError(where, "asks no question that can be shown", fix=f"{error}") from None
    return replace(
        cell,
        kind="code",
        source=f'vl.widgets.ask("{name}")',
        id=cell.id or f"{kind}-{key}"[:64],
        metadata=metadata | _HIDDEN,
        question=asked,
    )


def _require_one_meaning(path: Path, cells: list[SourceCell]) -> None:
    """The running kernel knows a cell by its code, so cells with the same code can't have other options."""
    first: dict[str, SourceCell] = {}
    asked: set[str] = set()
    for cell in cells:
        if cell.question and cell.question.name in asked:
            what = f"has the name of another question, {cell.question.name.partition('.')[2]!r}"
            raise FileError(f"{path}:{cell.line}", what, fix="Rename it.")
        asked |= {cell.question.name} if cell.question else set()
        if cell.kind != "code" or cell.exercise:
            continue
        before = first.setdefault(code_digest(cell.source), cell)
        if before.options != cell.options:
            raise FileError(
                f"{path}:{cell.line}",
                f"has the same code as the cell at line {before.line} and other options",
                fix="Change one of them, or give both the same options.",
            )


def _with_lines_above_folded(cells: list[SourceCell]) -> Iterator[SourceCell]:
    for cell in cells:
        if sentence := cell.options.get(FOLD):
            yield SourceCell("markdown", sentence, f"{cell.id[:59]}-fold", cell.line, role=FOLD)
        yield cell


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
