import numpy as np
import pytest
from PIL import Image, features

from vislearn.datasets import odd_pictures
from vislearn.io import read_image

MODES = {
    "plain.png": "RGB",
    "gray.png": "L",
    "one_bit.png": "1",
    "gray_alpha.png": "LA",
    "alpha.png": "RGBA",
    "palette.png": "P",
    "sixteen_bit.png": "I;16",
    "twelve_bit.png": "I;16",
    "cmyk.jpg": "CMYK",
    "turned.jpg": "RGB",
}


def test_each_file_is_stored_in_its_own_way(bundled):
    for name, mode in MODES.items():
        with Image.open(odd_pictures() / name) as image:
            assert (name, image.mode) == (name, mode)
    with Image.open(odd_pictures() / "turned.jpg") as image:
        assert image.size == (120, 160)
        assert image.getexif()[0x0112] == 6
    for name in ("animated.gif", "animated.webp"):
        with Image.open(odd_pictures() / name) as image:
            assert image.n_frames == 2
    assert (odd_pictures() / "plain.avif").exists() == features.check("avif")


@pytest.mark.filterwarnings("ignore:.*twelve_bit.*nearly black")
def test_read_strictly_all_show_the_same_cat(bundled):
    plain = read_image(odd_pictures() / "plain.png").float()
    gray = plain.mean(0, keepdim=True)
    files = [path for path in odd_pictures().iterdir() if path.suffix != ".json"]
    assert len(files) >= 16
    for path in files:
        scale = 4095 if path.stem == "twelve_bit" else None
        pixels = read_image(path, scale=scale).float()
        assert pixels.shape == plain.shape, path.name
        if path.stem == "one_bit":
            continue
        expected = gray if path.stem in {"gray", "gray_alpha", "sixteen_bit", "twelve_bit"} else plain
        half = (slice(None), slice(None), slice(0, 80))  # the right one may be seen through
        assert (pixels[half] - expected[half]).abs().mean() < 9, path.name
        if "alpha" in path.stem:
            assert (pixels[:, :, 80:] == 255).all()


def test_sixteen_and_twelve_bits_hold_their_whole_range(bundled):
    for name, highest in (("sixteen_bit", 65535), ("twelve_bit", 4095)):
        with Image.open(odd_pictures() / f"{name}.png") as image:
            values = np.asarray(image)
        assert highest / 2 < values.max() <= highest


def test_they_are_small(bundled):
    assert sum(path.stat().st_size for path in odd_pictures().iterdir()) < 500_000
