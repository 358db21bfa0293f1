"""An answer of this process, as the examination sees it."""

import pytest

from vislearn.exercises import registry
from vislearn.exercises.examinees import Here


def idle(x):
    """Only a prompt."""
    ...


@pytest.mark.parametrize(
    ("answer", "instead", "is_idle"),
    [(3, "the number 3", False), (None, "nothing (None)", False), (idle, "", True), (len, "", False)],
)
def test_what_it_is(answer, instead, is_idle):
    assert Here(answer).instead() == instead
    assert Here(answer).is_idle() is is_idle


def test_what_it_takes():
    assert list(Here(idle).signature().parameters) == ["x"]
    assert Here(dict.fromkeys(["a"]).get).signature() is not None
    assert Here(type).signature() is None  # written in C, and does not tell


def test_what_it_comes_to():
    exercise = registry.find("pipeline.to_unit_range")
    outcome = Here(lambda image: image.shape).outcome(exercise, 0)
    assert outcome.value == exercise.arguments(0)[0].shape
    failed = Here(lambda image: image / "a").outcome(exercise, 0, again=True)
    assert (failed.kind, type(failed.error)) == ("error", TypeError)
    assert failed.place[1].startswith("failed = Here(")
