"""The Bengali says everything as the glossary does, and leaves no English word in a figure."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import nbformat
import pytest

from vislearn import course
from vislearn.checkout import ROOT
from vislearn.course.translating.catalogs import read_catalog, translations
from vislearn.course.translating.messages import check_messages
from vislearn.exercises.registry import find
from vislearn.language import translate
from vislearn.markup import docstring

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in course.find_lessons()]

OF_PACKAGE = translations(read_catalog(ROOT / "vislearn" / "locale" / "bn.po", "bn"))
DRAWN = {"title", "xlabel", "ylabel", "legend", "name", "words"}  # what of a figure's meaning is its words
CODE = re.compile(r"[_.()×·→]|[a-z][A-Z]|^[A-Z][a-z]+$|int\d|float\d")  # shapes, layers, transforms
NAMES = """
✓ cat; cat; frog; dog; bird; horse; Egyptian cat; tiger cat; tabby; lynx; cheetah
galaxies, trees,; dusk, gravel,; lawn, sky …; bokeh 0, bricks 1,; dusk 2, fur 3,; galaxies 4, grass
zero; one; two; three; four; five; six; seven; eight; nine
datasets; models; ops; utils; head; resnet18; resnet50; densenet121; squeeze-excite:
cross-entropy; focal; BCE + Dice; background 81.7%, 0
JPEG, Pillow, draft; JPEG, torchvision; JPEG, Pillow; PNG, Pillow; WebP, Pillow; AVIF, Pillow
"""  # what the code or a file calls them, in every language
SAME_EVERYWHERE = set(re.split(r"[;\n] ?", NAMES))


def test_what_the_package_says_to_learners():
    assert [str(problem) for problem in check_messages()] == []


@pytest.mark.parametrize("name", [lesson.name for lesson in course.find_lessons()])
def test_a_lesson(name):
    assert [str(problem) for problem in course.proof_translations([name])] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_figure_draws_no_english_words_that_nobody_has_translated(lesson):
    """Words made while a cell runs are not found in its code: ``#| words:`` declares them."""
    known = translations(read_catalog(lesson.translation("bn"), "bn")) | OF_PACKAGE
    stored = nbformat.read(lesson.notebook("bn"), as_version=4)
    drawn = {text for cell in stored.cells for output in cell.get("outputs", []) for text in _drawn(output)}
    english = {text for text in drawn if re.search(r"[a-z]{3}", text) and not re.search(r"[ঀ-৿]", text)}
    left = {text for text in english - SAME_EVERYWHERE - known.keys() if not CODE.search(text)}
    with_holes = [_pattern(message) for message in known if "{" in message]
    assert {text for text in left if not any(pattern.fullmatch(text) for pattern in with_holes)} == set()


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_alt_text_says_words_of_its_figure_as_the_figure_does(lesson):
    known = translations(read_catalog(lesson.translation("bn"), "bn"))
    english = [text for text, bengali in known.items() if text != bengali and len(text) > 4]
    for cell in nbformat.read(lesson.notebook("bn"), as_version=4).cells:
        for output in cell.get("outputs", []):
            for alt in re.findall(r'alt="([^"]*)"', output.get("data", {}).get("text/html", "")):
                parts = set(re.split(r"; |\. |: ", unescape(alt)))
                assert parts.isdisjoint(english), "translate it with vislearn.sidecar.words"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_stored_notebook_tells_its_tasks_and_numbers_as_the_course_does_today(lesson, monkeypatch):
    """Comparing outputs by what they mean overlooks words and forms that have changed since the build."""
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    for cell in nbformat.read(lesson.notebook("bn"), as_version=4).cells:
        outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
        told = "".join(data.get("text/html", "") for data in outputs)
        if checked := re.match(r'check\("([\w.]+)"', cell.source):
            task = docstring(translate(find(checked[1]).prompt))
            assert task in re.sub(r' style="[^"]*"', "", told), f"{checked[1]}: make lessons"
        assert not any("(accepted: " in data.get("text/plain", "") for data in outputs), "make lessons"


def _drawn(output: dict[str, Any]) -> Iterator[str]:
    yield from _texts(output.get("metadata", {}).get("vislearn", {}).get("figure", {}), "")


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, key)
    elif isinstance(value, str) and key in DRAWN:
        yield value


def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w*\\\}", "(.+)", re.escape(message)))
