import subprocess
import sys
from pathlib import Path

import pytest

from vislearn.checkout import PACKAGE
from vislearn.exercises import folders as room
from vislearn.exercises.folders import folder_of_module, folder_of_name, folders, load, place

LESSONS = PACKAGE / "exercises" / "lessons"
LOADED = "print(*(name for name in sys.modules if name.startswith('vislearn.exercises.lessons')))"


def loaded_after(statements):
    """The lessons' modules that a fresh interpreter has loaded."""
    code = f"import sys; {statements}; {LOADED}"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(asked.stdout.split())


def test_no_folder_no_lesson(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_LESSONS", tmp_path)
    assert folders() == []


def test_a_lesson_is_a_folder_with_modules_and_nothing_else(monkeypatch, tmp_path):
    monkeypatch.setattr(room, "_LESSONS", tmp_path)
    for name in ("b/__init__.py", "a/__init__.py", "__pycache__/c.pyc", "notes/read.txt", "module.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert folders() == ["a", "b"]


def test_every_folder_in_lessons_is_found():
    """One without an __init__.py would lie there unseen, and be missing in an installed package."""
    assert folders() == sorted({path.parent.name for path in LESSONS.glob("*/*.py")})


def test_importing_the_framework_loads_no_lesson():
    assert loaded_after("import vislearn.exercises") == set()


def test_a_check_loads_its_own_lesson_and_no_other():
    statements = "from vislearn.exercises import check; check('pipeline.normalize', len)"
    modules = {
        f"vislearn.exercises.lessons.pipeline.{path.stem}" for path in LESSONS.glob("pipeline/[a-z]*.py")
    }
    packages = {"vislearn.exercises.lessons", "vislearn.exercises.lessons.pipeline"}
    assert loaded_after(statements) == modules | packages


def test_a_folder_is_loaded_whole():
    assert loaded_after("from vislearn.exercises.folders import load; load('overview')") > {
        f"vislearn.exercises.lessons.overview.{path.stem}" for path in LESSONS.glob("overview/[a-z]*.py")
    }


def test_loading_again_does_nothing():
    load("overview")
    before = dict(sys.modules)
    load("overview")
    assert all(sys.modules[name] is module for name, module in before.items())


@pytest.mark.parametrize(
    ("name", "folder"), [("", ""), ("pipeline", "pipeline"), ("pipeline.normalize", "pipeline"), (".x", "")]
)
def test_a_name_begins_with_its_folder(name, folder):
    assert folder_of_name(name) == folder


@pytest.mark.parametrize(
    ("module", "folder"),
    [
        ("__main__", None),
        ("vislearn.exercises.registry", None),
        ("vislearn.exercises.lessons", None),
        ("vislearn.exercises.lessons.pipeline", "pipeline"),
        ("vislearn.exercises.lessons.pipeline.ranges", "pipeline"),
    ],
)
def test_a_module_lies_in_a_folder(module, folder):
    assert folder_of_module(module) == folder


def test_a_place_is_written_as_it_would_be_typed():
    assert place(Path(room.__file__)) == "vislearn/exercises/folders.py"
