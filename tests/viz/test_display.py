import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.viz import stretched_range, to_display
from vislearn.viz.display import aspect_of, is_picture, to_array

UNIT = torch.linspace(0, 1, 3 * 8 * 10).reshape(3, 8, 10)
BYTES = (UNIT * 255).round().to(torch.uint8)
EXPECTED = BYTES.permute(1, 2, 0).numpy()


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (BYTES, EXPECTED),
        (UNIT, EXPECTED),
        (UNIT.double(), EXPECTED),
        (UNIT.clone().requires_grad_(), EXPECTED),
        (BYTES.long(), EXPECTED),
        (BYTES.float(), EXPECTED),  # 0…255 as floats: stretched, and so just right
        (UNIT * 5 - 2.5, EXPECTED),  # normalised: stretched
        (EXPECTED, EXPECTED),
        (Image.fromarray(EXPECTED), EXPECTED),
        (BYTES[0], EXPECTED[..., :1].repeat(3, axis=2)),
        (BYTES[:1], EXPECTED[..., :1].repeat(3, axis=2)),
        (UNIT[0] > 0.1, (UNIT[0] > 0.1).numpy()[..., None].repeat(3, axis=2) * np.uint8(255)),
        (torch.zeros(1, 8, 8), np.zeros((8, 8, 3))),
        (torch.full((1, 8, 8), 3.0), np.zeros((8, 8, 3))),  # nothing to stretch
        (np.full((8, 8), 65535, np.uint16), np.full((8, 8, 3), 255)),
        (Image.new("1", (8, 8), 1), np.full((8, 8, 3), 255)),
        (Image.new("L", (8, 8), 9), np.full((8, 8, 3), 9)),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), np.full((8, 8, 3), 255)),  # nothing on white paper
        (Image.new("LA", (8, 8), (0, 255)), np.zeros((8, 8, 3))),
        (Image.fromarray(np.full((8, 8), 65535, np.uint16)), np.full((8, 8, 3), 255)),
        (torch.full((4, 8, 8), 1.0), np.full((8, 8, 3), 255)),
    ],
)
def test_every_kind_of_picture_becomes_bytes_for_the_screen(image, expected):
    shown = to_display(image)
    assert shown.dtype == np.uint8
    assert np.abs(shown.astype(int) - expected).max() <= 1


def test_half_precision_can_be_shown():
    assert np.abs(to_display(UNIT.bfloat16()).astype(int) - EXPECTED).max() <= 2
    assert to_array(UNIT.bfloat16()).dtype == np.float32


def test_nan_is_black_and_infinity_is_the_end_of_the_range():
    image = UNIT.clone()
    image[:, 0, 0], image[:, 1, 1] = float("nan"), float("inf")
    shown = to_display(image)
    assert shown[0, 0].tolist() == [0, 0, 0]
    assert shown[1, 1].tolist() == [255, 255, 255]


def test_the_picture_itself_is_left_alone():
    image = UNIT * 3
    before = image.clone()
    to_display(image)
    assert torch.equal(image, before)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (BYTES, None),
        (UNIT, None),
        (UNIT > 0.5, None),
        (Image.fromarray(EXPECTED), None),
        (np.full((8, 8), 60000, np.uint16), None),
        (torch.full((1, 4, 4), float("nan")), None),
        (BYTES.long(), None),
        (BYTES.float(), (0.0, 255.0)),
        (UNIT * 5 - 2, (-2.0, 3.0)),
        (BYTES.long() - 5, (-5.0, 250.0)),
        (Image.fromarray(np.full((4, 4), 7.5, np.float32)), (7.5, 7.5)),
    ],
)
def test_stretching_is_told(image, expected):
    assert stretched_range(image) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        (3, False),
        (np.zeros((0, 8, 8)), False),
        (np.zeros(9), False),
        (np.zeros((1, 10)), False),
        (np.zeros((5, 8, 8)), False),
        (np.zeros((1, 3, 8, 8)), False),
        (np.zeros((8, 8)), True),
        (np.zeros((1, 8, 8)), True),
        (np.zeros((8, 8, 4)), True),
        (Image.new("L", (1, 1)), True),
    ],
)
def test_what_counts_as_one_picture(value, expected):
    assert is_picture(value) is expected


@pytest.mark.parametrize(
    ("image", "got"),
    [(torch.zeros(2, 3, 8, 8), r"\(2, 3, 8, 8\)"), (torch.zeros(9), r"\(9,\)"), ("cat.png", "str of shape")],
)
def test_anything_else_is_refused_with_a_remedy(image, got):
    with pytest.raises(InputError, match=f"{got}.*images\\[0\\]"):
        to_display(image)


@pytest.mark.parametrize("image", [Image.new("RGB", (8, 4)), torch.zeros(3, 4, 8), np.zeros((4, 8))])
def test_a_picture_is_as_tall_as_it_is_on_a_screen(image):
    assert aspect_of(image) == 0.5
