import pytest
import torch

from vislearn.errors import InputError
from vislearn.ops.losses.checks import class_numbers, planes, require_not_negative

LOGITS = torch.zeros(2, 3, 4, 5)
CLASSES = torch.randint(0, 3, (2, 4, 5), generator=torch.Generator().manual_seed(0))
CLASSES[1, 0] = 255


def test_no_pictures():
    assert class_numbers(LOGITS[:0], CLASSES[:0], 255)[0].shape == (0, 4, 5)
    assert [each.shape for each in planes(LOGITS[:0], CLASSES[:0], 255)] == [(0, 3, 4, 5)] * 3


def test_what_nobody_knows_is_class_0_and_marked():
    numbers, known = class_numbers(LOGITS, CLASSES, 255)
    assert numbers.max() <= 2
    assert torch.equal(known, CLASSES != 255)
    assert not numbers[1, 0].any()


def test_one_plane_per_class_and_none_where_nobody_knows():
    logits, truth, known = planes(LOGITS, CLASSES, 255)
    assert logits is LOGITS
    assert torch.equal(truth.sum(dim=1), (CLASSES != 255).float())
    assert torch.equal(truth[:, 1], (CLASSES == 1).float())
    assert torch.equal(known, (CLASSES != 255)[:, None].expand(2, 3, 4, 5))


@pytest.mark.parametrize("logits", [LOGITS[:, 0], LOGITS[:, :1]])
def test_one_class_has_one_plane(logits):
    target = CLASSES.clamp(max=1).masked_fill(CLASSES == 255, 255)
    got, truth, known = planes(logits, target, 255)
    assert got.shape == truth.shape == known.shape == (2, 1, 4, 5)
    assert torch.equal(truth[:, 0], (target == 1).float())


def test_all_are_known_where_no_number_means_the_opposite():
    assert class_numbers(LOGITS, CLASSES.clamp(max=2), None)[1].all()


@pytest.mark.parametrize("number", [-1, float("nan"), "1", None, torch.ones(2)])
def test_what_is_no_number_from_0_on(number):
    with pytest.raises(InputError, match="gamma must be a number, 0 or more"):
        require_not_negative("gamma", number)


@pytest.mark.parametrize("classes", [2, 3])
def test_class_numbers_go_from_0_to_one_below_the_number_of_classes(classes):
    target = torch.arange(classes).reshape(1, 1, classes)
    logits = torch.zeros(1, classes, 1, classes)
    assert torch.equal(class_numbers(logits, target, None)[0], target)
    with pytest.raises(InputError, match=rf"target must be in 0…{classes - 1}, got 1…{classes}"):
        class_numbers(logits, target + 1, None)
    with pytest.raises(InputError, match=rf"target must be in 0…{classes - 1}, got -1…{classes - 2}"):
        class_numbers(logits, target - 1, None)


def test_one_class_has_no_numbers():
    with pytest.raises(InputError, match="two classes or more"):
        class_numbers(LOGITS[:, :1], CLASSES.clamp(max=0), None)
