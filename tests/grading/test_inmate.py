"""What an inmate says of a learner's code; here it runs in the test's own process, for no code is hostile."""

import socket

import pytest
import torch

from vislearn.exercises import solution_source
from vislearn.grading import inmate, wire
from vislearn.grading.inmate import serve

NAME = "pipeline.to_unit_range"


@pytest.fixture
def told(monkeypatch):
    """``told(source, *calls)``: all that comes back."""
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")

    def run(source, *calls, keep=None, **job):
        cells = [{"name": "cell 1", "source": source, "keep": keep or list(range(source.count("\n\n") + 1))}]
        mine, theirs = socket.socketpair()
        with mine, theirs:
            fixed = {"exercise": NAME, "salt": 0, "language": "en", "forbids": [], "observing": False}
            wire.send(mine, fixed | {"function": "to_unit_range", "cells": cells} | job)
            for call in calls:
                wire.send(mine, {"trial": 0, "again": False, "limit": 10.0} | call)
            mine.shutdown(socket.SHUT_WR)
            serve(theirs)
            return [wire.receive(mine) for _ in range(len(calls) + 1)]

    return run


def test_it_introduces_its_function(told):
    about = told("def to_unit_range(image, *, size=3):\n    ...")[0]
    assert about == {
        "trouble": "",
        "late": False,
        "instead": "",
        "signature": [("image", 1, False), ("size", 3, True)],
        "idle": True,
    }


@pytest.mark.parametrize(
    ("source", "trouble"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("exit(3)", "SystemExit: 3"),
        ("x = 1", ""),
    ],
)
def test_where_there_is_no_function_it_says_why(told, source, trouble):
    about = told(source)[0]
    assert (about["trouble"], about["instead"]) == (trouble, "nothing (None)")


def test_a_cell_that_does_not_end_is_told_from_one_that_fails(told, monkeypatch):
    assert not told("1 / 0")[0]["late"]
    monkeypatch.setattr("vislearn.grading.inmate._PREPARING_S", 0.05)
    about = told("x = 1\n\nwhile True: pass", language="bn")[0]
    assert about["late"]
    assert about["trouble"] == "৩ নম্বর লাইন: ০ সেকেন্ডের বেশি"


def test_every_statement_has_twenty_seconds(told, monkeypatch):
    class Hurry:
        """A clock for code that needs 21 seconds."""

        def __init__(self, seconds):
            self.seconds = seconds

        def __enter__(self):
            if self.seconds < 21:
                raise inmate.OutOfTime

        def __exit__(self, *_error):
            pass

    monkeypatch.setattr(inmate, "Deadline", Hurry)
    assert told("x = 1\n\ny = 2")[0]["trouble"] == "line 3: more than 20 s"


def test_it_answers_with_values(told):
    args = (torch.full((3, 2, 2), 255, dtype=torch.uint8),)
    source = "def to_unit_range(image):\n    print('hi')\n    return image / 255"
    answer = told(source, {"args": args})[1]
    assert torch.equal(answer["value"], torch.ones(3, 2, 2))
    assert (answer["kind"], answer["printed"], answer["touched"]) == ("value", "hi\n", [])


def test_it_says_what_was_changed_and_what_was_called(told):
    body = "    torch.set_default_dtype(torch.float64)\n    return image.add_(1).sum()"
    source = f"import torch\n\ndef to_unit_range(image):\n{body}"
    answer = told(source, {"args": (torch.zeros(2),)}, forbids=[("torch", "sum")])[1]
    assert answer["changed"] == ["the default dtype"]
    assert answer["touched"] == [0]
    source = "import torch\n\ndef to_unit_range(image):\n    return torch.sum(image)"
    assert told(source, {"args": (torch.zeros(2),)}, forbids=[("torch", "sum")])[1]["called"] == ["sum"]


def test_an_error_brings_its_line_along(told):
    answer = told("def to_unit_range(image):\n    return {}['a']", {"args": (torch.zeros(2),)})[1]
    assert (answer["kind"], answer["error"]) == ("error", ("KeyError", "a"))
    assert answer["place"] == (2, "return {}['a']")


def test_only_the_chosen_statements_run(told):
    assert told("def to_unit_range(image):\n    return 1\n\nraise ValueError", keep=[0])[0]["trouble"] == ""


def test_where_it_observes_it_draws_the_arguments_itself(told):
    source = "import torch\n\n" + solution_source(NAME).replace("Tensor", "torch.Tensor")
    answer = told(source, {}, observing=True, salt="pepper", keep=[0, 1])[1]
    assert answer["kind"] == "value"
    assert answer["value"].dtype == torch.float32
