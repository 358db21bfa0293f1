"""The lessons' catalogues, brought up to date with their sources."""

from collections.abc import Iterable
from pathlib import Path

from vislearn.course.building.source import read_lesson
from vislearn.course.building.wording import lesson_messages
from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, languages, pick
from vislearn.course.translating.catalogs import read_catalog, translations, update_catalog
from vislearn.course.translating.messages import check_messages, update_messages
from vislearn.course.translating.proof import proof
from vislearn.problems import Problem

__all__ = ["proof_translations", "update_translations"]


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
    codes = [code for code in languages(language) if code != SOURCE_LANGUAGE]
    changed = []
    for lesson in pick(lessons, root):
        messages = lesson_messages(read_lesson(lesson))
        title = f"{lesson.relative(lesson.source)} in {{}}. Text: CC BY 4.0, as the lesson's."
        changed += [
            lesson.translation(code)
            for code in codes
            if update_catalog(lesson.translation(code), code, messages, title=title.format(code), prune=prune)
        ]
    if lessons is None and language is None and root is None:
        changed += update_messages(prune=prune)
    return changed


def proof_translations(
    lessons: Iterable[Lesson | str] | None = None, *, root: Path | None = None
) -> list[Problem]:
    """What the Bengali of lessons says otherwise than glossary and spelling.

    Without any lesson named, the package's own messages are checked as well.

    Args:
        lessons: which lessons, as objects, names or numbers; default all.
        root: the folder of the lessons; default this checkout's.

    Raises:
        InputError: there is no such lesson.
        FileError: a catalogue is damaged.
    """
    problems = check_messages() if lessons is None and root is None else []
    for lesson in pick(lessons, root):
        path = lesson.translation("bn")
        problems += proof(lesson.relative(path), translations(read_catalog(path, "bn")))
    return problems
