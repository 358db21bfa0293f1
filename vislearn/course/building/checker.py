"""Is every notebook what its source says, run from top to bottom, and fit to be shown?"""

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from vislearn.course.answers import answered
from vislearn.course.building.assembly import assemble
from vislearn.course.building.claims import contradictions
from vislearn.course.building.exercise_cells import lost_exercises
from vislearn.course.building.pages import links, pictures_without_words
from vislearn.course.building.sidecars import sidecar_folder, sidecar_problems
from vislearn.course.building.source import ParsedLesson, read_lesson
from vislearn.course.lessons import SOURCE_LANGUAGE, Lesson, find_lessons, languages, notebooks_folder, pick
from vislearn.course.outputs import check_outputs
from vislearn.course.problems import TranslationError
from vislearn.course.references import age_fault, run_fault
from vislearn.course.translating.messages import check_messages
from vislearn.errors import FileError
from vislearn.language import LANGUAGES
from vislearn.problems import Problem

__all__ = ["MAX_BYTES", "answers_in", "cell_faults", "check", "notebook_problems", "read_notebook"]

MAX_BYTES = 1_500_000  # what a reviewer's browser still shows
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_LESSON_NAME = re.compile(r"\d\d_\w+")


def check(
    lessons: Iterable[Lesson | str] | None = None, language: str | None = None, *, root: Path | None = None
) -> list[Problem]:
    """Everything that must be mended before the lessons are given to learners; an empty list is good.

    Without any argument the package's own messages are checked too, and that no exercise has lost its cell.
    Nothing is run: whether the stored outputs are still those of the present package, the notebooks'
    regression test says.

    Args:
        lessons: which lessons, as objects, names or numbers; default all, and files without a lesson.
        language: which language; default all.
        root: the folder of the lessons; default this checkout's.

    Raises:
        InputError: there is no such lesson or language.
        FileError: a source isn't named like one.
        MissingError: no ``root`` is given and the package is installed without its lessons.
    """
    problems: list[Problem] = []
    parsed = []
    for lesson in pick(lessons, root):
        try:
            parsed.append(read_lesson(lesson))
        except FileError as error:
            problems.append(_problem(lesson, error))
            continue
        for code in languages(language):
            problems += _edition_problems(parsed[-1], code)
    if lessons is None:
        problems += _orphans(root or notebooks_folder(), languages(language))
    if lessons is None and language is None and root is None:
        problems += lost_exercises(parsed=parsed) + check_messages()
    return list(dict.fromkeys(problems))  # what is wrong with a source is found in every language


def notebook_problems(lesson: Lesson, expected: NotebookNode) -> list[Problem]:
    """What makes a lesson's notebook worth building again; nothing does where a learner has answered in it.

    Args:
        lesson: whose stored notebook is looked at.
        expected: the notebook that its source makes now, in the same language.
    """
    language = expected.metadata.vislearn.language
    path = lesson.notebook(language)
    where, again = lesson.relative(path), f"Run: vislearn lessons build {lesson.name} --language {language}"
    if not path.exists():
        return [Problem(where, "is missing", again)]
    if (stored := read_notebook(path)) is None:
        return [Problem(where, "is damaged", again)]
    if answered(stored, expected):  # a learner's own: neither a fault, nor to be built over
        return []
    if different := _difference(stored, expected):
        return [Problem(where, different, again)]
    problems = [Problem(where, what, again) for what in _run_faults(stored)]
    if (size := path.stat().st_size) > MAX_BYTES:
        what = f"has {size / 1e6:.2f} MB, more than {MAX_BYTES / 1e6:.1f}"
        problems.append(Problem(where, what, f"Show smaller pictures. {again}"))
    return problems


def answers_in(lesson: Lesson, expected: NotebookNode) -> list[str]:
    """The exercises that a learner has answered in a lesson's stored notebook.

    Args:
        lesson: whose stored notebook is looked at.
        expected: the notebook that its source makes now, in the same language.
    """
    path = lesson.notebook(expected.metadata.vislearn.language)
    stored = read_notebook(path) if path.exists() else None
    return [] if stored is None else answered(stored, expected)


def cell_faults(cell: NotebookNode, private: tuple[Path, ...] = ()) -> list[str]:
    """What must not be shown to a learner in a cell, each in a few words that follow "the cell".

    Args:
        cell: any cell of a notebook; a code cell with its outputs.
        private: folders whose names must not be shown.
    """
    if cell.cell_type != "code":
        return [f"has a picture without words for it: {p}" for p in pictures_without_words(_html(cell))]
    faults = check_outputs(cell, private)
    for output in cell.outputs:
        data, about = output.get("data", {}), output.get("metadata", {})
        for kind in data:
            if (
                kind.startswith("image/")
                and kind != "image/svg+xml"
                and not about.get(kind, about).get("alt")
            ):
                faults.append(f"shows a picture ({kind}) without alt text")
        for kind in {"text/html", "image/svg+xml"} & set(data):
            faults += [
                f"shows a picture without words for it: {p}" for p in pictures_without_words(data[kind])
            ]
        figure = about.get("vislearn", {}).get("figure", {})
        for words in (figure.get("title", ""), data.get("text/plain", "")):
            faults += [f"says of its figure {claim}" for claim in contradictions(words, figure)]
    return faults


def read_notebook(path: Path) -> NotebookNode | None:
    """A stored notebook; None if the file is none.

    Args:
        path: a file.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # ids that are missing or there twice: found below
            stored = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
            nbformat.validate(stored)
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError):
        return None
    return stored


def _edition_problems(parsed: ParsedLesson, language: str) -> list[Problem]:
    """Those of a lesson in one language; without a whole translation there is nothing to compare with."""
    try:
        expected = assemble(parsed, language)
    except TranslationError as error:
        return list(error.problems)
    except FileError as error:
        return [_problem(parsed.lesson, error)]
    problems = notebook_problems(parsed.lesson, expected) + sidecar_problems(parsed, language)
    return problems + _broken_links(parsed.lesson, expected)


def _problem(lesson: Lesson, error: FileError) -> Problem:
    """What is wrong with a source, among the other problems instead of before them."""
    where = error.path
    if where.is_absolute():
        where = where.relative_to(lesson.root.parent)
    return Problem(where.as_posix(), error.problem, error.fix)


def _difference(stored: NotebookNode, expected: NotebookNode) -> str:
    """In a few words, how a notebook differs from its source; "" if it doesn't."""
    if old := age_fault(stored.metadata.get("vislearn", {}), expected.metadata.vislearn):
        return old
    if stored.metadata != expected.metadata:
        return "was saved by another program: its metadata is not what the source says"
    for number, (cell, meant) in enumerate(zip(stored.cells, expected.cells, strict=False), 1):
        for key in ("id", "cell_type", "metadata", "source"):
            if cell.get(key) != meant.get(key):
                return f"was edited: the {key} of cell {number} is not what the source says"
    if len(stored.cells) != len(expected.cells):
        return f"was edited: it has {len(stored.cells)} cells instead of {len(expected.cells)}"
    return ""


def _run_faults(stored: NotebookNode) -> list[str]:
    faults = [fault] if (fault := run_fault(stored)) else []
    for number, cell in enumerate(stored.cells, 1):
        faults += [f"can't be shown: cell {number} {fault}" for fault in cell_faults(cell)]
    return faults


def _broken_links(lesson: Lesson, expected: NotebookNode) -> list[Problem]:
    path = lesson.notebook(expected.metadata.vislearn.language)
    where = lesson.relative(path)
    broken = []
    for number, cell in enumerate(expected.cells, 1):
        for link in links(_html(cell)) if cell.cell_type == "markdown" else ():
            target = urlsplit(link)
            if target.scheme or target.netloc or not target.path or target.path.startswith("attachment:"):
                continue
            if not (path.parent / unquote(target.path)).exists():
                what = f"has a link in cell {number} to {link}, which is not there"
                broken.append(Problem(where, what, f"Mend it in {lesson.relative(lesson.source)}"))
    return broken


def _orphans(root: Path, codes: list[str]) -> list[Problem]:
    """Files that belong to no lesson, left behind when one was renamed."""
    sources = {lesson.name for lesson in find_lessons(root)}
    folders = [root / "source" / code for code in codes if code != SOURCE_LANGUAGE]
    folders += [root if code == SOURCE_LANGUAGE else root / code for code in codes]
    unknown = {path.name for path in (root / "source").iterdir() if path.is_dir()} - set(LANGUAGES)
    left = [
        Problem(
            path.relative_to(root.parent).as_posix(),
            "belongs to no lesson",
            "Delete it, or restore its source",
        )
        for folder in folders
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.suffix in (".ipynb", ".po") and _LESSON_NAME.fullmatch(path.stem) and path.stem not in sources
    ]
    left += [
        Problem(
            path.relative_to(root.parent).as_posix(),
            "belongs to no lesson",
            "Delete it, or restore its source",
        )
        for path in sorted(sidecar_folder(root).glob("*/*.json"))
        if path.parent.name not in sources and path.stem in codes
    ]
    return left + [
        Problem(
            f"{root.name}/source/{name}", "is for a language the course doesn't have", "Delete it, or add it"
        )
        for name in sorted(unknown - {"__pycache__", ".ipynb_checkpoints"})
    ]


def _html(cell: NotebookNode) -> str:
    return _MARKDOWN.render(cell.source)
