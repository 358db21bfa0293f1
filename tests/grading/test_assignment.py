"""Which exercises are graded."""

import json
import os

import pytest

from vislearn.errors import InputError
from vislearn.grading.assignment import in_language, lesson_notebook, solutions, tasks_of
from vislearn.grading.collecting import File, Submission
from vislearn.grading.finding import find_answer
from vislearn.grading.notebooks import read_notebook

from .conftest import TASKS, answered, code, notebook

pytestmark = pytest.mark.usefixtures("small_course")


def handed_in(stored):
    return [Submission("a", (File("a", json.dumps(stored).encode()), File("b", b"broken")))]


@pytest.mark.parametrize(
    ("lesson", "stored"),
    [
        ("1", notebook()),
        (None, answered({})),
        (None, notebook(lesson="01_small")),
        (None, {"cells": [code("x", tag=TASKS[1])]}),
    ],
)
def test_a_lesson_is_named_or_known_by_what_was_handed_in(lesson, stored):
    found = tasks_of(lesson, handed_in(stored))
    assert [task.exercise for task in found] == list(TASKS)
    assert {task.lesson for task in found} == {"01_small"}
    assert found[0].cell_id == f"exercise-{TASKS[0]}"


def test_where_nothing_tells_it_must_be_named():
    with pytest.raises(InputError, match="must be named"):
        tasks_of(None, handed_in(notebook(lesson="09_elsewhere")))
    with pytest.raises(InputError, match="must be one of"):
        tasks_of("3", [])


def test_the_solutions_answer_every_exercise():
    tasks = tasks_of("1", [])
    handed = solutions(tasks)
    stored = read_notebook(handed.files[0].data)
    assert handed.student == ""
    assert [find_answer(stored, task.exercise, task.cell_id).state for task in tasks] == ["answered"] * 3


def test_a_language_is_spoken_inside_only(monkeypatch):
    monkeypatch.delenv("VISLEARN_LANGUAGE", raising=False)
    with in_language("bn"):
        assert os.environ["VISLEARN_LANGUAGE"] == "bn"
    assert "VISLEARN_LANGUAGE" not in os.environ


def test_a_language_that_was_set_is_set_again_whatever_happens(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    with pytest.raises(ZeroDivisionError), in_language("bn"):
        1 / 0  # noqa: B018
    assert os.environ["VISLEARN_LANGUAGE"] == "en"


def test_a_lesson_without_exercises_is_refused(small_course):
    write(small_course.parent / "course/02_talk.ipynb", notebook(code("x = 1"), lesson="02_talk"))
    with pytest.raises(InputError, match=r"lesson must have exercises, got 02_talk.*Choose another"):
        tasks_of("2", [])
    assert {task.lesson for task in tasks_of("1", [])} == {"01_small"}


def test_each_edition_is_found_in_its_folder(small_course):
    course = small_course.parent / "course"
    write(course / "bn/01_small.ipynb", notebook(code("পরীক্ষা = 1")))
    assert lesson_notebook("01_small", "bn")["cells"][0]["source"] == "পরীক্ষা = 1"
    assert lesson_notebook("01_small") == lesson_notebook("01_small", "en") == answered({})


def write(file, stored):
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(stored), encoding="utf-8")
