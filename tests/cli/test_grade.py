"""``vislearn grade`` as a teacher types it; what it finds out is `tests/grading`'s."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from vislearn import grading
from vislearn.cli import main
from vislearn.errors import MissingError
from vislearn.grading import ClassReport, Row, StudentReport

RIGHT, WRONG = Row("a.b", "right"), Row("a.c", "wrong")
REPORT = StudentReport("rahim", "0", "en", (RIGHT, WRONG), ("x.ipynb is empty. Ask for it again.",))


@pytest.fixture
def asked(monkeypatch):
    """What the library is asked for; it answers with one student."""
    calls = []

    def grade(path, out, *, each, **options):
        calls.append((str(path), options))
        each(REPORT, 1)
        return ClassReport(out, ("a.b", "a.c"), (REPORT,), jailed=True)

    monkeypatch.setattr(grading, "grade", grade)
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    return calls


def run(*words):
    done = CliRunner().invoke(main, ["grade", *words])
    return done.exit_code, done.output


def test_a_row_for_each_student_and_the_page_to_open(asked):
    code, said = run("all.zip", "--out", "report", "-j", "2", "--lesson", "6")
    assert code == 0
    assert said.splitlines()[-1] == f"Open {Path('report/class.html')}"
    assert "rahim                    1 of 2 right  x.ipynb is empty. Ask for it again." in said
    assert asked == [("all.zip", {"lesson": "6", "jobs": 2, "jail": True, "namespaces": True})]


def test_the_jail_is_left_out_only_where_that_is_said(asked):
    assert run("all", "--out", "report", "--without-jail")[0] == 0
    assert asked[0][1]["jail"] is False
    assert run("all", "--out", "report", "--without-namespaces")[0] == 0
    assert (asked[1][1]["jail"], asked[1][1]["namespaces"]) == (True, False)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Stopped. The same command goes on where it stopped.\n"),
        (MissingError("No walls.", fix="Say so."), 1, "Error: No walls. Say so.\n"),
    ],
)
def test_stopped_and_refused(asked, monkeypatch, raised, code, said):
    def fails(*_args, **_options):
        raise raised

    monkeypatch.setattr(grading, "grade", fails)
    found = run("all", "--out", "report")
    assert found[0] == code
    assert found[1].endswith(said)
