"""Reports are kept whole and come back as they were, to the run that they belong to."""

import pytest

from vislearn.exercises.verdict import Check, Verdict
from vislearn.grading.records import Row, StudentReport, read_report, write_report

VERDICT = Verdict(
    "a.b",
    "wrong",
    "No.",
    "value",
    "1 expected",
    ("hint",),
    (Check("runs", True), Check("type", None)),
    touches=("x",),
)
ROWS = (
    Row("a.b", "wrong", "No.", VERDICT, ("remark",), True, "shape", "def b(): ..."),
    Row("a.c", "missing"),
)
REPORT = StudentReport("রহিম", "digest", "bn", ROWS, ("x is empty.",))


def test_a_report_comes_back_as_it_was(tmp_path):
    write_report(tmp_path / "r.json", REPORT, {"salt": "s"})
    assert read_report(tmp_path / "r.json", {"salt": "s"}) == REPORT


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"run": {"salt": "s"}, "rows": [3], "problems": []}'])
def test_a_damaged_one_and_another_runs_are_none(tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    assert read_report(tmp_path / "r.json", {"salt": "s"}) is None
    assert read_report(tmp_path / "nothing.json", {}) is None
    write_report(tmp_path / "r.json", REPORT, {"salt": "s"})
    assert read_report(tmp_path / "r.json", {"salt": "t"}) is None


def test_right_answers_are_counted():
    assert StudentReport("a", "", "en", (*ROWS, Row("a.d", "right"))).right == 1
