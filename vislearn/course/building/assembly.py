"""What a notebook must hold before it is run, from its source and its translation alone."""

import copy
from typing import Any

import nbformat
from nbformat import NotebookNode

from vislearn.course.answers import fill_in_answers
from vislearn.course.building.source import FOLD, ParsedLesson, SourceCell, read_lesson
from vislearn.course.building.wording import lesson_messages
from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, digest
from vislearn.course.translating.translation import translate_cell, translated
from vislearn.errors import FileError, InputError
from vislearn.language import translate_to

__all__ = ["assemble", "language_info", "lesson_translations", "solved"]

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def assemble(lesson: Lesson | ParsedLesson, language: str = SOURCE_LANGUAGE) -> NotebookNode:
    """A lesson as a notebook that was never run.

    Args:
        lesson: its source is read, unless it was already.
        language: the language of its prose.

    Raises:
        FileError: the source breaks the form of a lesson, or an exercise cell holds something else than
            its starter.
        TranslationError: the translation isn't whole.
    """
    parsed = lesson if isinstance(lesson, ParsedLesson) else read_lesson(lesson)
    lesson, messages = parsed.lesson, lesson_translations(parsed, language)
    made: dict[str, Any] = {"lesson": lesson.name, "language": language, "source_sha256": parsed.sha256}
    if language != SOURCE_LANGUAGE:
        made["translation_sha256"] = digest(lesson.translation(language))
    made |= parsed.declared
    cells = [_cell(lesson, cell, messages, language) for cell in parsed.cells]
    return nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": _KERNEL, "language_info": language_info(), "vislearn": made},
            "cells": cells,
        }
    )


def lesson_translations(parsed: ParsedLesson, language: str) -> dict[str, str]:
    """Every message of a lesson and its translation; none for the language it is written in.

    Args:
        parsed: the lesson.
        language: into which language.

    Raises:
        TranslationError: the translation isn't whole.
        FileError: the catalogue is damaged.
    """
    if language == SOURCE_LANGUAGE:
        return {}
    return translated(parsed.lesson, language, lesson_messages(parsed))


def language_info() -> dict[str, Any]:
    """What a notebook says about Python, without the version: that is the reader's, not the notebook's."""
    return {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    }


def solved(notebook: NotebookNode) -> NotebookNode:
    """The notebook of a learner who got everything right, not yet run: solutions in the exercise cells.

    Raises:
        InputError: a cell is for an exercise that isn't there.
    """
    answered = copy.deepcopy(notebook)
    for cell in answered.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    fill_in_answers(answered, "solved")
    return answered


def _cell(lesson: Lesson, cell: SourceCell, messages: dict[str, str], language: str) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": cell.kind, "id": cell.id, "metadata": copy.deepcopy(cell.metadata)}
    if cell.role == FOLD:
        what = messages.get(cell.source, cell.source)
        made["source"] = translate_to(language, "▸ *{what}* (folded: click the dots for the code)", what=what)
    elif cell.kind == "markdown":
        made["source"] = cell.source
        if language != SOURCE_LANGUAGE:
            made["source"] = translate_cell(cell.source, messages)
    else:
        made["source"] = cell.source if cell.exercise is None else _starter(lesson, cell, cell.exercise)
        made |= {"execution_count": None, "outputs": []}
    return made


def _starter(lesson: Lesson, cell: SourceCell, exercise: str) -> str:
    """An exercise's cell stays empty in the source, or a comment: the starter's home is by its solution."""
    from vislearn.exercises import no_such_exercise, starter

    where = f"{lesson.relative(lesson.source)}:{cell.line}"
    try:
        text = starter(exercise).strip("\n")
    except InputError:
        lost = no_such_exercise(where, exercise)
        raise FileError(lost.where, lost.what, fix=lost.fix) from None
    code = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    if code and cell.source.strip() != text:
        raise FileError(
            where,
            f"is the cell of {exercise} and holds something else than its starter",
            fix="Leave it empty; the starter is filled in when the notebook is built.",
        )
    return text
