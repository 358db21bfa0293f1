"""A lesson's prose in another language."""

import re
from collections.abc import Iterable
from pathlib import Path

from vislearn.course.building.source import read_cells
from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, languages, pick
from vislearn.course.problems import TranslationError
from vislearn.course.translating.blocks import blocks, replace_blocks
from vislearn.course.translating.catalogs import (
    Entry,
    catalog_problems,
    read_catalog,
    translations,
    update_catalog,
)
from vislearn.course.translating.messages import update_messages
from vislearn.problems import Problem

__all__ = [
    "lesson_messages",
    "translate_cell",
    "translated",
    "translation_problems",
    "update_translations",
]

_LINK = re.compile(r"(\]\(<?)(?![a-z]+:|/|#)([^)\s>]+)")  # relative ones
_LESSON = re.compile(r"\d\d_\w+\.ipynb")


def lesson_messages(lesson: Lesson) -> list[Entry]:
    """What there is to translate in a lesson, in order.

    Raises:
        FileError: the source is missing or breaks the form of a lesson.
    """
    return [
        Entry(block.text, [block.kind] if block.kind != "paragraph" else [])
        for cell in read_cells(lesson.source)
        if cell.kind == "markdown"
        for block in blocks(cell.source)
    ]


def update_translations(
    lessons: Iterable[Lesson | str] | None = None,
    language: str | None = None,
    *,
    root: Path | None = None,
    prune: bool = False,
) -> list[Path]:
    """Bring the catalogues up to date with the lessons' sources; the files that changed.

    Without any argument but ``prune`` the package's own messages are brought up to date too.

    Args:
        lessons: which lessons, as objects, names or numbers; default all.
        language: which language; default all.
        root: the folder of the lessons; default this checkout's.
        prune: forget translations of what is no longer there.

    Raises:
        InputError: there is no such lesson or language.
        FileError: a source or a catalogue is damaged.
    """
    changed = [
        lesson.translation(code)
        for lesson in pick(lessons, root)
        for code in languages(language)
        if code != SOURCE_LANGUAGE
        and update_catalog(
            lesson.translation(code),
            code,
            lesson_messages(lesson),
            title=f"{lesson.relative(lesson.source)} in {code}. Text: CC BY 4.0, as the lesson's.",
            prune=prune,
        )
    ]
    if lessons is None and language is None and root is None:
        changed += update_messages(prune=prune)
    return changed


def translation_problems(lesson: Lesson, language: str) -> list[Problem]:
    """What keeps a lesson from being built in ``language``.

    Raises:
        FileError: the source or the catalogue is damaged.
    """
    path = lesson.translation(language)
    update = f"vislearn lessons translate {lesson.name}"
    if not path.exists():
        return [Problem(lesson.relative(path), "is missing", f"Run: {update}, then translate it")]
    return catalog_problems(
        lesson.relative(path),
        read_catalog(path, language),
        [entry.message for entry in lesson_messages(lesson)],
        update=update,
        formatted=False,
    )


def translated(lesson: Lesson, language: str) -> dict[str, str]:
    """Every message of a lesson and its translation.

    Raises:
        TranslationError: something is missing, fuzzy or left over.
        FileError: the source or the catalogue is damaged.
    """
    if problems := translation_problems(lesson, language):
        raise TranslationError(problems)
    return translations(read_catalog(lesson.translation(language), language))


def translate_cell(markdown: str, messages: dict[str, str]) -> str:
    """A markdown cell in another language, for a notebook that lies one folder deeper.

    Links to other lessons lead to those in the same language; any other relative link goes up first.

    >>> translate_cell("[Next](01_pipeline.ipynb), [data](../data/README.md)",
    ...                {"[Next](01_pipeline.ipynb), [data](../data/README.md)":
    ...                 "[পরের পাঠ](01_pipeline.ipynb), [ডেটা](../data/README.md)"})
    '[পরের পাঠ](01_pipeline.ipynb), [ডেটা](../../data/README.md)'
    """

    def deeper(link: re.Match) -> str:
        return link[0] if _LESSON.match(link[2]) else f"{link[1]}../{link[2]}"

    return replace_blocks(markdown, lambda message: _LINK.sub(deeper, messages[message]))
