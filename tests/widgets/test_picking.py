import pytest

from vislearn.errors import InputError
from vislearn.widgets import model_picker

MODELS = [
    {"name": "small", "ms": 7.0, "mb": 9.8, "score": 67.7},
    {"name": "middle", "ms": 50.0, "mb": 44.7, "score": 69.8},
    {"name": "large", "ms": 120.0, "mb": 97.8, "score": 80.9},
]


def test_each_limit_takes_the_best_away(controls):
    lab = model_picker(MODELS)
    assert "The best that fits: large" in lab.fallback
    found = controls(lab)
    view = lab.view.children[-1]
    found["at most, ms for one picture"].value = 50
    assert "The best that fits: middle" in view.value
    found["at most, MB of the file"].value = 20
    assert "The best that fits: small" in view.value
    found["at least, % of the score"].value = 70
    assert "Nothing fits" in view.value
    assert 'role="alert"' not in view.value


def test_limits_reach_from_the_least_to_just_beyond_the_most_there_is(controls):
    found = controls(model_picker(MODELS))
    ends = {words: (one.min, one.max, one.step, one.value) for words, one in found.items()}
    assert ends == {
        "at most, ms for one picture": (5, 125, 5, 125),
        "at most, MB of the file": (1, 100, 1, 100),
        "at least, % of the score": (67, 81, 1, 67),
    }


def test_a_limit_that_is_just_kept_is_kept(controls):
    lab = model_picker([{"name": "exact", "ms": 10.0, "mb": 20.0, "score": 70.0}, MODELS[2]])
    found = controls(lab)
    found["at most, ms for one picture"].value = 10
    found["at most, MB of the file"].value = 20
    assert "The best that fits: exact" in lab.view.children[-1].value


@pytest.mark.parametrize(
    ("models", "message"),
    [([], "at least one record"), ([{"name": "a", "ms": 1.0, "mb": 2.0}], "got no score")],
)
def test_records_that_lack_something(models, message):
    with pytest.raises(InputError, match=message):
        model_picker(models)
