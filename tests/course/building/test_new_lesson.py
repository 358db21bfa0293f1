"""CONTRIBUTING's checklist for a new lesson, followed with a throw-away lesson in a copy of the course."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from vislearn.checkout import PACKAGE, ROOT
from vislearn.datasets import data_root

NAMES = {"NN_name": "99_throwaway", "FOLDER": "throwaway", "TOPIC": "twice"}
TITLE = "99. Thrown away: twice as much"
SOURCE = f"""\
# %% [markdown]
# # {TITLE}
#
# Doubling a number is adding it to itself.

# %%
#| within: 0.1
from vislearn.report import metric

metric("twice seven", 2 * 7)

# %% tags=["exercise:throwaway.double"]

# %%
from vislearn.exercises import check

check("throwaway.double", double)
"""
EXERCISE = '''\
"""Exercises of lesson 99: twice as much."""

import torch

from vislearn.exercises.registry import N_, exercise

__all__ = ["double"]


@exercise("throwaway.double", hints=[N_("Twice seven is seven plus seven.")])
def double(number: int) -> int:
    """Double a number that is thrown away.

    Args:
        number: any whole number.
    """
    return 2 * number


@double.inputs
def _number(generator: torch.Generator) -> tuple[int]:
    return (int(torch.randint(3, 100, (), generator=generator)),)


@double.mistake(N_("Multiplied by itself; only twice as much is meant."))
def _square(number: int) -> int:
    return number * number
'''
TEST = """\
RIGHT = {"throwaway.double": [lambda number: number + number]}
WRONG = {"throwaway.double": {"_square": lambda number: number**2}}
"""
BENGALI = {
    TITLE: "৯৯. ফেলে দেওয়া পাঠ: দ্বিগুণ",
    "Doubling a number is adding it to itself.": "কোনো সংখ্যা দ্বিগুণ করা মানে তাকে নিজের সঙ্গে যোগ করা।",
    "Twice seven is seven plus seven.": "সাতের দ্বিগুণ মানে সাত যোগ সাত।",
    "Multiplied by itself; only twice as much is meant.": "এটি সংখ্যাটির বর্গ।",
}
CHECK = """from vislearn import course
problems = course.check(["99"]) + course.check_messages()
assert problems == [], problems"""
PROMPT = "সংখ্যাটি দ্বিগুণ করো।\\n\\nআর্গুমেন্ট:\\n    number: যেকোনো পূর্ণ সংখ্যা।"


def checklist():
    """The files in the section's table, with the names of this lesson."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## A new lesson, file by file\n")[1].split("\n## ")[0]
    for placeholder, name in NAMES.items():
        section = section.replace(placeholder, name)
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {file for row in rows for file in re.findall(r"`([^`]+)`", row)}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of what the checklist names, without the other lessons' notebooks: they are not built again."""
    copy = tmp_path_factory.mktemp("course") / "clone"
    leave_out = shutil.ignore_patterns("*.ipynb", ".ipynb_checkpoints")
    for folder in (PACKAGE.name, "notebooks/source", "tests/exercises"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=leave_out)
    for file in ("README.md", "CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / file, copy / file)
    return copy


def everything_in(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def python(course, *words):
    """Run Python in the copy, with the copy's package."""
    environment = os.environ | {"PYTHONPATH": str(course), "VISLEARN_DATA": str(data_root())}
    done = subprocess.run(
        [sys.executable, *words], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def write(course, file, text):
    path = course / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def fill_in(path):
    """As a translator would: every empty translation of a message that is new."""
    text = path.read_text(encoding="utf-8")
    for message, translation in BENGALI.items():
        text = text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{translation}"')
    prompt = re.compile(r'(msgid ""\n"Double a number that is thrown away\.\\n"\n(?:".*"\n)+)msgstr ""')
    path.write_text(prompt.sub(lambda found: f'{found[1]}msgstr "{PROMPT}"', text), encoding="utf-8")


def test_the_checklist_makes_a_lesson_and_names_every_file_that_it_touches(course):
    before = everything_in(course)
    write(course, "notebooks/source/99_throwaway.py", SOURCE)
    exercises = "exercises/lessons/throwaway"
    write(course, f"vislearn/{exercises}/__init__.py", '"""Of lesson 99."""\n\n__all__: list[str] = []\n')
    write(course, f"vislearn/{exercises}/twice.py", EXERCISE)
    write(course, f"tests/{exercises}/test_twice.py", TEST)
    python(course, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{exercises}")

    python(course, "-m", "vislearn", "lessons", "translate")
    for file in ("notebooks/source/bn/99_throwaway.po", "vislearn/locale/bn.po"):
        fill_in(course / file)
    python(course, "-m", "vislearn", "lessons", "build", "99", "index")
    write(course, "CHANGELOG.md", before["CHANGELOG.md"].decode() + "- Lesson 99.\n")
    python(course, "-c", CHECK)

    after = everything_in(course)
    assert {
        file for file in before.keys() | after.keys() if before.get(file) != after.get(file)
    } == checklist()
    assert f"| [{TITLE}](notebooks/99_throwaway.ipynb) |" in after["README.md"].decode()
    for folder in ("notebooks", "notebooks/bn"):
        *_, answer, last = nbformat.read(course / folder / "99_throwaway.ipynb", as_version=4).cells
        assert answer.source.startswith("def double(number: int) -> int:")
        assert last.outputs
