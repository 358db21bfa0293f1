"""Which of a notebook's cells answers an exercise, and which other statements that answer needs."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from vislearn.grading.judge import Program
from vislearn.grading.notebooks import Cell, Notebook, parsed
from vislearn.grading.slicing import Names, reached
from vislearn.language import N_

__all__ = ["Found", "find_answer"]

_NOT_RUN = {"check", "use", "hint", "solution"}  # what asks the course for verdicts, hints and solutions


@dataclass(frozen=True)
class Found:
    """The answer to one exercise.

    Attributes:
        state: ``"answered"``, ``"untouched"``: nobody has begun; ``"broken"``: it is no Python;
            ``"missing"``: no cell holds it.
        program: the answer with what it needs; None unless it is answered.
        source: the answer's cell.
        remarks: what a teacher should know, marked with `N_`.
        way: how it was found: 0 by tag, 1 by id, 2 by name.
    """

    state: str
    program: Program | None = None
    source: str = ""
    remarks: tuple[str, ...] = ()
    way: int = 0


def find_answer(notebook: Notebook, exercise: str, cell_id: str) -> Found:
    """The answer: by the cell's tag, else by its id, else by the function's name; of several, the last.

    A starter that nobody has touched counts only where there is no other. A cell that was split in the middle
    of the function is put together again.

    Args:
        notebook: as handed in.
        exercise: its name.
        cell_id: of the cell that the course has for it.
    """
    function = exercise.rpartition(".")[2]
    cells = list(_rejoined(notebook.cells, exercise, cell_id))
    ways: tuple[tuple[str, Callable[[Cell], bool]], ...] = (
        ("", lambda cell: cell.exercise == exercise),
        (N_("Found by the cell's id: its tag is gone."), lambda cell: bool(cell_id) and cell.id == cell_id),
        (
            N_("Found by the function's name: the cell's tag and id are gone."),
            lambda cell: any(_is_function(statement, function) for statement in cell.tree or []),
        ),
    )
    for way, (remark, belongs) in enumerate(ways):
        answers = [
            cell for cell in cells if belongs(cell) and _defines(cell, function) and not cell.is_starter
        ]
        if answers:
            found = _found(cells, answers, function, remark, split=len(cells) < len(notebook.cells))
            return replace(found, way=way)
    own = [cell for cell in cells if cell.exercise == exercise or (cell_id and cell.id == cell_id)]
    broken = [cell for cell in own if cell.tree is None]
    if broken:
        return Found("broken", source=broken[-1].source)
    starters = [cell for cell in cells if _defines(cell, function)]
    return Found("untouched" if own or starters else "missing")


def _found(cells: Sequence[Cell], answers: list[Cell], function: str, remark: str, *, split: bool) -> Found:
    remarks = [remark] if remark else []
    if len(answers) > 1:
        remarks.append(N_("There are several answers: the last one counts."))
    if split:
        remarks.append(N_("The cell was split in two: both parts were put together."))
    answer = answers[-1]
    return Found(
        "answered", Program(function, _needed(cells, answer, function)), answer.source, tuple(remarks)
    )


def _rejoined(cells: Iterable[Cell], exercise: str, cell_id: str) -> Iterator[Cell]:
    """The cells, one that was split inside the exercise's function in one piece."""
    waiting = list(cells)
    while waiting:
        cell = waiting.pop(0)
        whole = (
            _with_rest(cell, waiting)
            if cell.exercise == exercise or (cell_id and cell.id == cell_id)
            else None
        )
        if whole is not None:
            waiting.pop(0)
        yield whole or cell


def _with_rest(cell: Cell, following: Sequence[Cell]) -> Cell | None:
    """The cell and the next one in one piece, where the next alone is no Python and both together are."""
    if not following or following[0].tree is not None:
        return None
    source = f"{cell.source.rstrip()}\n{following[0].source}"
    return None if parsed(source) is None else replace(cell, source=source)


def _defines(cell: Cell, function: str) -> bool:
    return any(
        function in known.names.bound
        and not known.asks_the_course
        and not isinstance(statement, ast.Import | ast.ImportFrom)
        for statement, known in zip(cell.tree or [], _statements(cell.source), strict=True)
    )


def _is_function(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name == name


# -- what an answer needs


@dataclass(frozen=True)
class _Statement:
    """What a learner's statement gives and takes, and whether it only asks the course."""

    names: Names
    asks_the_course: bool


@lru_cache(maxsize=4096)
def _statements(source: str) -> tuple[_Statement, ...]:
    """Those of a cell."""
    made = ((statement, Names.of(statement)) for statement in parsed(source) or [])
    return tuple(_Statement(names, _asks_the_course(statement, names)) for statement, names in made)


def _needed(cells: Sequence[Cell], answer: Cell, function: str) -> tuple[Mapping[str, Any], ...]:
    """All statements that the answer's names lead to, directly or by others, in the notebook's order."""
    statements = [
        (cell, place, known.names)
        for cell in cells
        for place, known in enumerate(_statements(cell.source))
        if not known.asks_the_course and (cell is answer or function not in known.names.bound)
    ]
    keep: dict[int, list[int]] = {}
    for number in reached([names for _cell, _place, names in statements], [function]):
        cell, place, _names_there = statements[number]
        keep.setdefault(cell.number, []).append(place)
    by_number = {cell.number: cell for cell in cells}
    return tuple(
        {"name": by_number[number].name, "source": by_number[number].source, "keep": places}
        for number, places in keep.items()
    )


def _asks_the_course(statement: ast.stmt, names: Names) -> bool:
    """Does it call a check or its kin? Those run outside of the jail, and an answer needs none of them."""
    return not isinstance(statement, ast.FunctionDef | ast.ClassDef) and bool(names.used & _NOT_RUN)
