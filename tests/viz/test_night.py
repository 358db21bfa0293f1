"""The arithmetic of the dark variant; that a browser does the same, tests/browser shows."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from vislearn.viz import Picture, palette, render
from vislearn.viz.canvas import Canvas
from vislearn.viz.night import BRIGHTER, INVERTED, STYLE, WHOLE, photos_of, sheet

DARK = "#111111"  # JupyterLab's dark page
LETTERS = [palette.INK, palette.MUTED, *map(palette.darker, palette.SERIES)]
PHOTO = np.zeros((4, 4, 3), np.uint8)


def at_night(color):
    """As CSS defines invert(), hue-rotate(180deg) and brightness()."""
    channels = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    turned = INVERTED - (2 * INVERTED - 1) * channels
    rotated = (2 * turned @ [0.213, 0.715, 0.072] - turned).clip(0, 1) * BRIGHTER
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in rotated.clip(0, 1))


def contrast(color, other):
    light, dark = sorted((luminance(color) + 0.05, luminance(other) + 0.05), reverse=True)
    return light / dark


def luminance(color):
    return palette._luminance([int(color[at : at + 2], 16) for at in (1, 3, 5)])


def holes(html):
    """Left, top, right, bottom of each hole of the sheet, in percent."""
    corners = re.search(r"polygon\(evenodd,(.*?)\)", html)[1].split(",")
    points = [tuple(float(part.rstrip("%")) for part in corner.split()) for corner in corners]
    return [(*points[at], *points[at + 2]) for at in range(5, len(points), 6)]


def test_paper_becomes_the_dark_page():
    assert at_night(palette.PAPER) == DARK


@pytest.mark.parametrize("color", LETTERS)
def test_letters_can_be_read_on_both_pages(color):
    assert contrast(color, palette.PAPER) >= 4.5
    assert contrast(at_night(color), DARK) >= 4.5


@pytest.mark.parametrize("color", [palette.INK, palette.MUTED])
def test_letters_can_be_read_on_tiles_of_both_pages(color):
    assert contrast(at_night(color), at_night(palette.FAINT)) >= 4.5


@pytest.mark.parametrize("color", [*palette.SERIES, palette.REST, palette.LINE])
def test_what_is_drawn_is_seen_as_well_at_night_as_by_day(color):
    assert contrast(at_night(color), DARK) >= contrast(color, palette.PAPER)
    assert color not in palette.SERIES or contrast(at_night(color), DARK) >= 4.5


@pytest.mark.parametrize("color", [palette.ACCENT, palette.WARM, palette.GOOD])
def test_hues_stay(color):
    shown = at_night(color)
    assert np.argmax(list(bytes.fromhex(color[1:]))) == np.argmax(list(bytes.fromhex(shown[1:])))


def test_a_photograph_alone_needs_no_sheet():
    assert sheet("<img>", [WHOLE]) == "<img>"
    assert "<style>" not in Picture(b"", "A cat.", 10, 10).html()


def test_a_drawing_is_covered_whole():
    html = sheet("<img>", [])
    assert html.startswith(STYLE)
    assert "clip-path:polygon" not in html


def test_holes_are_where_pictures_are():
    canvas = Canvas(200, 100)
    canvas.picture(PHOTO, 20, 10, 50, 40)
    canvas.picture(PHOTO, 100, 10, 50, 40)
    assert holes(canvas.finish("Two.").html()) == [(10, 10, 35, 50), (50, 10, 75, 50)]


def test_a_hole_in_a_hole_is_none():
    inner, outer = (0.2, 0.2, 0.4, 0.4), (0.1, 0.1, 0.5, 0.5)
    assert holes(sheet("", [inner, outer, inner])) == [(10, 10, 50, 50)]


def test_parts_beyond_the_edge_end_there():
    assert holes(sheet("", [(-0.5, 0.5, 0.5, 1.5)])) == [(0, 50, 50, 100)]


def test_drawn_pixels_are_no_picture_and_a_white_picture_is_one():
    canvas = Canvas(200, 100)
    canvas.picture(np.full((4, 4, 3), 255, np.uint8), 0, 0, 50, 50)
    assert len(canvas.finish("White.").photos) == 1
    canvas = Canvas(200, 100)
    canvas.picture(PHOTO, 0, 0, 50, 50, drawn=True)
    assert canvas.finish("Paper.").photos == ()


def test_pictures_of_any_figure_are_found():
    figure = Figure(figsize=(4, 2))
    figure.add_axes((0, 0, 1, 1)).plot([0, 1])
    axes = figure.add_axes((0.5, 0.25, 0.25, 0.5))
    axes.imshow(PHOTO, aspect="auto")
    axes.imshow(PHOTO, aspect="auto").set_visible(False)
    assert photos_of(figure) == (pytest.approx((0.5, 0.25, 0.75, 0.75)),)
    assert holes(render(figure, "A square.").html()) == [(50, 25, 75, 75)]


def test_a_picture_that_was_zoomed_into_ends_with_its_plot():
    figure = Figure(figsize=(4, 4))
    axes = figure.add_axes((0.5, 0.5, 0.5, 0.5))
    axes.imshow(PHOTO, aspect="auto")
    axes.set(xlim=(0, 1), ylim=(1, 0))
    assert photos_of(figure) == (pytest.approx((0.5, 0.0, 1.0, 0.5)),)
