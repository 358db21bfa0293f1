"""A learner's answers in a notebook: filled in, and what the checks say of them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nbformat import NotebookNode

from vislearn.course.starters import is_starter
from vislearn.course.tags import exercise_of
from vislearn.errors import require_one_of

__all__ = ["STATES", "answered", "checked_exercise", "exercises_of", "fill_in_answers", "verdict_of"]

STATES = ("untouched", "half-solved", "wrong", "solved")
_CHECK = re.compile(r"""\bcheck\(\s*["']([\w.]+)["']""")
_STATUS = {"✎": "not attempted", "✗": "wrong", "✓": "right", "!": "error"}


def exercises_of(notebook: NotebookNode) -> list[str]:
    """The exercises a notebook has a cell for, in order."""
    return [name for cell in notebook.cells if (name := exercise_of(cell))]


def answered(notebook: NotebookNode, untouched: NotebookNode) -> list[str]:
    """The exercises in whose cells a learner has written; a starter of older words is none.

    Args:
        notebook: as it lies there.
        untouched: as its source makes it; its cells have the same ids.
    """
    starters = {cell.get("id"): cell.source for cell in untouched.cells if exercise_of(cell)}
    return [
        name
        for cell in notebook.cells
        if (name := exercise_of(cell))
        and cell.source != starters.get(cell.get("id"), cell.source)
        and not is_starter(cell.source)
    ]


def fill_in_answers(notebook: NotebookNode, state: str) -> dict[str, bool]:
    """Make it the notebook of a learner; outputs stay as they are.

    Args:
        notebook: as it is stored.
        state: ``"untouched"``; ``"half-solved"``: every other exercise, from the first; ``"wrong"``: each
            answer gives None back; ``"solved"``.

    Returns:
        The exercises that were answered: name → is the answer right?

    Raises:
        InputError: a cell is for an exercise that isn't there, or there is no such state.
    """
    require_one_of("state", state, STATES)
    cells = [(name, cell) for cell in notebook.cells if (name := exercise_of(cell))]
    if state == "wrong":
        for name, cell in cells:
            cell.source = f"def {name.rpartition('.')[2]}(*given, **named):\n    return None"
        return {name: False for name, _cell in cells}
    if state == "untouched":
        return {}
    from vislearn.exercises import solution_source  # takes torch along, which reading a notebook need not

    chosen = cells[:: 2 if state == "half-solved" else 1]
    for name, cell in chosen:
        cell.source = solution_source(name)
    return {name: True for name, _cell in chosen}


def checked_exercise(cell: NotebookNode) -> str | None:
    """The exercise that a cell asks ``check`` about."""
    found = _CHECK.search(cell.source) if cell.cell_type == "code" else None
    return found[1] if found else None


def verdict_of(outputs: Iterable[Mapping[str, Any]]) -> str:
    """What a check answered, from its cell's outputs: a verdict's status, or the words that stand there.

    >>> verdict_of([{"data": {"text/plain": "✓ Right: well done"}}])
    'right'
    """
    texts = [out["data"]["text/plain"] for out in outputs if "text/plain" in out.get("data", {})]
    return _STATUS.get(texts[-1][0], texts[-1]) if texts else "no answer"
