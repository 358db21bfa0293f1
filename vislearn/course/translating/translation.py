"""A lesson's prose in another language."""

import re
from collections.abc import Iterable

from vislearn.course.lessons import Lesson
from vislearn.course.problems import TranslationError
from vislearn.course.translating.blocks import blocks, replace_blocks
from vislearn.course.translating.catalogs import Entry, catalog_problems, read_catalog, translations
from vislearn.course.translating.proof import proof
from vislearn.problems import Problem

__all__ = ["prose_messages", "translate_cell", "translated"]

_LINK = re.compile(r"(\]\(<?)(?![a-z]+:|/|#)([^)\s>]+)")  # relative ones
_LESSON = re.compile(r"\d\d_\w+\.ipynb")


def prose_messages(texts: Iterable[str]) -> list[Entry]:
    r"""What there is to translate in a lesson's markdown cells, in order.

    >>> [entry.message for entry in prose_messages(["# Pixels\n\nOne byte.", "`uint8`"])]
    ['Pixels', 'One byte.']
    """
    return [
        Entry(block.text, [block.kind] if block.kind != "paragraph" else [])
        for text in texts
        for block in blocks(text)
    ]


def translated(lesson: Lesson, language: str, entries: Iterable[Entry]) -> dict[str, str]:
    """Every message of a lesson and its translation.

    Args:
        lesson: whose catalogue is read.
        language: into which language.
        entries: what there is to translate in its source.

    Raises:
        TranslationError: something is missing, fuzzy or left over, or said otherwise than the course does.
        FileError: the catalogue is damaged.
    """
    path = lesson.translation(language)
    where, update = lesson.relative(path), f"vislearn lessons translate {lesson.name}"
    if not path.exists():
        raise TranslationError([Problem(where, "is missing", f"Run: {update}, then translate it")])
    catalog = read_catalog(path, language)
    messages = [entry.message for entry in entries]
    problems = catalog_problems(where, catalog, messages, update=update, formatted=False)
    if problems := [*problems, *proof(where, translations(catalog))]:
        raise TranslationError(problems)
    return translations(catalog)


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
