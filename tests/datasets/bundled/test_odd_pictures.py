import numpy as np
import pytest
from PIL import Image, features

from vislearn.datasets import odd_pictures
from vislearn.datasets.bundled.odd_pictures import RECIPE
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


# frames, and mean and spread of all values of the last one, as they are stored: by format, then by mode
LOOKS = {
    "plain.png": (1, 147.67, 72.50),
    "plain.bmp": (1, 147.67, 72.50),
    "plain.tif": (1, 147.67, 72.50),
    "plain.jpg": (1, 147.67, 72.47),
    "plain.webp": (1, 147.75, 72.44),
    "plain.avif": (1, 147.61, 72.46),
    "turned.jpg": (1, 147.67, 72.47),
    "cmyk.jpg": (1, 147.67, 72.52),
    "animated.gif": (2, 147.66, 72.44),
    "animated.webp": (2, 147.76, 72.42),
    "palette.png": (1, 147.71, 72.27),
    "gray.png": (1, 151.20, 66.27),
    "one_bit.png": (1, 150.79, 125.36),
    "alpha.png": (1, 115.79, 74.34),  # opaque on the left, empty on the right
    "gray_alpha.png": (1, 119.32, 69.91),
    "sixteen_bit.png": (1, 29965.09, 8396.61),
    "twelve_bit.png": (1, 1871.92, 524.67),
}


def test_what_is_stored_changes_only_together_with_the_version(bundled):
    assert RECIPE.version == 1
    found = {}
    for path in sorted(odd_pictures().glob("*.[!j]*")) + sorted(odd_pictures().glob("*.jpg")):
        with Image.open(path) as image:
            frames = getattr(image, "n_frames", 1)
            image.seek(frames - 1)
            stored = np.asarray(image if image.mode.startswith("I") else image.convert("RGBA"), np.float64)
        rough = 0.3 if path.suffix in {".jpg", ".webp", ".avif", ".gif"} or path.stem == "palette" else 0.02
        found[path.name] = frames, stored.mean(), stored.std(), rough
    assert set(LOOKS) - {"plain.avif"} <= set(found) <= set(LOOKS)
    for name, (frames, mean, spread, rough) in found.items():
        assert (frames, mean, spread) == pytest.approx(LOOKS[name], abs=rough), name


def test_a_second_frame_is_the_first_one_mirrored_half_a_second_later(bundled):
    for name in ("animated.gif", "animated.webp"):
        with Image.open(odd_pictures() / name) as image:
            first = np.asarray(image.convert("RGB"), np.float64)
            image.seek(1)
            second = np.asarray(image.convert("RGB"), np.float64)
            if name.endswith("gif"):
                assert image.info["duration"] == 500
        assert np.abs(first[:, ::-1] - second).mean() < 5
        assert np.abs(first - second).mean() > 20


def test_the_highest_values_are_those_of_white(bundled):
    with Image.open(odd_pictures() / "gray.png") as image:
        gray = np.asarray(image).astype(np.int64)
    for name, white in (("sixteen_bit", 65535), ("twelve_bit", 4095)):
        with Image.open(odd_pictures() / f"{name}.png") as image:
            assert np.array_equal(np.asarray(image), gray * white // 255)
