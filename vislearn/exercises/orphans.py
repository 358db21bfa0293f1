"""Cells and exercises that have lost each other: a lesson names what isn't there, or leaves out what is."""

import inspect
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path

from vislearn.exercises.folders import folder_of_name, place
from vislearn.exercises.registry import find, names
from vislearn.problems import Problem

__all__ = ["no_such_exercise", "orphans"]

Tag = tuple[str, str]


def orphans(tags: Iterable[Tag], near: Collection[str] | None = None) -> list[Problem]:
    """Every tag without its exercise, then every exercise without a cell; each problem names both files.

    Args:
        tags: where a cell is, ``"notebooks/source/01_pipeline.py:761"``, and the exercise it is tagged for;
            of all lessons, or exercises would seem to be in none.
        near: look only in the folders of these exercises; None means all.

    >>> str(orphans([("01_tiny.py:4", "pipeline.gone")], near=["pipeline.gone"])[0])[:56]
    "01_tiny.py:4 is tagged for an exercise that isn't there."
    """
    folders = set(map(folder_of_name, names() if near is None else near))
    tags = [tag for tag in tags if near is None or folder_of_name(tag[1]) in folders]
    there = [name for name in names() if folder_of_name(name) in folders]
    tagged = {name for _, name in tags}
    lost = [no_such_exercise(where, name) for where, name in tags if name not in there]
    return lost + [_no_cell(name, tags) for name in there if name not in tagged]


def no_such_exercise(where: str, name: str) -> Problem:
    """The complaint about a cell that is tagged for an exercise nobody wrote.

    Args:
        where: the cell, as ``"file:line"``.
        name: what its tag says.
    """
    fix = f"Write {name} in {_folder(name)}, or mend the tag."
    # whole names would be close to each other by their lesson alone
    functions = {known.partition(".")[2]: known for known in names()}
    if close := get_close_matches(name.partition(".")[2], functions, n=1):
        meant = functions[close[0]]
        fix += f" Did you mean {meant} ({_home(meant)})?"
    return Problem(where, "is tagged for an exercise that isn't there", fix)


def _no_cell(name: str, tags: list[Tag]) -> Problem:
    sources = {where.rpartition(":")[0] for where, tag in tags if folder_of_name(tag) == folder_of_name(name)}
    lesson = " or ".join(sorted(sources)) or "its lesson in notebooks/source"
    return Problem(
        _home(name),
        f"holds the exercise {name}, which no lesson has a cell for",
        f"Tag a cell exercise:{name} in {lesson}, or delete the exercise.",
    )


def _folder(name: str) -> str:
    return f"{place(Path(__file__).parent)}/lessons/{folder_of_name(name)}/"


def _home(name: str) -> str:
    """The file and line where an exercise is written."""
    function = find(name).reference
    return f"{place(Path(inspect.getfile(function)))}:{function.__code__.co_firstlineno}"
