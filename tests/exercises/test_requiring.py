"""An answer's verdict as an error, for graders that count those."""

import pytest

from vislearn import progress
from vislearn.errors import InputError
from vislearn.exercises import require_right

NAME = "pipeline.to_unit_range"


def right(image):
    return image.float() / 255


def wrong(image):
    return image.float() / 256


def test_right_says_nothing():
    assert require_right(NAME, right, salt="pepper") is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (wrong, "Divide by 255"),
        (lambda image: ..., "Write your code"),
        (lambda: 0, "must take"),
        (3, "Pass the"),
    ],
)
def test_all_else_raises_what_the_verdict_says(answer, said):
    with pytest.raises(AssertionError, match=said):
        require_right(NAME, answer)


def test_the_salt_draws_the_inputs():
    seen = []

    def learnt_by_heart(image):
        seen.append(float(image.float().mean()))
        return right(image)

    for salt in (0, "pepper", "pepper"):
        require_right(NAME, learnt_by_heart, salt)
    third = len(seen) // 3
    assert seen[:third] != seen[third : 2 * third] == seen[2 * third :]


def test_no_progress_is_kept(monkeypatch):
    monkeypatch.setattr(progress, "record", lambda *told: pytest.fail("a grader's computer kept a verdict"))
    require_right(NAME, right)


def test_an_unknown_name_is_no_verdict():
    with pytest.raises(InputError, match="exercise"):
        require_right("pipeline.to_unit_rage", right)
