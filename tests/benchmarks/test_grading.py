"""The class that grading is timed on: made of the lesson's cells, and graded as it was meant."""

import json
import random
import sqlite3
from contextlib import closing

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


def test_what_is_handed_in_holds_answers_and_no_hidden_test(grading, tmp_path):
    exported = grading._read(grading.export_assignment("06", tmp_path, "nbgrader"))
    handed = grading.handed_in(exported, {"vision.align": "def align(*_): return 3"})
    sources = [cell["source"] for cell in handed["cells"]]
    assert "def align(*_): return 3" in sources
    assert sum(source.endswith("...  # your code here\n") for source in sources) == 5
    assert not any("salt=" in source or "SOLUTION" in source for source in sources)
    assert sum('check("vision.' in source for source in sources) == 6


def test_nbgraders_gradebook_is_read_as_verdicts(grading, tmp_path):
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as made:
        made.executescript(
            """
            CREATE TABLE grade (cell_id, notebook_id, auto_score);
            CREATE TABLE base_cell (id, name);
            CREATE TABLE submitted_notebook (id, assignment_id);
            CREATE TABLE submitted_assignment (id, student_id);
            INSERT INTO base_cell VALUES (1, 'check-nms');
            INSERT INTO submitted_notebook VALUES (2, 3), (4, 5);
            INSERT INTO submitted_assignment VALUES (3, 'right'), (5, 'wrong');
            INSERT INTO grade VALUES (1, 2, 1.0), (1, 4, 0.0);
            """
        )
    found = grading._scores(tmp_path / "gradebook.db")
    assert found == {"right": {"nms": "right"}, "wrong": {"nms": "not right"}, "untouched": {}}


def test_verdicts_that_differ_are_shown_and_counted(grading):
    ours = {"right": {"nms": "right"}, "wrong": {"nms": "error"}, "untouched": {"nms": "not attempted"}}
    theirs = {"right": {"nms": "right"}, "wrong": {"nms": "right"}, "untouched": {}}
    lines = list(grading._table({"vislearn": ours, "otter": theirs}))
    assert [line.endswith("DIFFER") for line in lines] == [False, True, True, False]
    assert lines[-1] == "1 of 3 answers: the same verdict from vislearn, otter"


def test_who_is_not_at_hand_is_named(grading, tmp_path, monkeypatch, capsys):
    verdicts = {kind: {"nms": "right"} for kind in ("right", "wrong", "untouched")}
    row = {"name": "vislearn grade", "s": 1.0, "cpu_s": 1.0, "answers": 3}
    monkeypatch.setattr(grading, "_ours", lambda *_given: (row, verdicts))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(grading._side_by_side("06", tmp_path, [], [])) == {"vislearn"}
    said = capsys.readouterr().out
    assert "nbgrader is not at hand" in said
    assert "otter is not at hand" in said
