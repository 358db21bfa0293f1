"""The lessons as a web site that any host can serve, in every language, read without a kernel or a network.

One Sphinx project per language, so that each has its own search and its own words; they share their figures.
A page in front leads to them.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from vislearn.course.lessons import HOME, SOURCE_LANGUAGE, is_lesson_name
from vislearn.course.site.reference import reference_pages
from vislearn.course.site.staging import FIGURES, Page, stage
from vislearn.errors import FileError, MissingError
from vislearn.files import write_text
from vislearn.language import LANGUAGES

__all__ = ["build_site"]

_THEME = Path(__file__).parent / "theme"
_LEFT_OUT = shutil.ignore_patterns(".doctrees", ".buildinfo*", "_sources", "jupyter_execute", "*.map")
_SHOWN = ("00_overview", "04_detection", "05_segmentation")  # a picture of each stands on the page in front
_PICTURE = re.compile(r'<img\b[^>]*?(alt="[^"]*")[^>]*?(src="\.\./figures/[^"]*")')
_CONF = """\
from vislearn.course.site.settings import settings, setup

globals().update(settings({language!r}, {languages!r}, {only!r}))
"""
_NAMES = {"en": "English", "bn": "বাংলা"}
_WORDS = {
    "en": {"lessons": "Lessons", "reference": "The package", "search": "Search", "home": "vislearn"},
    "bn": {"lessons": "পাঠ", "reference": "প্যাকেজ", "search": "খুঁজুন", "home": "vislearn"},
}


def build_site(notebooks: Path, out: Path, say: Callable[[str], None] = lambda text: None) -> Path:
    """Make the site from stored notebooks. What stood in ``out`` is replaced when all of it is made.

    Args:
        notebooks: the folder of the course, with one folder per further language.
        out: folder of the site; made anew, so it must be empty, absent or an older site.
        say: told what is being done.

    Returns:
        The page in front.

    Raises:
        FileError: there are no lessons, or ``out`` holds something else.
        MissingError: Sphinx or what it needs isn't installed.
    """
    _require_ours(out)
    with tempfile.TemporaryDirectory(prefix="vislearn-site-") as scratch:
        place, made = Path(scratch), Path(scratch) / "site"
        (made / FIGURES).mkdir(parents=True)
        pages = {language: _stage(notebooks, language, place, made) for language in LANGUAGES}
        if not any(pages.values()):
            raise FileError(notebooks, "holds no lessons", fix="Give the folder of the course's notebooks.")
        for language in LANGUAGES:
            say(f"{_NAMES[language]} …")
            _sphinx(place / language, made / language, language)
        _front(made, pages)
        shutil.rmtree(out, ignore_errors=True)
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, out, ignore=_LEFT_OUT)
    return out / "index.html"


def _require_ours(out: Path) -> None:
    if (out.exists() and not out.is_dir()) or (out.is_dir() and any(out.iterdir()) and not _is_site(out)):
        raise FileError(out, "holds something that is no site", fix="Choose an empty or a new folder.")


def _is_site(out: Path) -> bool:
    return (out / FIGURES).is_dir() and (out / "index.html").is_file()


def _stage(notebooks: Path, language: str, place: Path, made: Path) -> list[Page]:
    """Lay a language's Sphinx project out; its lessons in their order."""
    source = notebooks if language == SOURCE_LANGUAGE else notebooks / language
    paths = [path for path in sorted(source.glob("*.ipynb")) if is_lesson_name(path.stem)]
    pages = [stage(path.stem, json.loads(path.read_text(encoding="utf-8")), made / FIGURES) for path in paths]
    project = place / language
    for page in pages:
        write_text(project / f"{page.name}.ipynb", json.dumps(page.notebook, ensure_ascii=False))
    reference = reference_pages() if language == SOURCE_LANGUAGE else {}
    for name, text in reference.items():
        write_text(project / f"{name}.md", text)
    write_text(project / f"{HOME}.md", _contents(language, [page.name for page in pages], list(reference)))
    shutil.copytree(_THEME, project / "theme")
    languages = {code: _NAMES[code] for code in LANGUAGES}
    write_text(
        project / "conf.py", _CONF.format(language=language, languages=languages, only=list(reference))
    )
    return pages


def _contents(language: str, lessons: Iterable[str], reference: Iterable[str]) -> str:
    words = _WORDS[language]
    text = f"# {words['lessons']}\n\n```{{toctree}}\n:maxdepth: 1\n\n" + "\n".join(lessons) + "\n```\n"
    if listed := "\n".join(reference):
        text += f"\n## {words['reference']}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    return text


def _sphinx(project: Path, out: Path, language: str) -> None:
    """Run Sphinx in a process of its own: it changes the interpreter's settings for good."""
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-b",
        "html",
        "-q",
        "-W",
        "--keep-going",
        str(project),
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if "No module named sphinx" in done.stderr or "Could not import extension" in done.stderr:
        raise MissingError(
            "The site is built with Sphinx and MyST-NB.", fix="Install them: pip install -e '.[site]'"
        )
    if done.returncode:
        raise FileError(project, f"is refused by Sphinx ({language}):\n{done.stderr.strip()}")


def _front(made: Path, pages: dict[str, list[Page]]) -> None:
    """The page in front: what this is, two commands, and every lesson in every language."""
    rows = []
    for page in pages[SOURCE_LANGUAGE]:
        titles = {language: {one.name: one.title for one in pages[language]} for language in LANGUAGES}
        links = "".join(
            f'<td lang="{language}"><a href="{language}/{page.name}.html">{escape(found[page.name])}</a></td>'
            for language, found in titles.items()
            if page.name in found
        )
        rows.append(f"<tr>{links}</tr>")
    shown = [_first_picture(page) for page in pages[SOURCE_LANGUAGE] if page.name in _SHOWN]
    text = (_THEME / "front.html").read_text(encoding="utf-8")
    text = text.replace("<!-- lessons -->", "\n".join(rows)).replace("<!-- pictures -->", "\n".join(shown))
    write_text(made / "index.html", text)


def _first_picture(page: Page) -> str:
    for cell in page.notebook["cells"]:
        for output in cell.get("outputs", ()):
            if found := _PICTURE.search(output.get("data", {}).get("text/html", "")):
                source = found[2].replace("../", "")
                return f'<a href="{SOURCE_LANGUAGE}/{page.name}.html"><img {found[1]} {source}></a>'
    return ""
