"""A learner's answers in a notebook: filled in, and what the checks say of them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nbformat import NotebookNode

from vislearn.course.tags import exercise_of

__all__ = ["checked_exercise", "exercises_of", "fill_in_solutions", "verdict_of"]

_CHECK = re.compile(r"""\bcheck\(\s*["']([\w.]+)["']""")
_STATUS = {"✎": "not attempted", "✗": "wrong", "✓": "right", "!": "error"}


def exercises_of(notebook: NotebookNode) -> list[str]:
    """The exercises a notebook has a cell for, in order."""
    return [name for cell in notebook.cells if (name := exercise_of(cell))]


def fill_in_solutions(notebook: NotebookNode) -> None:
    """Make it the notebook of a learner who got everything right; outputs stay as they are.

    Raises:
        InputError: a cell is for an exercise that isn't there.
    """
    from vislearn.exercises import solution_source  # takes torch along, which reading a notebook need not

    for cell in notebook.cells:
        if name := exercise_of(cell):
            cell.source = solution_source(name)


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
