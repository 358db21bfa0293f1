from itertools import pairwise

import pytest

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
