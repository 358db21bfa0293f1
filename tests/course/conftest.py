"""Lessons small enough to be read in a test."""

import json

import pytest

from vislearn.course.building.assembly import assemble
from vislearn.course.building.translations import update_translations
from vislearn.course.lessons import Lesson

SOURCE = """\
# %% [markdown]
# # Two numbers
#
# Here are `x` and **3** words.

# %% id="numbers"
x = 1
print(x + 1)

# %%
x
"""
BENGALI = {"Two numbers": "দুটি সংখ্যা", "Here are `x` and **3** words.": "এখানে `x` আর **৩**টি শব্দ।"}


@pytest.fixture
def make_lesson(tmp_path):
    """Write a lesson's source below tmp_path/notebooks."""

    def make(text=SOURCE, name="01_tiny"):
        lesson = Lesson(tmp_path / "notebooks", name)
        lesson.source.parent.mkdir(parents=True, exist_ok=True)
        lesson.source.write_text(text, encoding="utf-8")
        return lesson

    return make


@pytest.fixture
def lesson(make_lesson):
    return make_lesson()


@pytest.fixture
def translate_lesson():
    """Fill in a lesson's Bengali, as its translator would."""

    def translate(lesson, messages=BENGALI):
        update_translations([lesson])
        path = lesson.translation("bn")
        text = path.read_text(encoding="utf-8")
        for message, translation in messages.items():
            text = text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"')
        path.write_text(text, encoding="utf-8")
        return path

    return translate


@pytest.fixture
def pretend_built():
    """Store a lesson's notebook as if its cells had run; much faster than running them."""

    def build(lesson, language="en", change=None):
        notebook = assemble(lesson, language)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for count, cell in enumerate(code, 1):
            cell.execution_count = count
        if change:
            change(notebook)
        path = lesson.notebook(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return build
