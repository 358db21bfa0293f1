"""What README says of the lessons, taken from the lessons: their names, and how long they take."""

import re
from pathlib import Path

from vislearn.course.building.seconds import measured_rows
from vislearn.course.lessons import Lesson, find_lessons, read_text
from vislearn.files import write_text

__all__ = ["renew_readme", "with_tables"]


def renew_readme(root: Path) -> None:
    """Bring the tables of the README beside the folder of the lessons up to date, if there is one.

    Args:
        root: the folder of the lessons.
    """
    path = root.parent / "README.md"
    if path.exists() and (text := read_text(path)) != (renewed := with_tables(text, root)):
        write_text(path, renewed)


def with_tables(text: str, root: Path) -> str:
    """A README with the tables of the present lessons between its marks ``<!-- lessons -->`` and so on.

    Args:
        text: the README as it was.
        root: the folder of the lessons.
    """
    lessons = find_lessons(root)
    for mark, table in (("lessons", _names(lessons)), ("seconds", _seconds(lessons, root))):
        begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        before, found, rest = text.partition(f"{begin}\n")
        if found:
            text = f"{before}{found}{table}\n{end}{rest.partition(end)[2]}"
    return text


def _names(lessons: list[Lesson]) -> str:
    rows = [
        f"| [{_title(lesson)}]({lesson.relative(lesson.notebook())}) "
        f"| [বাংলা]({lesson.relative(lesson.notebook('bn'))}) |"
        for lesson in sorted(lessons, key=lambda lesson: not lesson.is_home)  # home first, as one goes
    ]
    return "\n".join(["| lesson | in Bengali |", "|---|---|", *rows])


def _seconds(lessons: list[Lesson], root: Path) -> str:
    """A row for each machine; lessons that it didn't run are left open."""
    lessons = [lesson for lesson in lessons if not lesson.is_home]
    rows = [
        [machine, *(str(seconds.get(lesson.name, "–")) for lesson in lessons)]
        for machine, seconds in measured_rows(root).items()
    ]
    head = ["lesson", *(str(int(lesson.number)) for lesson in lessons)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])


def _title(lesson: Lesson) -> str:
    found = re.search(r"^# # (.+)$", read_text(lesson.source), re.MULTILINE)
    return found[1] if found else lesson.name
