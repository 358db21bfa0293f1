"""A stored notebook and the same run again: does a learner still see the same?

Values are compared within their tolerance, pictures by meaning, text only where a cell is tagged ``exact``.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, digest
from vislearn.course.outputs import stored_outputs
from vislearn.course.references import age_fault, run_fault
from vislearn.course.regression.differences import Difference
from vislearn.course.regression.texts import text_differences
from vislearn.course.regression.values import value_differences
from vislearn.course.regression.views import view_differences
from vislearn.course.tags import EXACT, MAY_STOP, MAY_WARN, has_tag
from vislearn.problems import Problem

__all__ = ["lesson_of", "reference_problems", "regressions"]

_WARNING = re.compile(r"\b(\w*Warning)\b: ")


def regressions(cell: NotebookNode, fresh: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """How a cell that was run again differs from what the notebook stores, in what a learner sees.

    Args:
        cell: a code cell with its stored outputs.
        fresh: the outputs of this run, as the kernel sent them.
    """
    stored, now = stored_outputs(cell.outputs), stored_outputs(list(map(NotebookNode, fresh)))
    differences = _warnings(stored, now, expected=has_tag(cell, MAY_WARN))
    was, came = _error(stored), _error(now)
    if has_tag(cell, MAY_STOP):
        differences += [Difference("the cell stops with something else", was, came)] if was != came else []
    elif was:
        differences.append(Difference("the stored output is an error", detail=was))
    differences += value_differences(stored, now)
    differences += view_differences(stored, now)
    if has_tag(cell, EXACT):
        differences += text_differences(stored, now)
    return differences


def lesson_of(notebook: NotebookNode, path: Path) -> Lesson | None:
    """The lesson a notebook was built from, if its source is where it should be.

    Args:
        notebook: as read from ``path``.
        path: where it lies.
    """
    made = notebook.metadata.get("vislearn", {})
    if "lesson" not in made:
        return None
    root = path.parent if made["language"] == SOURCE_LANGUAGE else path.parent.parent
    return Lesson(root, made["lesson"])


def reference_problems(notebook: NotebookNode, path: Path, *, where: str, fix: str) -> list[Problem]:
    """What makes a stored notebook unfit to compare with: cells that never ran, an older source.

    Args:
        notebook: as read from ``path``.
        path: where it lies.
        where: what people call it.
        fix: what they can do about it, a sentence.
    """
    lesson, made = lesson_of(notebook, path), notebook.metadata.get("vislearn", {})
    age = age_fault(made, _digests(lesson, made)) if lesson else ""
    return [Problem(where, fault, fix) for fault in (run_fault(notebook), age) if fault]


def _digests(lesson: Lesson, made: Mapping[str, Any]) -> dict[str, str]:
    """Of the files that a notebook was made from, as they are now; a file that is gone has none."""
    files = {"source_sha256": lesson.source, "translation_sha256": lesson.translation(made["language"])}
    return {key: digest(file) if file.exists() else "" for key, file in files.items() if key in made}


def _warnings(stored: list[NotebookNode], fresh: list[NotebookNode], *, expected: bool) -> list[Difference]:
    was, now = _stderr(stored), _stderr(fresh)
    if not expected:
        return [Difference("the cell writes to stderr, which learners would see", detail=now)] if now else []
    if bool(was) != bool(now):
        return [
            Difference(
                f"the cell is tagged {MAY_WARN}, and what it shows came or went",
                *(text.strip() or "no warning" for text in (was, now)),
            )
        ]
    kinds = [sorted(set(_WARNING.findall(text))) for text in (was, now)]
    if kinds[0] != kinds[1]:
        was, now = (", ".join(kind) for kind in kinds)
        return [Difference("the cell warns of something else", was, now)]
    return []


def _error(outputs: list[NotebookNode]) -> str:
    """The error among the outputs, in words; "" for none."""
    errors = (output for output in outputs if output.output_type == "error")
    return next((f"{error.ename}: {error.evalue}" for error in errors), "")


def _stderr(outputs: list[NotebookNode]) -> str:
    return "".join(output.text for output in outputs if output.get("name") == "stderr")
