"""Labs for detection: each slider does what it says, and a picture stands in without a kernel."""

import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.widgets import anchor_lab, detection, epoch_lab, threshold_lab

IMAGE = np.full((48, 64, 3), 90, np.uint8)
FOUND = {
    "boxes": torch.tensor([[4.0, 4, 24, 24]]),
    "labels": torch.tensor([1]),
    "scores": torch.tensor([0.9]),
}


@pytest.fixture
def calls(monkeypatch):
    """What the drawing functions were asked for; they still draw."""
    asked = []
    for name in ("anchors", "boxes_at_thresholds", "predictions_by_epoch"):
        real = getattr(detection, name)
        monkeypatch.setattr(
            detection,
            name,
            lambda *args, _real=real, **more: asked.append((args, more)) or _real(*args, **more),
        )
    return asked


def test_anchor_lab(calls, controls):
    lab = anchor_lab(IMAGE, truth=FOUND["boxes"])
    assert "<img" in lab.fallback
    assert calls[-1][1]["sizes"] == [20, 30, 45]
    growth = controls(lab)["each next one is larger by"]
    assert (growth.min, growth.max, growth.step) == (1.1, 2.0, 0.1)
    controls(lab)["smallest size (pixels)"].value = 8
    controls(lab)["height : width"].value = "0.5 1 2"
    controls(lab)["stride (pixels)"].value = 16
    assert (calls[-1][1]["sizes"], calls[-1][1]["ratios"], calls[-1][1]["stride"]) == (
        [8, 12, 18],
        [0.5, 1, 2],
        16,
    )


def test_threshold_lab(calls, controls):
    lab = threshold_lab(IMAGE, FOUND, names=["ant"], truth=FOUND)
    assert "<img" in lab.fallback
    assert calls[-1][0][2:] == (0.5, 0.5)
    controls(lab)["least score"].value = 0.95
    controls(lab)["overlap (IoU) allowed"].value = 0.3
    assert calls[-1][0][2:] == (0.95, 0.3)


def test_names_that_do_not_reach_a_label_are_refused():
    with pytest.raises(InputError, match="the labels of candidates must lie in 1"):
        threshold_lab(IMAGE, FOUND, names=[])
    with pytest.raises(InputError, match="labels must lie in 1"):
        epoch_lab(IMAGE, [FOUND, FOUND], names=[])


@pytest.mark.parametrize("compared", ["values", "structure"])
def test_how_a_lab_is_compared_reaches_its_picture(calls, compared):
    threshold_lab(IMAGE, FOUND, names=["ant"], compared=compared)
    epoch_lab(IMAGE, [FOUND, FOUND], names=["ant"], compared=compared)
    assert [more["compared"] for _args, more in calls] == [compared] * len(calls)
    assert len(calls) >= 2


def test_epoch_lab(calls, controls):
    lab = epoch_lab(IMAGE, [FOUND, FOUND, FOUND], names=["ant"])
    assert "<img" in lab.fallback
    assert calls[-1][1]["epochs"] == [3]  # without a kernel: what it learned in the end
    controls(lab)["epoch"].value = 1
    assert calls[-1][1]["epochs"] == [1]
    with pytest.raises(InputError, match="at least two epochs"):
        epoch_lab(IMAGE, [FOUND])
