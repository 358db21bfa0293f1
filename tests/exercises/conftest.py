import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from vislearn.exercises.registry import Exercise, find


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def diagnosis():
    """The text a mistake, called by its function's name, must be answered with."""

    def look_up(exercise, mistake):
        return next(m.diagnosis for m in find(exercise).mistakes if m.function.__name__ == mistake)

    return look_up


@pytest.fixture
def cell():
    """Runs a cell's source as a lesson would, and gives back the function it defines."""

    def run(source, name):
        names = {"torch": torch, "Tensor": Tensor, "DataLoader": DataLoader, "Dataset": Dataset, "v2": v2}
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
