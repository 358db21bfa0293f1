"""From a student's files to rows, with a judge that believes everybody."""

import json

import pytest

from vislearn.exercises.registry import find
from vislearn.exercises.verdict import Verdict
from vislearn.grading.assignment import Task
from vislearn.grading.collecting import File, Submission
from vislearn.grading.marking import mark
from vislearn.problems import Problem

from .conftest import TASKS, answered, code, notebook, solved

TO_DO = [Task(name, "01_small", f"exercise-{name}") for name in TASKS]


class Believer:
    """Calls every answer what it was made with, and counts."""

    def __init__(self, message="Good.", status="right", cause=""):
        self.message, self.status, self.cause, self.asked = message, status, cause, []
        self.exercise, self.reported = find(TASKS[0]), ""

    def case(self, name):
        return self

    def verdict(self, name, program):
        self.asked.append((name, program.cells[-1]["source"]))
        return Verdict(name, self.status, self.message, "value", cause=self.cause)


def report(*files, judge=None):
    made = tuple(
        each if isinstance(each, File) else File(f"{n}.ipynb", json.dumps(each).encode())
        for n, each in enumerate(files)
    )
    return mark(Submission("a", made), TO_DO, judge or Believer())


def test_every_answer_is_asked_for_once():
    judge = Believer()
    assert [row.status for row in report(answered(solved()), judge=judge).rows] == ["right"] * 3
    assert [name for name, _source in judge.asked] == list(TASKS)


@pytest.mark.parametrize(
    ("stored", "status"),
    [
        (notebook(), "missing"),
        (answered({}), "not attempted"),
        (answered({TASKS[0]: "def to_unit_range(:"}), "error"),
    ],
)
def test_where_nothing_is_to_judge_nobody_is_asked(stored, status):
    judge = Believer()
    assert report(stored, judge=judge).rows[0].status == status
    assert judge.asked == []


def test_one_that_can_not_be_judged_stops_nobody():
    judge = Believer()
    judge.verdict = lambda name, program: 1 / 0
    found = report(answered(solved()), judge=judge).rows[0]
    assert (found.status, found.verdict.message) == (
        "error",
        "It could not be judged: ZeroDivisionError: division by zero",
    )
    assert not report(answered(solved()), judge=judge).finished
    assert report(answered(solved())).finished


def test_files_that_can_not_be_read_are_named():
    found = report(File("a", b"{"), File("b", problem=Problem("b", "is a link", "No.")))
    assert [row.status for row in found.rows] == ["unreadable"] * 3
    assert found.problems == ("a is damaged: it is no JSON. Ask for it again.", "b is a link. No.")
    assert report(File("a", b"{"), answered(solved())).right == 3


def test_of_several_notebooks_the_lessons_own_and_the_last_counts():
    other = notebook(code("def to_unit_range(x):\n    return 9"), lesson="09_other")
    first, last = (answered(solved(to_unit_range=f"def to_unit_range(x):\n    return {n}")) for n in (1, 2))
    judge = Believer()
    row = report(first, last, other, judge=judge).rows[0]
    assert judge.asked[0][1].endswith("return 2")
    assert row.remarks == ("Several notebooks hold an answer: the last one's counts.",)


def test_a_misconception_is_counted_in_english_whatever_the_student_reads():
    known = find(TASKS[0]).mistakes[0].diagnosis
    from vislearn.language import translate_to

    judge = Believer(translate_to("bn", known), "wrong")
    found = report(answered(solved(), language="bn"), judge=judge)
    assert found.language == "bn"
    assert found.rows[0].diagnosis == known
    assert report(answered(solved()), judge=Believer("?", "wrong")).rows[0].diagnosis == "value"
    failed = Believer("KeyError: 3 (line 2 of your cell)", "error")
    assert report(answered(solved()), judge=failed).rows[0].diagnosis == "value: KeyError"
    endless = Believer("TimeoutError: 3", "error", "endless")
    assert report(answered(solved()), judge=endless).rows[0].diagnosis == "endless"
