"""Which of a notebook's cells answers an exercise, and which other statements that answer needs."""

import ast
import dis
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any

from vislearn.grading.judge import Program
from vislearn.grading.notebooks import Cell, Notebook, parsed
from vislearn.language import N_

__all__ = ["Found", "find_answer"]

_NOT_RUN = {"check", "use", "hint", "solution"}  # what asks the course for verdicts, hints and solutions
_LOADS = {"LOAD_NAME", "LOAD_GLOBAL"}


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
        function in names.bound
        and not names.asks_the_course
        and not isinstance(statement, ast.Import | ast.ImportFrom)
        for statement, names in zip(cell.tree or [], _names(cell.source), strict=True)
    )


def _is_function(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name == name


# -- what an answer needs


@dataclass(frozen=True)
class _Names:
    """What a statement gives to the others, and takes from them."""

    bound: frozenset[str]
    used: frozenset[str]
    imports_all: bool
    asks_the_course: bool


@lru_cache(maxsize=4096)
def _names(source: str) -> tuple[_Names, ...]:
    """Of each statement of a cell."""
    return tuple(
        _Names(
            frozenset(_bound(statement)),
            frozenset(_used(statement)),
            _imports_all(statement),
            _asks_the_course(statement),
        )
        for statement in parsed(source) or []
    )


def _needed(cells: Sequence[Cell], answer: Cell, function: str) -> tuple[Mapping[str, Any], ...]:
    """All statements that the answer's names lead to, directly or by others, in the notebook's order."""
    statements = [
        (cell, place, names)
        for cell in cells
        for place, names in enumerate(_names(cell.source))
        if not names.asks_the_course and (cell is answer or function not in names.bound)
    ]
    keep: dict[int, list[int]] = {}
    for number in _reached([names for _cell, _place, names in statements], function):
        cell, place, _names_there = statements[number]
        keep.setdefault(cell.number, []).append(place)
    by_number = {cell.number: cell for cell in cells}
    return tuple(
        {"name": by_number[number].name, "source": by_number[number].source, "keep": places}
        for number, places in keep.items()
    )


def _reached(statements: Sequence[_Names], function: str) -> list[int]:
    """The numbers of the statements that a name leads to; one that imports all may give it any name."""
    binding: dict[str, list[int]] = defaultdict(list)
    for number, names in enumerate(statements):
        for name in names.bound:
            binding[name].append(number)
    chosen = {number for number, names in enumerate(statements) if names.imports_all}
    waiting = [function]
    while waiting:
        for number in binding.pop(waiting.pop(), ()):
            chosen.add(number)
            waiting.extend(statements[number].used)
    return sorted(chosen)


def _asks_the_course(statement: ast.stmt) -> bool:
    """Does it call a check or its kin? Those run outside of the jail, and an answer needs none of them."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    return bool(_used(statement) & _NOT_RUN)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value to, or changes an item or an attribute of."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name.partition(".")[0]) for alias in statement.names}
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= _bound(node)
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found |= _root(node)
    return found


def _root(target: ast.expr) -> set[str]:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()


def _imports_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names)


def _used(statement: ast.stmt) -> set[str]:
    """The names that a statement takes from the notebook; a function's own and its parameters are none."""
    try:
        return set(_loaded(compile(ast.Module([statement], []), "cell", "exec")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _loaded(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in _LOADS:
            yield str(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loaded(constant)
