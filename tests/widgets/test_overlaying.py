"""The overlay lab: each control does what it says, and a picture stands in without a kernel."""

import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.widgets import overlay_lab
from vislearn.widgets.overlaying import _labels

IMAGE = np.full((30, 40, 3), 90, np.uint8)
NAMES = ["background", "road", "car"]
COLOURS = [(0, 0, 0), (200, 10, 10), (10, 200, 10)]
SCORES = torch.zeros(3, 30, 40)
SCORES[0], SCORES[1, :, :20], SCORES[2, :, :20] = 0.1, 0.55, 0.35
SCORES[0, :, 20:] = 1


def view(lab):
    return lab.view.children[-1].value


def test_the_likeliest_or_one_that_is_likely_enough():
    scores = SCORES.numpy()
    assert set(np.unique(_labels(scores, -1, 0.5)[:, :20])) == {1}
    assert set(np.unique(_labels(scores, -1, 0.6)[:, :20])) == {-1}
    assert set(np.unique(_labels(scores, 2, 0.3)[:, :20])) == {2}
    assert set(np.unique(_labels(scores, 2, 0.4))) == {-1}


def test_every_control_changes_the_picture(controls):
    lab = overlay_lab(IMAGE, SCORES, NAMES)
    assert "<img" in lab.fallback
    found = controls(lab)
    assert [word for word, _value in found["class shown"].options] == ["all classes", "road", "car"]
    seen = [view(lab)]
    for name, value in [("class shown", 2), ("least probability", 0.2), ("strength of colours (alpha)", 0.9)]:
        found[name].value = value
        seen.append(view(lab))
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (SCORES[:2], r"\(K, H, W\) with K = 3"),
        (SCORES[None], r"\(K, H, W\) with K = 3"),
        (SCORES * 4 - 1, r"0\.\.1.*softmax"),
    ],
)
def test_refused(scores, message):
    with pytest.raises(InputError, match=message):
        overlay_lab(IMAGE, scores, NAMES)


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(InputError, match="as large as the picture"):
        overlay_lab(IMAGE[1:], SCORES, NAMES)


def test_classes_have_the_colours_that_are_given():
    seen = {overlay_lab(IMAGE, SCORES, NAMES, colors=colors).fallback for colors in (None, COLOURS)}
    assert len(seen) == 2
    with pytest.raises(InputError, match=r"one for each of the classes 0 \.\.\. 2"):
        overlay_lab(IMAGE, SCORES, NAMES, colors=COLOURS[:2])
