"""What was asked for: the exercises of one or more lessons, and the cells that the course has for them."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from vislearn.course.copies import course_notebooks
from vislearn.course.lessons import SOURCE_LANGUAGE, full_name, is_lesson_name
from vislearn.course.tags import exercise_of
from vislearn.errors import InputError
from vislearn.grading.collecting import File, Submission
from vislearn.grading.notebooks import UnreadableNotebook, read_notebook

__all__ = ["Task", "in_language", "lesson_notebook", "solutions", "tasks_of"]


@dataclass(frozen=True)
class Task:
    """One exercise: its name, the lesson it belongs to, and the id of its cell there."""

    exercise: str
    lesson: str
    cell_id: str


def tasks_of(lesson: str | None, submissions: Sequence[Submission]) -> list[Task]:
    """The exercises to grade, in the lessons' order.

    Args:
        lesson: its number or name; None: of every lesson that somebody handed in.
        submissions: who handed in what.

    Raises:
        InputError: there is no such lesson, or no notebook tells its lesson and none is named.
        MissingError: this package came without its lessons.
    """
    names = [path.stem for path in sorted(course_notebooks().glob("*.ipynb")) if is_lesson_name(path.stem)]
    there = [
        Task(name, found, str(cell.get("id", "")))
        for found in names
        for cell in lesson_notebook(found)["cells"]
        if (name := exercise_of(cell))
    ]
    if lesson is not None:
        wanted = {full_name(lesson, names)}
    else:
        lesson_of = {task.exercise: task.lesson for task in there}
        wanted = set(_handed_in(submissions, lesson_of)) & set(names)
    if not wanted:
        raise InputError(
            "lesson", "must be named: no notebook says its own", got="none", fix="Say --lesson NN."
        )
    tasks = [task for task in there if task.lesson in wanted]
    if not tasks:
        raise InputError(
            "lesson", "must have exercises", got=", ".join(sorted(wanted)), fix="Choose another."
        )
    return tasks


def lesson_notebook(lesson: str, language: str = SOURCE_LANGUAGE) -> dict[str, Any]:
    """The course's own notebook of a lesson.

    Args:
        lesson: its name.
        language: of the edition.

    Raises:
        MissingError: this package came without its lessons.
    """
    folder = course_notebooks() if language == SOURCE_LANGUAGE else course_notebooks() / language
    stored: dict[str, Any] = json.loads((folder / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return stored


def solutions(tasks: Sequence[Task]) -> Submission:
    """What somebody would hand in who knows every answer: who is not right then shows that grading is wrong.

    Args:
        tasks: the exercises.
    """
    from vislearn.exercises import solution_source

    answers = {task.exercise: solution_source(task.exercise) for task in tasks}
    files = []
    for lesson in sorted({task.lesson for task in tasks}):
        stored = lesson_notebook(lesson)
        for cell in stored["cells"]:
            cell["source"] = answers.get(exercise_of(cell) or "", cell["source"])
        files.append(File(lesson, json.dumps(stored).encode()))
    return Submission("", tuple(files))


def _handed_in(submissions: Sequence[Submission], lesson_of: dict[str, str]) -> Iterator[str]:
    """The lessons that notebooks name, or whose exercises they hold."""
    for submission in submissions:
        for file in submission.files:
            with suppress(UnreadableNotebook):
                notebook = read_notebook(file.data)
                yield notebook.lesson
                yield from (lesson_of[cell.exercise] for cell in notebook.cells if cell.exercise in lesson_of)


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Inside ``with``, the package speaks this language.

    Args:
        code: such as ``"bn"``.
    """
    before = os.environ.get("VISLEARN_LANGUAGE")
    os.environ["VISLEARN_LANGUAGE"] = code
    try:
        yield
    finally:
        if before is None:
            del os.environ["VISLEARN_LANGUAGE"]
        else:
            os.environ["VISLEARN_LANGUAGE"] = before
