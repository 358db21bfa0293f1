import numpy as np
import pytest
from PIL import Image, ImageOps

from vislearn.io.orientation import orientation, upright


def noted(turn):
    image = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3))
    image.getexif()[0x0112] = turn
    return image


@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_and_masks_are_turned_as_pillow_turns_them(turn):
    image = noted(turn)
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert orientation(image) == turn
    assert np.array_equal(upright(np.asarray(image), turn), expected)
    coloured = np.asarray(image)[..., None].repeat(3, 2)
    assert np.array_equal(upright(coloured, turn), expected[..., None].repeat(3, 2))


@pytest.mark.parametrize("turn", [0, 9, "up"])
def test_nonsense_turns_nothing(turn):
    assert orientation(noted(turn)) == 1
