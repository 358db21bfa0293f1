"""Does every exercise of this checkout have its cell, and every such cell its exercise?"""

from collections.abc import Iterable

from vislearn import checkout
from vislearn.course.building.source import ParsedLesson, read_lesson
from vislearn.course.lessons import Lesson, find_lessons
from vislearn.errors import FileError
from vislearn.problems import Problem

__all__ = ["lost_exercises"]


def lost_exercises(
    lessons: Iterable[Lesson] | None = None, *, parsed: Iterable[ParsedLesson] = ()
) -> list[Problem]:
    """Cells and exercises of this checkout that have lost each other.

    While any source is damaged there are none: what is wrong with it is said by whoever reads that lesson.

    Args:
        lessons: look only for exercises of these, so that nobody waits for another lesson's writer; default
            all. Lessons outside this checkout have no exercises here.
        parsed: lessons whose sources were read already; the others' are read.

    Raises:
        MissingError: no ``lessons`` are given and the package is installed without them.
    """
    chosen = None if lessons is None else [lesson for lesson in lessons if _is_here(lesson)]
    if chosen == []:
        return []
    from vislearn.exercises import orphans  # takes torch along, which reading a notebook need not

    read = {one.lesson: one for one in parsed}
    try:
        tags = {lesson: _tags(read.get(lesson) or read_lesson(lesson)) for lesson in find_lessons()}
    except FileError:
        return []
    near = None if chosen is None else [name for lesson in chosen for _, name in tags[lesson]]
    return orphans([tag for found in tags.values() for tag in found], near)


def _is_here(lesson: Lesson) -> bool:
    return lesson.root == checkout.ROOT / "notebooks"


def _tags(parsed: ParsedLesson) -> list[tuple[str, str]]:
    where = parsed.lesson.relative(parsed.lesson.source)
    return [(f"{where}:{cell.line}", cell.exercise) for cell in parsed.cells if cell.exercise]
