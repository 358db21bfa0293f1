from pathlib import Path

import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.io import read_image
from vislearn.training.given import given_picture

PIXELS = torch.arange(3 * 4 * 5, dtype=torch.uint8).reshape(3, 4, 5)


def test_every_form_of_a_picture_is_the_same_picture():
    rows = PIXELS.permute(1, 2, 0).numpy()
    for form in (PIXELS, rows, Image.fromarray(rows)):
        assert torch.equal(given_picture(form), PIXELS)
    assert torch.equal(given_picture(PIXELS / 255), PIXELS / 255)


@pytest.mark.parametrize("form", [PIXELS[:1], PIXELS[0].numpy(), Image.fromarray(PIXELS[0].numpy())])
def test_gray_is_three_equal_channels(form):
    assert torch.equal(given_picture(form), PIXELS[:1].expand(3, -1, -1))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white_as_files_are_read(tmp_path, mode):
    picture = Image.new("RGBA", (4, 2), (200, 0, 0, 90)).convert(mode)
    if mode == "P":
        picture.info["transparency"] = 0
    picture.save(tmp_path / "a.png")
    assert torch.equal(given_picture(picture), read_image(tmp_path / "a.png"))


WRONG = [
    ("a path", Path("new.png"), "got 'new.png'. vislearn.io.read_image"),
    ("nothing", None, "got NoneType"),
    ("a batch", PIXELS[None], "one picture.*pictures of a batch one after the other"),
    ("channels last", PIXELS.permute(1, 2, 0), "Channels come first: image.permute"),
    ("an array, channels first", PIXELS.numpy(), r"\(H, W, 3\) as an array, got shape \(3, 4, 5\)"),
    ("four channels", torch.zeros(4, 8, 8, dtype=torch.uint8), r"got shape \(4, 8, 8\)"),
    ("nothing in it", torch.zeros(3, 0, 8), r"got shape \(3, 0, 8\)"),
    ("floats to 255", PIXELS.float(), "float from 0 to 59. For 0..255"),
    ("normalised", PIXELS / 20 - 1, "float from -1 to 1.95. It seems normalised already"),
    ("not a number", PIXELS * torch.nan, "float from nan"),
    ("whole numbers", PIXELS.long(), "got torch.int64. For 0..255: image.to"),
    (
        "16 bits",
        Image.new("I;16", (4, 4)),
        "8 bits per channel, got mode I;16.*Divide by the value that is white",
    ),
    ("16 bits, a tensor", (300 * PIXELS.int()).to(torch.uint16), "got torch.uint16. Divide by the value"),
    ("16 bits, an array", 300 * PIXELS[0].numpy().astype("uint16"), r"got torch.uint16.*scale=4095\)"),
    ("16 bits, floats", 300.0 * PIXELS, "float from 0 to 1.77e.04. Divide by the value that is white"),
]


def test_who_divides_16_bits_as_told_has_a_picture():
    deep = 257 * PIXELS.permute(1, 2, 0).numpy().astype("uint16")
    torch.testing.assert_close(given_picture(deep / 65535).float(), PIXELS / 255)


@pytest.mark.parametrize(("name", "image", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_anything_else_is_one_sentence(name, image, message):
    with pytest.raises(InputError, match=message) as told:
        given_picture(image)
    assert "\n" not in str(told.value)
