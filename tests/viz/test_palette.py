from itertools import pairwise

import numpy as np
import pytest
from skimage.color import rgb2lab

from vislearn.viz import palette


def luminance(color):
    return palette._luminance([int(color[at : at + 2], 16) for at in (1, 3, 5)])


def contrast(color, other=palette.PAPER):
    light, dark = sorted((luminance(color), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("color", "expected"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54)])
def test_contrast_is_measured_as_wcag_does(color, expected):
    assert contrast(color) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("color", [palette.INK, palette.MUTED, *map(palette.darker, palette.SERIES)])
def test_letters_can_be_read(color):
    assert contrast(color) >= 4.5


@pytest.mark.parametrize("color", [palette.INK, palette.MUTED])
def test_letters_can_be_read_on_tiles_too(color):
    assert contrast(color, palette.FAINT) >= 4.5


def test_every_series_has_a_dash_and_a_marker_of_its_own():
    for styles in (palette.SERIES, palette.DASHES, palette.MARKERS):
        assert len(styles) == len(set(map(str, styles))) == len(palette.SERIES)


def test_neighbouring_series_differ_in_lightness():
    light = [luminance(color) for color in palette.SERIES]
    ratios = [(max(pair) + 0.05) / (min(pair) + 0.05) for pair in pairwise(light)]
    assert min(ratios) > 1.2


# what red, green and blue light (linear) does to eyes without green or without red cones; Machado et al. 2009
EYES = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
}


def as_seen(colors, eye):
    """Where colours lie in CIELAB for these eyes: (N, 3)."""
    pixels = np.array([[int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)] for color in colors])
    light = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    seen = (light @ np.array(EYES[eye]).T).clip(0, 1)
    shown = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return rgb2lab(shown[None])[0]


@pytest.mark.parametrize("eye", EYES)
def test_the_colours_of_twelve_classes_can_be_told_apart(eye):
    lab = as_seen([palette.class_color(label) for label in range(12)], eye)
    far = np.linalg.norm(lab[:, None] - lab, axis=2)[np.triu_indices(12, 1)]
    assert far.min() > 15  # 2.3 is just noticeable side by side


@pytest.mark.parametrize("eye", EYES)
def test_errors_look_like_no_class_nor_like_the_gray_picture_below(eye):
    errors = as_seen([palette.MISSED, palette.INVENTED], eye)
    others = as_seen([*map(palette.class_color, range(12)), palette.PAPER, "#bfbfbf", "#808080"], eye)
    assert np.linalg.norm(errors[:, None] - others, axis=2).min() > 25
    assert np.linalg.norm(errors[0] - errors[1]) > 100
