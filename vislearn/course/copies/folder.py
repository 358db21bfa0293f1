"""The folder of a learner's copy: made, and brought up to date, lesson by lesson."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from vislearn import checkout
from vislearn.course.copies.merging import (
    Merge,
    Notebook,
    edition,
    edition_of_copy,
    holds_work,
    merge,
    stamped,
)
from vislearn.course.lessons import HOME, SOURCE_LANGUAGE, is_lesson_name
from vislearn.errors import FileError, MissingError
from vislearn.files import replaced_whole
from vislearn.language import LANGUAGES

__all__ = [
    "BACKUPS",
    "Change",
    "copy_lessons",
    "course_notebooks",
    "is_copy",
    "outdated",
    "own_copy",
    "update_copy",
]

BACKUPS = "backups"
_DEFAULT = "my-lessons"


@dataclass(frozen=True)
class Change:
    """What happened to a lesson of a copy.

    Attributes:
        name: of the file, from the copy's folder: ``"bn/01_pipeline.ipynb"``.
        kind: ``"new"``; ``"renewed"``, where the learner had written nothing; ``"merged"``; ``"damaged"``,
            where it could not be read and a fresh one was put in its place.
        backup: what stood there before; None where no work of the learner's did.
        merge: what was brought together.
    """

    name: str
    kind: Literal["new", "renewed", "merged", "damaged"]
    backup: Path | None = None
    merge: Merge | None = None


def course_notebooks() -> Path:
    """Where the course's own notebooks lie: in the clone, or where the installed package put them.

    Raises:
        MissingError: this package came without its lessons.
    """
    folder = checkout.ROOT / "notebooks" if checkout.is_checkout() else _installed()
    if folder is None or not folder.is_dir():
        raise MissingError(
            "This vislearn came without its lessons.",
            fix="Install it again, or work in a clone of the course.",
        )
    return folder


def _installed() -> Path | None:
    home = checkout.shared_file(f"notebooks/{HOME}.ipynb")
    return home and home.parent


def is_copy(folder: Path) -> bool:
    """Are there lessons in it that were copied for a learner?"""
    for name in _names(folder):
        try:
            return edition_of_copy(_read(folder / name)) is not None
        except FileError:
            continue
    return False


def own_copy() -> Path:
    """The learner's copy: the folder they are in, if it is one; else ``my-lessons`` in the clone, or here."""
    here = Path.cwd()
    if is_copy(here):
        return here
    return (checkout.ROOT if checkout.is_checkout() else here) / _DEFAULT


def outdated(folder: Path) -> list[str]:
    """The lessons of a copy of which there is a newer edition: file names, from the folder."""
    source = course_notebooks()
    return [
        name for name in _names(source) if (folder / name).exists() and not _is_current(source, folder, name)
    ]


def _is_current(source: Path, folder: Path, name: str) -> bool:
    try:
        return edition_of_copy(_read(folder / name)) == edition(_read(source / name))
    except FileError:
        return False


def copy_lessons(folder: Path) -> list[Change]:
    """Copy all lessons, in all languages, into a new folder.

    Args:
        folder: that does not exist yet, or is empty.

    Raises:
        FileError: something lies there already, or nothing can be written there.
        MissingError: this package came without its lessons.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fix = "Bring it up to date: vislearn update." if is_copy(folder) else "Choose another name."
        raise FileError(folder, "is there already", fix=fix)
    return update_copy(folder)


def update_copy(folder: Path, *, with_work: bool = True) -> list[Change]:
    """Bring the course's present lessons into a copy. Files that are none of its lessons are left alone.

    A lesson is replaced in one step, after what stood there was backed up: killed at any moment, every file
    is the old one or the new one.

    Args:
        folder: of the copy; made if it isn't there.
        with_work: also lessons in which the learner has written; else those stay as they are.

    Returns:
        What was done, in the lessons' order; nothing for a lesson that was up to date.

    Raises:
        FileError: nothing can be written there.
        MissingError: this package came without its lessons.
    """
    source = course_notebooks()
    # one folder for all backups of this call, named so that the newest comes last
    backups = folder / BACKUPS / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    changes = (_bring(source / name, folder, name, backups, with_work) for name in _names(source))
    return [change for change in changes if change is not None]


def _bring(source: Path, folder: Path, name: str, backups: Path, with_work: bool) -> Change | None:
    course, target = _read(source), folder / name
    if not target.exists():
        _write(target, stamped(course))
        return Change(name, "new")
    try:
        mine = _read(target)
    except FileError:
        if not with_work:
            return None
        kept = _back_up(target, backups / name)
        _write(target, stamped(course))
        return Change(name, "damaged", kept)
    if edition_of_copy(mine) == edition(course):
        return None
    if not holds_work(mine, course):
        _write(target, stamped(course))
        return Change(name, "renewed")
    if not with_work:
        return None
    kept, both = _back_up(target, backups / name), merge(mine, course)
    _write(target, both.notebook)
    return Change(name, "merged", kept, both)


def _names(folder: Path) -> Iterator[str]:
    """The lessons of a folder and their home page, in all languages."""
    for language in LANGUAGES:
        place = folder if language == SOURCE_LANGUAGE else folder / language
        for path in sorted(place.glob("*.ipynb")):
            if path.stem == HOME or is_lesson_name(path.stem):
                yield path.relative_to(folder).as_posix()


def _read(path: Path) -> Notebook:
    """A notebook with cells that can be told apart.

    Raises:
        FileError: it is none.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for number, cell in enumerate(notebook["cells"]):
            cell.setdefault("id", f"cell-{number}")  # notebooks of old programs have none
            cell["metadata"], cell["source"] = dict(cell["metadata"]), "".join(cell["source"])
            str(cell["cell_type"])
        dict(notebook["metadata"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise FileError(path, "is no notebook that can be read", fix="Restore it from a backup.") from None
    return notebook


def _back_up(path: Path, kept: Path) -> Path:
    with replaced_whole(kept) as draft:
        shutil.copy2(path, draft)
    return kept


def _write(path: Path, notebook: Notebook) -> None:
    with replaced_whole(path, fix="Choose another folder: vislearn new FOLDER.") as draft:
        draft.write_text(
            json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
        )
