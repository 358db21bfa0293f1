"""The class that grading is timed on: made of the lesson's cells, and graded as it was meant."""

import json
import random

import pytest

from vislearn.exercises import check


@pytest.fixture
def grading(script):
    return script("grading")


def test_a_class_is_made_of_the_lessons_exercises(grading, tmp_path):
    names = grading.class_of(2, "06", tmp_path)
    assert names[0] == "vision.to_xyxy"
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.ipynb"))
    assert files == ["student-00/lesson.ipynb", "student-01/lesson.ipynb"]
    first = json.loads((tmp_path / files[0]).read_text(encoding="utf-8"))
    assert len(first["cells"]) == 1 + len(names)


def test_a_wrong_answer_is_one_that_its_exercise_knows(grading):
    known = {}
    exec(grading.wrong_source("pipeline.to_unit_range", random.Random(0)), known)
    assert check("pipeline.to_unit_range", known["to_unit_range"]).status == "wrong"


def test_for_nbgrader_every_exercise_is_followed_by_its_check(grading):
    notebook = grading._for_nbgrader(grading._cut("06"))
    grades = [cell["metadata"]["nbgrader"]["grade"] for cell in notebook["cells"][1:]]
    assert grades == [False, True] * 6
