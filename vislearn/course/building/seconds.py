"""How long the lessons take: measured whenever a notebook is built, kept for README in one small file."""

import json
import platform
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vislearn.course.lessons import Lesson
from vislearn.files import write_text

__all__ = ["built_seconds", "cell_seconds", "measured_rows", "note_seconds"]

# "built": each lesson's newest figure, its cells of a second or more, and the machine that built it.
# "elsewhere": rows that somebody measured on other machines, edited by hand.
_FILE = "seconds.json"
_WORTH_NOTING_S = 1.0


def note_seconds(
    lesson: Lesson, seconds: float, threads: int, cells: Mapping[str, float] | None = None
) -> None:
    """Keep how long a lesson's cells took here, in place of what they took when it was built before.

    Args:
        lesson: whose notebook was just built.
        seconds: from the start of its kernel to its last cell.
        threads: how many its arithmetic used.
        cells: what each of its cells took, by id.
    """
    path = _file(lesson.root)
    kept = _read(path)
    slow = {cell: round(took, 1) for cell, took in (cells or {}).items() if took >= _WORTH_NOTING_S}
    figure = {"seconds": round(seconds), "machine": _this_machine(threads)}
    kept["built"][lesson.name] = figure | ({"cells": slow} if slow else {})
    kept["built"] = dict(sorted(kept["built"].items()))
    write_text(path, json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def measured_rows(root: Path) -> dict[str, dict[str, int]]:
    """Seconds by machine and lesson: first where the notebooks were built, then the other machines.

    Args:
        root: the folder of the lessons.
    """
    kept = _read(_file(root))
    rows: dict[str, dict[str, int]] = {}
    for name, figure in kept["built"].items():
        rows.setdefault(figure["machine"], {})[name] = figure["seconds"]
    return rows | {row["machine"]: row["seconds"] for row in kept["elsewhere"]}


def built_seconds(root: Path) -> dict[str, float]:
    """What each lesson took where it was built last.

    Args:
        root: the folder of the lessons.
    """
    return {name: figure["seconds"] for name, figure in _read(_file(root))["built"].items()}


def cell_seconds(lesson: Lesson) -> dict[str, float]:
    """The cells that took a second or more when the lesson was built last, by id.

    Args:
        lesson: any.
    """
    return _read(_file(lesson.root))["built"].get(lesson.name, {}).get("cells", {})


def _file(root: Path) -> Path:
    return root / "source" / _FILE


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {"built": {}, "elsewhere": []}
    return json.loads(path.read_text(encoding="utf-8"))


def _this_machine(threads: int) -> str:
    return f"{threads} threads of {_processor()}, torch {version('torch')}"


def _processor() -> str:
    """As it calls itself; Python knows only the family on Linux."""
    told = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", told.read_text(), re.MULTILINE) if told.exists() else None
    return found[1] if found else platform.processor() or platform.machine()
