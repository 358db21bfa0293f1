"""Lessons as files: one source, its translations, and the executed notebooks that learners open.

``notebooks/source/NN_name.py`` is what a writer edits. `build` makes ``notebooks/NN_name.ipynb`` from it
and, with ``notebooks/source/bn/NN_name.po``, the same in Bengali; `update_translations` brings the ``.po``
files up to date; `check` says what is not as it should be; `solved` fills in the exercises' solutions.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vislearn.errors import MissingError

if TYPE_CHECKING:
    from vislearn.course.building.assembly import assemble, solved
    from vislearn.course.building.builder import build
    from vislearn.course.building.checker import check
    from vislearn.course.building.translations import update_translations
    from vislearn.course.lessons import Lesson, find_lessons
    from vislearn.course.problems import CellError, TranslationError
    from vislearn.course.translating.messages import check_messages, update_messages

__all__ = [
    "CellError",
    "Lesson",
    "TranslationError",
    "assemble",
    "build",
    "check",
    "check_messages",
    "find_lessons",
    "solved",
    "update_messages",
    "update_translations",
]

_HOMES = {
    "building.assembly": ("assemble", "solved"),
    "building.builder": ("build",),
    "building.checker": ("check",),
    "lessons": ("Lesson", "find_lessons"),
    "translating.messages": ("check_messages", "update_messages"),
    "problems": ("CellError", "TranslationError"),
    "building.translations": ("update_translations",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load what is asked for: running stored notebooks again needs less than building them."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:  # learners run notebooks; only writers build them
        if (error.name or "").startswith("vislearn"):
            raise
        raise MissingError(
            f"Building lessons needs {error.name}.", fix="Install it: pip install -e '.[author]'"
        ) from error
