"""A newer edition of a lesson, and what a learner wrote into an older one, brought together.

A copy remembers in its own metadata what each cell said when it came from the course. So it is known later
whose a cell is, wherever the file has been meanwhile:

| a cell of the learner's notebook | what becomes of it |
|---|---|
| as the course wrote it | the newer edition's takes its place, or it goes with what the course took out |
| an exercise that was answered | the answer stands in the newer edition's cell |
| edited, and the course has left it alone | stays as it is, where it is |
| edited, and the course has changed it too | the course's, and right below it the learner's |
| added | stays below the cell that it stood below |

Results of code that is the same in both stay the learner's.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vislearn.course.starters import is_starter
from vislearn.course.tags import exercise_of

__all__ = ["Merge", "Notebook", "edition", "edition_of_copy", "holds_work", "merge", "stamped"]

Notebook = dict[str, Any]
Cell = dict[str, Any]

_YOURS = "-yours"


@dataclass(frozen=True)
class Merge:
    """What came of it.

    Attributes:
        notebook: the newer edition with all that the learner wrote.
        answers: exercises whose answers were carried over.
        kept: how many other cells are the learner's.
        doubled: how many of these the course has changed too, so that both stand there.
    """

    notebook: Notebook
    answers: tuple[str, ...]
    kept: int
    doubled: int


def edition(course: Notebook) -> str:
    """A digest of all that the course says in a notebook; results don't count."""
    said = json.dumps([[_key(cell), _digest(cell)] for cell in course["cells"]])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def edition_of_copy(mine: Notebook) -> str | None:
    """The edition that a copy was made from; None: nobody has noted it there."""
    noted = _noted(mine).get("edition")
    return noted if isinstance(noted, str) else None


def stamped(course: Notebook) -> Notebook:
    """The course's notebook as a learner gets it: with a note of what each cell said."""
    said = course["metadata"].get("vislearn", {})
    cells = {_key(cell): _digest(cell) for cell in course["cells"]}
    note = said | {"copied": {"edition": edition(course), "cells": cells}}
    return course | {"metadata": course["metadata"] | {"vislearn": note}}


def holds_work(mine: Notebook, course: Notebook) -> bool:
    """Has the learner written anything into it: an answer, a cell, a word?

    Args:
        mine: the learner's notebook.
        course: the newer edition; what is the same there counts as the course's, too.
    """
    return any(_is_learners(cell, _base(mine, course)) for cell in mine["cells"])


def merge(mine: Notebook, course: Notebook) -> Merge:
    """Bring both together. Whatever the learner typed is in the result, in their order.

    Args:
        mine: the learner's notebook; left as it is, like the other.
        course: the newer edition.
    """
    base = _base(mine, course)
    places = {_key(cell): at for at, cell in enumerate(course["cells"])}
    inside: dict[int, Cell] = {}  # place in the course → the learner's cell that stands there
    results: dict[int, Cell] = {}  # place → the course's cell with the learner's results
    below: dict[int, list[Cell]] = defaultdict(list)  # place → what follows; -1: before everything
    at, doubled = -1, 0
    for cell in mine["cells"]:
        place = places.get(_key(cell))
        at = at if place is None else place
        if not _is_learners(cell, base):
            if place is not None:
                results[place] = _with_results(course["cells"][place], cell)
            continue
        # of an answer in two pieces the first stands in the exercise's cell, the second below it
        if place is not None and place not in inside and _may_stand_in(cell, course["cells"][place], base):
            inside[place] = _in_place(cell, course["cells"][place])
            continue
        doubled += place is not None and not exercise_of(cell)
        below[at].append(cell)
    whole = stamped(course)
    cells = list(_laid_out(course["cells"], results | inside, below))
    merged = whole | {"cells": cells}
    learners = [cell for cell in cells if _is_learners(cell, _base(merged, course))]
    answers = tuple(dict.fromkeys(name for cell in learners if (name := exercise_of(cell))))
    return Merge(merged, answers, sum(not exercise_of(cell) for cell in learners), doubled)


def _laid_out(
    course: list[Cell], inside: Mapping[int, Cell], below: Mapping[int, list[Cell]]
) -> Iterator[Cell]:
    taken = {cell["id"] for cell in course}
    for at, cell in enumerate([None, *course], start=-1):
        if cell is not None:
            yield inside.get(at, cell)
        for other in below.get(at, ()):
            yield other | {"id": _free_id(other["id"], taken)}


def _free_id(wanted: str, taken: set[str]) -> str:
    """An id that no other cell has; JupyterLab would give the second one a new id without saying so."""
    name, number = wanted, 0
    while name in taken:
        number += 1
        name = f"{wanted[:52]}{_YOURS}{number}"  # 64 characters at most
    taken.add(name)
    return name


def _is_learners(cell: Cell, base: Mapping[str, str]) -> bool:
    if not _source(cell).strip():
        return False
    known = base.get(_key(cell))
    if exercise_of(cell):  # one that was answered before it was copied is an answer all the same
        return not is_starter(_source(cell)) or known not in (None, _digest(cell))
    return known != _digest(cell)


def _may_stand_in(cell: Cell, course: Cell, base: Mapping[str, str]) -> bool:
    """May the learner's cell take the place of the course's?"""
    return bool(exercise_of(cell)) or base.get(_key(cell)) == _digest(course)


def _in_place(cell: Cell, course: Cell) -> Cell:
    """The learner's words in the course's cell, with its tags."""
    return cell | {"id": course["id"], "metadata": cell.get("metadata", {}) | course.get("metadata", {})}


def _with_results(course: Cell, cell: Cell) -> Cell:
    if course["cell_type"] != "code" or cell["cell_type"] != "code" or _digest(course) != _digest(cell):
        return course
    results = {key: cell[key] for key in ("outputs", "execution_count") if key in cell}
    return course | results


def _base(mine: Notebook, course: Notebook) -> Mapping[str, str]:
    """What the course said in each cell of the learner's notebook, when it was copied.

    A copy that somebody made by hand has no note of it. Then the newer edition is all there is to compare
    with, and cells of which it knows nothing count as the learner's: rather one too many than one too few.
    """
    noted = _noted(mine).get("cells")
    if isinstance(noted, dict):
        return noted
    return {_key(cell): _digest(cell) for cell in course["cells"] if not exercise_of(cell)}


def _noted(notebook: Notebook) -> Mapping[str, Any]:
    said = notebook.get("metadata", {}).get("vislearn", {})
    noted = said.get("copied", {}) if isinstance(said, dict) else {}
    return noted if isinstance(noted, dict) else {}


def _key(cell: Cell) -> str:
    """What a cell is found again by: its exercise, wherever it was pasted to, or its id."""
    name = exercise_of(cell)
    return f"exercise:{name}" if name else str(cell["id"])


def _digest(cell: Cell) -> str:
    return hashlib.sha256(f"{cell['cell_type']}\0{_source(cell)}".encode()).hexdigest()[:12]


def _source(cell: Cell) -> str:
    return "".join(cell["source"])
