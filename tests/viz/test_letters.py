import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.font_manager import fontManager as manager
from PIL import ImageFont

from vislearn.viz import letters as module
from vislearn.viz.canvas import Canvas
from vislearn.viz.letters import TEXT, text_width, wrap


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


def pixels(canvas):
    return np.asarray(canvas.finish("A test.").image())


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
    expected, width = pixels(in_bengali()), text_width(BENGALI)
    for fonts in ([], [replace(mono, name="Noto Sans Bengali")]):
        with_fonts(fonts)
        assert (pixels(in_bengali()) == expected).all()
        assert text_width(BENGALI) == width


@pytest.mark.parametrize("text", ["Frog_3 50%", "মাছ৩ 50%"])
def test_the_font_s_file_has_the_text_s_letters(text):
    drawn = ImageFont.truetype(str(module.font_file(text)), 20)
    missing = bytes(drawn.getmask("\U0010fffd"))
    assert all(bytes(drawn.getmask(letter)) != missing for letter in text)


def test_what_is_just_as_wide_as_the_room_is_not_broken_again():
    assert wrap("HHHH", text_width("HH")) == ["HH", "HH"]
