"""Where a lesson's files lie: one source, its translations, a notebook in each language."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vislearn import checkout
from vislearn.errors import FileError, MissingError, require_one_of
from vislearn.language import LANGUAGES

__all__ = [
    "HOME",
    "SOURCE_LANGUAGE",
    "Lesson",
    "digest",
    "find_lessons",
    "full_name",
    "is_lesson_name",
    "languages",
    "notebooks_folder",
    "pick",
    "read_text",
    "text_digest",
]

SOURCE_LANGUAGE = "en"
HOME = "index"  # the page that leads to the lessons; built and tested as they are, but none of them
_NAME = re.compile(r"\d\d_[a-z0-9_]+")


@dataclass(frozen=True, order=True)
class Lesson:
    """One lesson; ``root`` is the folder of its notebooks, ``name`` such as ``"01_pipeline"``."""

    root: Path
    name: str

    @property
    def number(self) -> str:
        """The two digits its name begins with; of the home page, its name."""
        return self.name if self.is_home else self.name[:2]

    @property
    def is_home(self) -> bool:
        """Is it the page that leads to the others?"""
        return self.name == HOME

    @property
    def source(self) -> Path:
        """The one place where the lesson is edited."""
        return self.root / "source" / f"{self.name}.py"

    def translation(self, language: str) -> Path:
        """The messages of this lesson in ``language``."""
        return self.root / "source" / language / f"{self.name}.po"

    def notebook(self, language: str = SOURCE_LANGUAGE) -> Path:
        """What a learner opens."""
        folder = self.root if language == SOURCE_LANGUAGE else self.root / language
        return folder / f"{self.name}.ipynb"

    def relative(self, path: Path) -> str:
        """``path`` as people in the repository's root would type it."""
        return path.relative_to(self.root.parent).as_posix()


def notebooks_folder() -> Path:
    """The folder of the lessons in this checkout.

    Raises:
        MissingError: the package is installed without its lessons.
    """
    folder = checkout.ROOT / "notebooks"
    if not (folder / "source").is_dir():
        raise MissingError(
            "The lessons' sources are not beside this package.",
            fix="Work in a clone of the repository: pip install -e '.[author]'",
        )
    return folder


def find_lessons(root: Path | None = None) -> list[Lesson]:
    """Every lesson under ``root`` (default: this checkout's notebooks), in order of number; home comes last.

    Raises:
        FileError: a source is not named ``NN_name.py``, or two lessons have the same number.
        MissingError: no ``root`` is given and the package is installed without its lessons.
    """
    root = root or notebooks_folder()
    lessons: list[Lesson] = []
    for path in sorted((root / "source").glob("*.py")):
        if path.stem != HOME and not is_lesson_name(path.stem):
            raise FileError(path, "is not named like a lesson", fix="Call it NN_name.py, in small letters.")
        lesson = Lesson(root, path.stem)
        if lessons and lessons[-1].number == lesson.number:
            raise FileError(path, f"has the same number as {lessons[-1].name}", fix="Renumber one of them.")
        lessons.append(lesson)
    return lessons


def pick(lessons: Iterable[Lesson | str] | None, root: Path | None = None) -> list[Lesson]:
    """The lessons that are meant: ``None`` is all of them, ``"1"``, ``"01"`` and ``"01_pipeline"`` the same.

    Raises:
        InputError: there is no such lesson.
    """
    if lessons is None:
        return find_lessons(root)
    return [lesson if isinstance(lesson, Lesson) else _named(lesson, root) for lesson in lessons]


def _named(lesson: str, root: Path | None) -> Lesson:
    there = {known.name: known for known in find_lessons(root)}
    return there[full_name(lesson, there)]


def full_name(lesson: str, names: Iterable[str]) -> str:
    """Which of these lessons is meant by a number or a name.

    Raises:
        InputError: none of them; guesses what was meant.

    >>> [full_name(lesson, ["00_overview", "01_pipeline"]) for lesson in ("1", "01", "01_pipeline")]
    ['01_pipeline', '01_pipeline', '01_pipeline']
    """
    names = list(names)
    known = {name[:2]: name for name in names} | {name: name for name in names}
    wanted = f"{int(lesson):02}" if lesson.isdecimal() else lesson
    if wanted not in known:
        require_one_of("lesson", lesson, names)
    return known[wanted]


def is_lesson_name(name: str) -> bool:
    """Is it named as a lesson is?

    >>> is_lesson_name("01_pipeline"), is_lesson_name("pipeline")
    (True, False)
    """
    return bool(_NAME.fullmatch(name))


def languages(language: str | None) -> list[str]:
    """The one that is named, or all.

    Raises:
        InputError: the course doesn't speak ``language``.
    """
    if language is None:
        return list(LANGUAGES)
    require_one_of("language", language, LANGUAGES)
    return [language]


def read_text(path: Path) -> str:
    """A file's text with the same line ends on every system, so that its digest is the same too.

    Raises:
        FileError: it isn't there or isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(path, "is not there", fix="Restore it with git, or make it.") from None
    except UnicodeDecodeError:
        raise FileError(path, "is not UTF-8 text", fix="Save it as UTF-8.") from None


def digest(path: Path) -> str:
    """sha256 of a text file, the same on every system.

    Raises:
        FileError: it isn't there or isn't UTF-8.
    """
    return text_digest(read_text(path))


def text_digest(text: str) -> str:
    """sha256 of a text that was read already."""
    return hashlib.sha256(text.encode()).hexdigest()
