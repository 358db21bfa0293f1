import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.exercises.touching import kept, touched


def set_first(value):
    value[0] = 1


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (torch.zeros(2), set_first),
        (torch.zeros(2), lambda value: value.resize_(1)),
        (torch.zeros(2), lambda value: value.numpy().fill(3)),
        (torch.zeros(2, requires_grad=True), lambda value: value.data.add_(1)),
        (np.zeros(2), set_first),
        ([1, torch.zeros(2)], lambda value: value[1].add_(1)),
        ([torch.zeros(2)], lambda value: value.append(3)),
        ({"boxes": torch.zeros(1, 4)}, lambda value: value["boxes"].mul_(0).add_(2)),
        ({"boxes": torch.zeros(1, 4)}, lambda value: value.pop("boxes")),
        ((torch.zeros(2),), lambda value: value[0].add_(1)),
        (Image.new("L", (4, 2)), lambda value: value.putpixel((0, 0), 9)),
        (Image.new("L", (4, 2)), lambda value: value.thumbnail((2, 1))),
    ],
)
def test_changes_are_seen(value, change):
    before = kept(value)
    assert not touched(value, before)
    change(value)
    assert touched(value, before)


@pytest.mark.parametrize(
    "value", [torch.full((2,), torch.nan), np.array([np.nan]), "text", 3, None, torch.nn.ReLU()]
)
def test_what_is_left_alone_is_not_changed(value):
    assert not touched(value, kept(value))
