import pytest
import torch
from torchvision.ops import box_iou

from vislearn.datasets import cells
from vislearn.errors import InputError
from vislearn.sample import target_defects


@pytest.mark.parametrize(("split", "count"), [("train", 40), ("val", 20)])
def test_every_target_is_sound_and_cells_do_not_overlap(split, count):
    samples = cells(split)
    assert len(samples) == count
    for image, target in samples:
        assert image.dtype == torch.float32
        assert image.min() >= 0
        assert image.max() <= 1
        assert not list(target_defects(target, (128, 128), num_classes=1))
        assert box_iou(target["boxes"], target["boxes"]).fill_diagonal_(0).max() < 0.05


@pytest.mark.parametrize(
    ("split", "cells_in_all", "first_box", "mean", "spread"),
    [
        ("train", 157, [17.0804, 39.3380, 42.7425, 54.7696], 0.18062, 0.12319),
        ("val", 90, [82.5630, 2.3429, 100.0434, 21.1321], 0.18566, 0.13238),
    ],
)
def test_the_pictures_that_results_were_measured_on_stay_the_same(
    split, cells_in_all, first_box, mean, spread
):
    samples = cells(split)
    counts = [len(target["boxes"]) for _image, target in samples]
    sides = torch.cat([(target["boxes"][:, 2:] - target["boxes"][:, :2]).flatten() for _, target in samples])
    pixels = torch.stack([image for image, _target in samples])
    assert (sum(counts), set(counts)) == (cells_in_all, {2, 3, 4, 5, 6})
    assert 14 <= sides.min() < sides.max() <= 26
    assert samples[0][1]["boxes"][0].tolist() == pytest.approx(first_box, abs=1e-3)
    assert (pixels.mean().item(), pixels.std().item()) == pytest.approx((mean, spread), abs=1e-4)


def test_cells_are_brighter_than_what_is_around_them():
    image, target = cells("val")[0]
    left, top, right, bottom = target["boxes"][0].int().tolist()
    middle = image[
        :,
        (top + bottom) // 2 - 2 : (top + bottom) // 2 + 2,
        (left + right) // 2 - 2 : (left + right) // 2 + 2,
    ]
    assert middle.mean() > image.median() + 0.1


def test_splits_differ_and_repeat():
    assert cells("train")[0][0].equal(cells("train")[0][0])
    assert not cells("train")[0][0].equal(cells("val")[0][0])


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="split"):
        cells("test")
