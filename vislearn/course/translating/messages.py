"""The package's own messages to learners, ``vislearn/locale/*.po``."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract

from vislearn.checkout import PACKAGE
from vislearn.course.lessons import SOURCE_LANGUAGE
from vislearn.course.translating.catalogs import (
    Entry,
    catalog_problems,
    one_text,
    read_catalog,
    translations,
    update_catalog,
)
from vislearn.course.translating.proof import proof
from vislearn.language import LANGUAGES
from vislearn.problems import Problem

__all__ = ["check_messages", "package_messages", "update_messages"]

# ``translate as _`` where a message is said; ``N_`` where it is only written down, to be said later
_KEYWORDS = {"_": None, "N_": None, "translate_to": (2,)}


def package_messages(package: Path = PACKAGE) -> list[Entry]:
    """Every literal inside ``_("…")`` or ``N_("…")``, and every exercise's prompt; files in order of name."""
    entries = []
    for path in sorted(package.rglob("*.py"), key=lambda path: path.relative_to(package).as_posix()):
        place = path.relative_to(package).as_posix()
        with path.open("rb") as file:
            for _, message, notes, _ in extract("python", file, _KEYWORDS, ["Translators:"]):
                entries.append(Entry(one_text(message), notes, [place]))
        entries += [Entry(prompt, [], [place]) for prompt in _prompts(path.read_text("utf-8"))]
    return entries


def _prompts(source: str) -> Iterator[str]:
    """The docstrings of functions under ``@exercise(…)``: there is no place in them for a marker."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "exercise"
            for mark in node.decorator_list
        ):
            yield ast.get_docstring(node) or ""


def update_messages(package: Path = PACKAGE, *, prune: bool = False) -> list[Path]:
    """Bring the package's catalogues up to date; the files that changed.

    Raises:
        FileError: a catalogue is damaged.
    """
    entries = package_messages(package)
    return [
        path
        for language, path in _catalogs(package).items()
        if update_catalog(
            path, language, entries, title=f"What {package.name} says to learners, in {language}", prune=prune
        )
    ]


def check_messages(package: Path = PACKAGE) -> list[Problem]:
    """What keeps the package from speaking every language of the course.

    Raises:
        FileError: a catalogue is damaged.
    """
    messages = [entry.message for entry in package_messages(package)]
    update = "vislearn lessons translate"
    problems = []
    for language, path in _catalogs(package).items():
        where, catalog = path.relative_to(package.parent).as_posix(), read_catalog(path, language)
        problems += catalog_problems(where, catalog, messages, update=update, formatted=True)
        problems += proof(where, translations(catalog))
    return problems


def _catalogs(package: Path) -> dict[str, Path]:
    return {
        language: package / "locale" / f"{language}.po"
        for language in LANGUAGES
        if language != SOURCE_LANGUAGE
    }
