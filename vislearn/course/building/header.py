"""What the header of a lesson's source says under ``vislearn:``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vislearn.course.budgets import budget_of
from vislearn.course.lessons import is_lesson_name
from vislearn.errors import FileError, InputError

__all__ = ["read_header"]


def read_header(path: Path, header: dict[str, Any]) -> dict[str, Any]:
    """What a header declares: ``minutes``, ``level``, ``after``, ``budget``, as far as they are there.

    Args:
        path: of the source.
        header: what stands under ``vislearn:``.

    Raises:
        FileError: something is unknown there, or no such value as it must be.

    >>> read_header(Path("01_tiny.py"), {"minutes": 50, "level": 1, "after": ["00_overview"]})["minutes"]
    50
    """
    declared = {key: dict(value) if isinstance(value, dict) else value for key, value in header.items()}
    known = [*_VALUES, "budget"]
    if unknown := [key for key in declared if key not in known]:
        fix = f"Known there: {', '.join(known)}."
        raise FileError(path, f"declares {unknown[0]!r} in its header", fix=fix)
    for key, (holds, rule) in _VALUES.items():
        if key in declared and not holds(declared[key]):
            what = f"declares {key}: {declared[key]!r} in its header"
            raise FileError(path, what, fix=f"It must be {rule}.")
    try:
        budget_of({"vislearn": declared})
    except (InputError, TypeError) as error:
        raise FileError(path, "declares a budget that can't be kept", fix=str(error)) from None
    return declared


def _are_lessons(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and is_lesson_name(name) for name in value)


# beside the budget: key → whether a value is one, and the rule in words
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "minutes": (lambda value: type(value) is int and value > 0, "a whole number above zero"),
    "level": (lambda value: type(value) is int and 1 <= value <= 3, "1, 2 or 3"),
    "after": (_are_lessons, "a list of lessons, such as [00_overview]"),
}
