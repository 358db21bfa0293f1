"""What a running kernel must know of a lesson beside its code; `vislearn.sidecar` finds it there."""

import json
from pathlib import Path
from typing import Any

from vislearn import questions
from vislearn.course.building.assembly import lesson_translations
from vislearn.course.building.source import ParsedLesson
from vislearn.course.building.wording import words_of_figures
from vislearn.course.lessons import Lesson
from vislearn.files import write_text
from vislearn.problems import Problem
from vislearn.sidecar import code_digest, read_sidecar

__all__ = ["renew_sidecar", "sidecar_folder", "sidecar_of", "sidecar_problems"]

_TRANSLATED = ("fig-alt", "caption")
_FOR_THE_BUILD = ("fold", "words")  # what a kernel has no use for


def sidecar_folder(root: Path) -> Path:
    """Where the sidecars of a checkout lie.

    Args:
        root: the folder of its lessons.
    """
    return root.parent / "vislearn" / "lessons"


def sidecar_of(parsed: ParsedLesson, language: str) -> dict[str, Any]:
    """The options of a lesson's cells, the words of its figures, and its questions; empty if it has none.

    Args:
        parsed: the lesson.
        language: of its words.

    Raises:
        TranslationError: the translation isn't whole.
        FileError: the catalogue is damaged.
    """
    messages = lesson_translations(parsed, language)
    cells = [cell for cell in parsed.cells if cell.kind == "code" and not cell.exercise]
    options = {code_digest(cell.source): _options(cell.options, messages) for cell in cells}
    found = {
        "options": {digest: entry for digest, entry in options.items() if entry},
        "words": {
            text: messages[text] for text in words_of_figures(parsed) if messages.get(text, text) != text
        },
        "questions": {
            cell.question.name.partition(".")[2]: _record(cell.question, messages)
            for cell in cells
            if cell.question
        },
    }
    if not any(found.values()):
        return {}
    return {"cells": {cell.id: code_digest(cell.source) for cell in cells}} | found


def renew_sidecar(parsed: ParsedLesson, language: str, folder: Path) -> None:
    """Write a lesson's sidecar, or remove it where the lesson has nothing to say there.

    Args:
        parsed: the lesson.
        language: of its words.
        folder: of the sidecars.

    Raises:
        TranslationError: the translation isn't whole.
        FileError: the catalogue is damaged, or the sidecar can't be written.
    """
    path, record = _path(folder, parsed.lesson, language), sidecar_of(parsed, language)
    if not record:
        path.unlink(missing_ok=True)
    elif record != read_sidecar(path):
        write_text(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def sidecar_problems(parsed: ParsedLesson, language: str) -> list[Problem]:
    """Is the stored sidecar what the source says?

    Args:
        parsed: the lesson, whose translation is whole.
        language: of its words.
    """
    lesson = parsed.lesson
    path, record = _path(sidecar_folder(lesson.root), lesson, language), sidecar_of(parsed, language)
    if record == read_sidecar(path):
        return []
    what = "is not what the lesson's source says" if path.exists() else "is missing"
    fix = f"Run: vislearn lessons build {lesson.name} --language {language}"
    return [Problem(lesson.relative(path), what, fix)]


def _path(folder: Path, lesson: Lesson, language: str) -> Path:
    return folder / lesson.name / f"{language}.json"


def _options(options: dict[str, Any], messages: dict[str, str]) -> dict[str, Any]:
    kept = {key: value for key, value in options.items() if key not in _FOR_THE_BUILD}
    for key in set(_TRANSLATED) & set(kept):
        kept[key] = [messages.get(text, text) for text in kept[key]]
    return kept


def _record(question: questions.Question, messages: dict[str, str]) -> dict[str, Any]:
    said = questions.translated(question, messages) if messages else question
    return json.loads(questions.to_json(said))
