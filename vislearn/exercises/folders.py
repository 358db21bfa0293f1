"""Where exercises lie: a folder of `vislearn.exercises.lessons` for each lesson, found and never listed."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from vislearn.checkout import PACKAGE

__all__ = ["folder_of_module", "folder_of_name", "folders", "load", "place"]

_LESSONS = Path(__file__).parent / "lessons"  # read as a folder: importing the package is `load`'s business
_PACKAGE = f"{__package__}.lessons"


def folders() -> list[str]:
    """The lessons that have exercises, in order of their names.

    >>> "pipeline" in folders()
    True
    """
    return [found.name for found in iter_modules([str(_LESSONS)]) if found.ispkg]


def load(folder: str) -> None:
    """Import every module of one lesson's folder, in order of their names, and so register its exercises.

    Args:
        folder: one of `folders`.
    """
    for found in iter_modules([str(_LESSONS / folder)]):
        import_module(f"{_PACKAGE}.{folder}.{found.name}")


def folder_of_name(name: str) -> str:
    """The folder an exercise of that name belongs into.

    >>> folder_of_name("pipeline.normalize")
    'pipeline'
    """
    return name.partition(".")[0]


def folder_of_module(module: str) -> str | None:
    """The folder a module lies in; None for one outside, where nobody would look for an exercise.

    >>> folder_of_module("vislearn.exercises.lessons.pipeline.ranges")
    'pipeline'
    """
    if not module.startswith(f"{_PACKAGE}."):
        return None
    return module.removeprefix(f"{_PACKAGE}.").partition(".")[0]


def place(path: Path) -> str:
    """A file of the package, as people in the repository's root would type it.

    >>> place(PACKAGE / "exercises" / "lessons")
    'vislearn/exercises/lessons'
    """
    return path.relative_to(PACKAGE.parent).as_posix()
