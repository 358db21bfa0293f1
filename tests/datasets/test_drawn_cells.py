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
