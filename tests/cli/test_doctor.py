import json

import click
import pytest
from click.testing import CliRunner

from vislearn.cli import doctor as module
from vislearn.cli import main
from vislearn.cli.examination import Answer
from vislearn.problems import Problem

FINE = Answer("Python", "3.11")
WARNED = Answer("data", Problem("data", "photos: not built", "build them"), hinders=False)
BAD = Answer("torch", Problem("torch", "does not start", "install it again"))


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")

    def ask(answers, *words):
        monkeypatch.setattr("vislearn.cli.doctor.examine", lambda: iter(answers))
        return CliRunner().invoke(main, ["doctor", *words])

    return ask


@pytest.mark.parametrize(
    ("answers", "status", "count"),
    [
        ([], 0, "Problems: 0. Warnings: 0."),
        ([FINE, WARNED], 0, "Problems: 0. Warnings: 1."),
        ([FINE, WARNED, BAD], 1, "Problems: 1. Warnings: 1."),
    ],
)
def test_only_a_problem_fails(ask, answers, status, count):
    done = ask(answers)
    assert (done.exit_code, done.output.splitlines()[-1]) == (status, count)


def test_an_answer_says_its_state_in_a_word_and_what_to_do(ask):
    lines = ask([FINE, BAD]).output.splitlines()
    assert lines[0].split() == ["ok", "Python", "3.11"]
    assert lines[1].split() == ["problem", "torch", "does", "not", "start"]
    assert lines[2].strip() == "→ install it again"


def test_json_is_for_programs(ask):
    done = ask([WARNED, BAD], "--json")
    assert done.exit_code == 1
    assert json.loads(done.output) == [
        {"topic": "data", "state": "warning", "what": "photos: not built", "todo": "build them"},
        {"topic": "torch", "state": "problem", "what": "does not start", "todo": "install it again"},
    ]


def test_every_state_has_its_colour_and_word(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    for answer, state in ((FINE, "ok"), (WARNED, "warning"), (BAD, "problem")):
        said = module.line(answer)
        assert click.unstyle(said) != said
        assert state in said
