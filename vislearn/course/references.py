"""Is what a notebook stores one whole run of its present source? Else nothing could be compared with it."""

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

__all__ = ["age_fault", "run_fault"]

_PARTS = {"source_sha256": "source", "translation_sha256": "translation"}


def run_fault(notebook: NotebookNode) -> str:
    """Why its outputs are not those of one whole run, in words that follow its name; "" if they are.

    An empty cell, as JupyterLab leaves one behind the last, can't run and need not.
    """
    code = [
        (number, cell.execution_count)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and (cell.source.strip() or cell.execution_count is not None)
    ]
    if never := [number for number, count in code if count is None]:
        return f"was not run as a whole: cell {never[0]} never ran"
    if [count for _, count in code] != list(range(1, len(code) + 1)):
        return "was not run from top to bottom in one go"
    return ""


def age_fault(stored: Mapping[str, Any], present: Mapping[str, Any]) -> str:
    """Which of its files a notebook is older than, in words that follow its name; "" if it isn't.

    Args:
        stored: the notebook's metadata under ``vislearn``, with the digests of what it was made from.
        present: the same digests of the files as they are now.

    >>> age_fault({"source_sha256": "1"}, {"source_sha256": "2"})
    'is older than its source'
    """
    for key, name in _PARTS.items():
        if stored.get(key) != present.get(key):
            return f"is older than its {name}"
    return ""
