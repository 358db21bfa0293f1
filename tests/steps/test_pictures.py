import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.steps.pictures import first_picture, numbers, size_hw

PIL = Image.new("RGB", (5, 4), (1, 2, 3))
TENSOR = torch.zeros(3, 4, 5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, None),
        ([], None),
        ("cat", None),
        (torch.zeros(4), None),
        (PIL, PIL),
        (TENSOR, TENSOR),
        ((PIL, 3), PIL),
        ((3, {"image": TENSOR}), TENSOR),
        ([(TENSOR, 1), (PIL, 2)], TENSOR),
    ],
)
def test_the_first_picture_is_found_wherever_it_is(value, expected):
    assert first_picture(value) is expected


@pytest.mark.parametrize("picture", [PIL, TENSOR, torch.zeros(2, 3, 4, 5)])
def test_height_comes_first(picture):
    assert size_hw(picture) == (4, 5)


@pytest.mark.parametrize(("mode", "shape"), [("RGB", (3, 4, 5)), ("L", (1, 4, 5)), ("RGBA", (4, 4, 5))])
def test_pil_pixels_become_channels_first(mode, shape):
    assert numbers(PIL.convert(mode)).shape == shape


def test_pil_pixels_keep_their_values():
    assert numbers(PIL)[:, 0, 0].tolist() == [1, 2, 3]
    assert np.array_equal(numbers(PIL)[0], np.ones((4, 5)))
