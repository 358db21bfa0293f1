import pytest
import torch

from vislearn.datasets import caption, photo, photos
from vislearn.datasets.bundled.pictures import PICTURES, source_file
from vislearn.errors import InputError


def test_photographs_are_copied_byte_for_byte_in_a_fixed_order(bundled):
    files = photos()
    assert list(files) == list(PICTURES)
    for name, file in files.items():
        assert file.read_bytes() == source_file(name).read_bytes()
        assert file.stem == name


def test_a_photograph_is_a_uint8_rgb_tensor(bundled):
    image = photo("camera")  # stored gray
    assert (image.dtype, image.shape) == (torch.uint8, (3, 512, 512))


@pytest.mark.parametrize("ask", [photo, caption])
def test_an_unknown_name_is_answered_with_a_guess(bundled, ask):
    with pytest.raises(InputError, match="Did you mean 'coffee'"):
        ask("cofee")


def test_every_photograph_has_a_caption():
    assert all(caption(name)[0].isupper() for name in PICTURES)
