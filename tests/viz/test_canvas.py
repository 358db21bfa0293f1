import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.font_manager import fontManager as manager
from PIL import ImageFont

from vislearn.viz import canvas as module
from vislearn.viz.canvas import MARGIN, TEXT, Canvas, heading_height, text_width, wrap
from vislearn.viz.picture import SCALE


def drawn(canvas):
    """Pixels, one per CSS pixel at its upper left corner."""
    image = canvas.finish("A test.").image()
    return np.asarray(image.resize((canvas.width, canvas.height), 0)).astype(int)


def near(pixel, color, tolerance=30):
    return np.abs(np.asarray(pixel) - [int(color[at : at + 2], 16) for at in (1, 3, 5)]).max() <= tolerance


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 100, []),
        ("  ", 100, []),
        ("a short line", 1000, ["a short line"]),
        ("two\nlines", 1000, ["two", "lines"]),
        ("RandomHorizontalFlip", 150, ["RandomHorizontal", "Flip"]),
        ("draw_segmentation_masks", 170, ["draw_segmentation_", "masks"]),
        ("বড় হাতের অক্ষর নেই", 1000, ["বড় হাতের অক্ষর নেই"]),
    ],
)
def test_text_is_wrapped_where_one_would(text, width, expected):
    assert wrap(text, width) == expected


@pytest.mark.parametrize(
    "text", ["The quick brown fox jumps over the lazy dog", "x" * 80, "A" * 40 + " b", "ক" * 50]
)
@pytest.mark.parametrize("width", [40, 90, 200])
def test_no_line_is_too_wide_and_no_letter_is_lost(text, width):
    lines = wrap(text, width)
    assert all(text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_letter_wider_than_the_place_still_comes_to_an_end():
    assert wrap("WW", 3) == ["W", "W"]


def test_measuring_letters_no_font_has_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert text_width("漢") > 0


def test_bold_and_large_letters_are_wider():
    assert text_width("wide", TEXT) < text_width("wide", TEXT, "bold") < text_width("wide", 2 * TEXT, "bold")


BENGALI = "বাংলা: ক্ষতি, শিক্ষার্থী, ত্রুটি ১২৩"


def in_bengali(weight="normal"):
    canvas = Canvas(400, 40)
    canvas.text(10, 30, BENGALI, weight=weight)
    return canvas


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_bengali_is_drawn_with_the_courses_own_letters(weight):
    latin, bengali = module.font_families()
    assert latin == "DejaVu Sans"
    path = Path(manager.findfont(FontProperties(family=bengali, weight=weight)))
    assert path.parent == Path(module.__file__).parent / "fonts"
    assert ("Bold" in path.name) == (weight == "bold")
    assert in_bengali(weight).finish("বাংলা").caption == ""


@pytest.fixture
def with_fonts(monkeypatch):
    """``with_fonts(fonts)``: a machine that has these, beside those of matplotlib."""
    matplotlibs = [font for font in manager.ttflist if "mpl-data" in font.fname]

    def forget():
        for cached in (manager._findfont_cached, module.font_families, module.font, module._width):
            cached.cache_clear()

    def put(fonts):
        monkeypatch.setattr(manager, "ttflist", [*fonts, *matplotlibs])
        forget()

    yield put
    monkeypatch.undo()
    forget()


def test_the_machines_own_fonts_have_no_say(with_fonts):
    """Neither a machine without any nor one with something else of the same name draws other figures."""
    mono = next(font for font in manager.ttflist if font.fname.endswith("DejaVuSansMono.ttf"))
    expected, width = drawn(in_bengali()), text_width(BENGALI)
    for fonts in ([], [replace(mono, name="Noto Sans Bengali")]):
        with_fonts(fonts)
        assert (drawn(in_bengali()) == expected).all()
        assert text_width(BENGALI) == width


def test_a_picture_lands_where_it_was_put_pixel_by_pixel():
    canvas = Canvas(40, 30)
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[1, 1] = (255, 0, 0), (0, 0, 255)
    canvas.picture(pixels, 10, 10, 20, 10)
    shown = drawn(canvas)
    assert near(shown[11, 12], "#ff0000")
    assert near(shown[18, 28], "#0000ff")
    assert near(shown[11, 28], "#000000")
    assert near(shown[11, 19], "#ff0000")  # pixels stay squares, with sharp edges
    assert near(shown[11, 20], "#000000")
    assert near(shown[11, 8], "#ffffff")
    assert near(shown[24, 12], "#ffffff")


def test_fitting_keeps_the_shape_and_centres():
    canvas = Canvas(100, 100)
    assert canvas.fitted(np.zeros((10, 20, 3), np.uint8), 0, 0, 100, 100) == (0, 25, 100, 50)
    assert canvas.fitted(np.zeros((20, 10, 3), np.uint8), 0, 0, 100, 100) == (25, 0, 50, 100)


def test_a_marked_part_is_outlined():
    canvas = Canvas(100, 100)
    canvas.marked((0, 0, 100, 100), (0.2, 0.4, 0.8, 0.9))
    shown = drawn(canvas)
    assert near(shown[60, 20], "#D55E00", 60)
    assert near(shown[40, 50], "#D55E00", 60)
    assert near(shown[65, 50], "#ffffff")


def test_text_is_never_read_as_mathematics():
    canvas = Canvas(200, 40)
    canvas.text(5, 25, "$\\nonsense$")  # as mathematics it could not be drawn
    assert drawn(canvas).min() < 100


def test_a_heading_takes_the_room_it_says():
    canvas = Canvas(300, 200)
    long = "A title that needs more than one line on so narrow a sheet"
    assert (
        canvas.heading(long)
        == heading_height(long, 300)
        > heading_height("short", 300)
        > heading_height("", 300)
    )
    assert heading_height("", 300) == MARGIN
    assert canvas.lines(0, 0, ["a", "b"]) == pytest.approx(2 * TEXT * module.LEADING)


def test_plots_have_names_on_their_axes_and_no_box():
    canvas = Canvas(300, 200)
    axes = canvas.axes(60, 20, 200, 120, xlabel="epoch", ylabel="loss in $")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss in $")
    assert [side for side, spine in axes.spines.items() if spine.get_visible()] == ["left", "bottom"]
    left, bottom, width, height = axes.get_position().bounds
    assert (left, width, height) == pytest.approx((60 / 300, 200 / 300, 120 / 200))
    assert bottom == pytest.approx(1 - 140 / 200)
    canvas.finish("A frame.")


@pytest.mark.parametrize("shape", ["card", "badge", "bar", "arrow", "curve"])
def test_every_mark_leaves_a_trace(shape):
    canvas = Canvas(60, 60)
    {
        "card": lambda: canvas.card(10, 10, 40, 40, fill="#000000"),
        "badge": lambda: canvas.badge(30, 30, "1", radius=12),
        "bar": lambda: canvas.bar(10, 10, 40, 40, color="#000000"),
        "arrow": lambda: canvas.arrow(10, 30, 50, 30),
        "curve": lambda: canvas.curve(np.array([5.0, 55.0]), np.array([5.0, 55.0]), color="#000000"),
    }[shape]()
    assert drawn(canvas)[20:40, 20:40].min() < 150


def test_the_sheet_is_sharp():
    assert np.asarray(Canvas(50, 20).finish("Blank.").image()).shape == (20 * SCALE, 50 * SCALE, 3)


@pytest.mark.parametrize("text", ["Frog_3 50%", "মাছ৩ 50%"])
def test_the_font_s_file_has_the_text_s_letters(text):
    letters = ImageFont.truetype(str(module.font_file(text)), 20)
    missing = bytes(letters.getmask("\U0010fffd"))
    assert all(bytes(letters.getmask(letter)) != missing for letter in text)
