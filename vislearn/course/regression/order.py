"""Which file of tests begins first: the longest, so that no worker is left with it at the end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["longest_first", "seconds_by_file"]

# What a test takes on average, by how its file's name begins or ends, the first that fits: good enough to
# sort by, until it was measured here. Files of a single long test must not come last, on one worker alone.
_GUESSES_S = {
    ".ipynb": 1.5,
    "tests/notebooks/test_run_all.py": 2,
    "tests/notebooks/test_nbval.py": 4,
    "tests/notebooks/": 1,
    "tests/browser/": 15,
    "/test_new_lesson.py": 40,
    "/test_run_together.py": 30,
    "/test_style.py": 7,
    "tests/benchmarks/test_lessons.py": 6,
    "/test_project.py": 1.5,  # an exercise whose every answer is a training
    "": 0.1,
}

Item = TypeVar("Item")


def longest_first(
    items: list[Item], file_of: Mapping[Item, str], measured: Mapping[str, float]
) -> list[Item]:
    """The same tests, file by file; within a file their order stays.

    Args:
        items: as collected.
        file_of: the file of each.
        measured: seconds of files that ran here before; the others are guessed from the number of tests.

    >>> longest_first(["a1", "b1", "b2"], {"a1": "a.py", "b1": "b.py", "b2": "b.py"}, {"a.py": 9})
    ['a1', 'b1', 'b2']
    >>> longest_first(["a1", "b1", "b2"], {"a1": "a.py", "b1": "b.py", "b2": "b.py"}, {})
    ['b1', 'b2', 'a1']
    """
    counts = Counter(file_of[item] for item in items)
    order = {name: -measured.get(name, count * _guess(name)) for name, count in counts.items()}
    return sorted(items, key=lambda item: (order[file_of[item]], file_of[item]))


def _guess(name: str) -> float:
    return next(
        seconds for part, seconds in _GUESSES_S.items() if name.startswith(part) or name.endswith(part)
    )


def seconds_by_file(durations: Iterable[tuple[str, float]]) -> dict[str, float]:
    """What each file took, from what its tests took.

    Args:
        durations: of each phase of each test: its file, and seconds.

    >>> seconds_by_file([("a.py", 1.0), ("b.py", 0.5), ("a.py", 0.25)])
    {'a.py': 1.25, 'b.py': 0.5}
    """
    total: dict[str, float] = {}
    for name, seconds in durations:
        total[name] = total.get(name, 0) + seconds
    return {name: round(seconds, 2) for name, seconds in total.items()}
