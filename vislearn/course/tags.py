"""What a lesson's cell tells the checker by its tags."""

import re
from collections.abc import Mapping
from typing import Any

from vislearn.errors import InputError

__all__ = ["EXACT", "MAY_STOP", "MAY_WARN", "budget_s", "exercise_of", "has_tag"]

EXACT = "exact"
MAY_WARN = "shows-warning"
MAY_STOP = "raises-exception"  # Jupyter's own: the cell shows an error on purpose
_BUDGET = "budget:"
_EXERCISE = "exercise:"
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def has_tag(cell: Mapping[str, Any], tag: str) -> bool:
    """Is the cell tagged so?"""
    return tag in cell.get("metadata", {}).get("tags", [])


def exercise_of(cell: Mapping[str, Any]) -> str | None:
    """The exercise whose answer the cell holds: from its tag ``exercise:NAME``.

    >>> exercise_of({"metadata": {"tags": ["exercise:vision.iou"]}})
    'vision.iou'
    """
    tags = cell.get("metadata", {}).get("tags", [])
    return next((tag.removeprefix(_EXERCISE) for tag in tags if tag.startswith(_EXERCISE)), None)


def budget_s(cell: Mapping[str, Any], default: float) -> float:
    """How many seconds the cell may run: from its tag ``budget:20s``, else ``default``.

    Raises:
        InputError: the tag names no number of seconds.

    >>> budget_s({"metadata": {"tags": ["budget:2.5s"]}}, 300)
    2.5
    """
    for tag in cell.get("metadata", {}).get("tags", []):
        if tag.startswith(_BUDGET):
            if not (found := _SECONDS.fullmatch(tag.removeprefix(_BUDGET))):
                raise InputError("a cell's tag", "must be like budget:20s", got=repr(tag))
            return float(found[1])
    return default
