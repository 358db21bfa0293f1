"""The mistake browser: what is wrong, by class and page, the worst first."""

import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.widgets import mistake_browser

IMAGES = [np.full((8, 8, 3), 40 * number, np.uint8) for number in range(5)]
TRUTH = [0, 0, 1, 1, 0]
CHANCES = [[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.7, 0.3], [0.1, 0.9]]  # wrong: 1, 2, 3 and, worst of all, 4
NAMES = ["cat", "dog"]


def figure(lab):
    return lab.view.children[-1].value


def test_each_choice_says_how_many_mistakes_there_are(controls):
    lab = mistake_browser(IMAGES, TRUTH, CHANCES, NAMES)
    words = [word for word, _value in controls(lab)["what it is (mistakes)"].options]
    assert words == ["all classes (4)", "cat (2)", "dog (2)"]
    assert "Mistakes 1 to 4 of 4, the worst first: all classes." in lab.fallback


def test_class_and_page_change_what_is_shown(controls, monkeypatch):
    asked = []
    real = mistake_browser.__globals__["mistakes"]

    def drawn(images, truth, chances, names, **more):
        asked.append([int(image[0, 0, 0]) // 40 for image in images])
        return real(images, truth, chances, names, **more)

    monkeypatch.setitem(mistake_browser.__globals__, "mistakes", drawn)
    lab = mistake_browser(IMAGES, torch.tensor(TRUTH), torch.tensor(CHANCES), NAMES, per_page=3)
    found = controls(lab)
    assert asked[-1] == [4, 2, 3]
    found["page"].value = 2
    assert asked[-1] == [1]
    assert "Mistakes 4 to 4 of 4" in figure(lab)
    found["what it is (mistakes)"].value = 1  # of dogs there is one page only
    assert asked[-1] == [2, 3]
    assert "dog: mistakes 1 to 2 of 2" in figure(lab) or "Mistakes 1 to 2 of 2" in figure(lab)


@pytest.mark.parametrize(
    ("chances", "more", "sentence"),
    [
        (CHANCES, {"per_page": 0}, "per_page must be at least 1"),
        ([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]], {}, "must hold a wrong answer"),
        ([[3.0, -1.0]] * 5, {}, "probabilities must lie in 0…1"),
        (CHANCES[:4], {}, "truth must be as many as probabilities"),
    ],
)
def test_refused(chances, more, sentence):
    with pytest.raises(InputError, match=sentence):
        mistake_browser(IMAGES, TRUTH, chances, NAMES, **more)
