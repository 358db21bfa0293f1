"""What the tests of exercises share, and the tables that are tests.

A module about a lesson's exercises holds two tables. ``RIGHT`` gives for each exercise a list of answers that
must be accepted; ``WRONG`` gives for each exercise a dict from every registered mistake, by its function's
name, to somebody else's way to make it. A third, ``UNLISTED``, gives for each exercise wrong answers that no
registered mistake describes: they must be refused, and no diagnosis that fits only in part may be told. Each
entry becomes a test here: no lesson repeats the tests, none forgets one.
"""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import Exercise, find
from vislearn.exercises.running import run


def pytest_pycollect_makeitem(collector, name, obj):
    """The tests that the tables ``RIGHT`` and ``WRONG`` stand for; nothing special for other names."""
    if name == "RIGHT":
        answers = [(exercise, i, answer) for exercise in obj for i, answer in enumerate(obj[exercise])]
        tests = {f"[{exercise}-{i}]": is_right(exercise, answer) for exercise, i, answer in answers}
    elif name == "WRONG":
        tests = {f"[{exercise}]": is_complete(exercise, obj[exercise]) for exercise in obj}
        for exercise, answers in obj.items():
            for mistake, answer in answers.items():
                tests[f"[{exercise}{mistake}]"] = is_diagnosed(exercise, mistake, answer)
    elif name == "UNLISTED":
        answers = [(exercise, i, answer) for exercise in obj for i, answer in enumerate(obj[exercise])]
        tests = {f"[{exercise}-{i}]": is_refused(exercise, answer) for exercise, i, answer in answers}
    else:
        return None
    return [
        pytest.Function.from_parent(collector, name=name + case, callobj=test) for case, test in tests.items()
    ]


def is_right(exercise, answer):
    def test_every_way_to_be_right():
        verdict = check(exercise, answer)
        assert verdict.status == "right", verdict
        known = find(exercise)
        facts = run(known, known.reference, 0).value if known.observer else {}
        assert [fact.met for fact in verdict.facts] == [True] * len(facts)

    return test_every_way_to_be_right


def is_diagnosed(exercise, mistake, answer):
    def test_a_mistake_written_otherwise_gets_the_same_diagnosis():
        verdict = check(exercise, answer)
        assert (verdict.status, verdict.message) == ("wrong", diagnosis_of(exercise, mistake))

    return test_a_mistake_written_otherwise_gets_the_same_diagnosis


def is_refused(exercise, answer):
    def test_what_no_mistake_describes_is_refused_without_a_diagnosis():
        verdict = check(exercise, answer)
        assert verdict.status in ("wrong", "error"), verdict
        assert verdict.message not in {mistake.diagnosis for mistake in find(exercise).mistakes}

    return test_what_no_mistake_describes_is_refused_without_a_diagnosis


def is_complete(exercise, answers):
    def test_every_mistake_has_been_written_otherwise():
        assert set(answers) == {mistake.function.__name__ for mistake in find(exercise).mistakes}

    return test_every_mistake_has_been_written_otherwise


def diagnosis_of(exercise, mistake):
    return next(m.diagnosis for m in find(exercise).mistakes if m.function.__name__ == mistake)


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def diagnosis():
    """The text a mistake, called by its function's name, must be answered with."""
    return diagnosis_of


@pytest.fixture
def cell():
    """Runs a cell's source as a lesson would, and gives back the function it defines."""

    def run(source, name):
        names = {"math": math, "torch": torch, "Tensor": Tensor, "DataLoader": DataLoader, "Dataset": Dataset}
        names |= {"nn": nn, "v2": v2, "ImageFolder": ImageFolder, "Path": Path}
        exec(compile(source, "<cell>", "exec"), names)
        return names[name]

    return run


@pytest.fixture
def made(monkeypatch):
    """Makes small exercises that live as long as the test: ``made(reference, inputs, hints=…)``."""

    def make(reference, inputs=lambda generator: (torch.rand(2, 3, generator=generator),), **options):
        options = {"hints": ["a nudge", "nearly `code`"], "trials": 3, "atol": 1e-5} | options
        exercise = Exercise("overview.made", reference, **options)
        exercise.inputs(inputs)
        monkeypatch.setitem(find.__globals__["_exercises"], exercise.name, exercise)
        return exercise

    return make
