import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import digits
from vislearn.errors import InputError
from vislearn.io import read_pil
from vislearn.widgets import draw
from vislearn.widgets.drawing import drawn
from vislearn.widgets.rendering import view_problems

SEVEN = [[(0.4, 0.3), (0.6, 0.3), (0.5, 0.6)]]


def ink(picture):
    """White per pixel, 0..1, (H, W)."""
    return np.asarray(picture.convert("L")) / 255


@pytest.mark.parametrize("size", [0, 99, 601])
def test_a_pad_that_nobody_could_use_is_refused(size):
    with pytest.raises(InputError, match="size must be 100 to 600"):
        draw(size)


def test_nothing_drawn_gives_a_bundled_digit():
    picture = draw().picture()
    assert picture.mode == "RGB"
    assert picture == read_pil(min((digits("val") / "3").iterdir()))
    assert draw().picture(64).size == (64, 64)


def test_no_strokes_are_black():
    assert ink(drawn([], 8)).max() == 0


def test_a_stroke_is_white_where_it_was_drawn():
    pad = draw()
    pad.strokes = [[(0.25, 0.5), (0.75, 0.5)]]
    there = ink(pad.picture(as_drawn=True))
    assert there.shape == (32, 32)
    assert there[15:17, 8:24].min() > 0.9
    assert there[:13].max() == there[19:].max() == there[:, :5].max() == there[:, 27:].max() == 0


def test_a_click_is_a_dot():
    there = ink(drawn([[(0.5, 0.25)]], 32))
    assert there[8, 16] > 0.9
    assert 0 < there.sum() < 12


def test_corners_are_round_and_strokes_stay_apart():
    there = ink(drawn([[(0.2, 0.2), (0.8, 0.2), (0.2, 0.25)], [(0.2, 0.8)]], 64))
    assert there[13, 51] > 0.9
    assert there[30:45].max() == 0


def test_a_small_drawing_in_a_corner_becomes_like_a_bundled_digit():
    pad = draw()
    pad.strokes = SEVEN
    small = pad.picture()
    pad.strokes = [[(0.1 + x / 2, 0.6 * y) for x, y in stroke] for stroke in SEVEN]
    elsewhere = ink(pad.picture())
    assert elsewhere.max() > 0.8
    rows = np.flatnonzero(elsewhere.max(axis=1) > 0.4)
    assert rows[0] <= 3
    assert rows[-1] >= 28
    assert 0.1 < ink(small).mean() < 0.45  # the bundled ones: 0.31 on average
    coarse = small.resize((8, 8), Image.Resampling.BOX).resize((32, 32), Image.Resampling.BICUBIC)
    assert np.abs(ink(coarse) - ink(small)).mean() < 0.06  # no detail finer than their 8 × 8 pixels


def test_a_dot_too_becomes_a_picture():
    pad = draw()
    pad.strokes = [[(0.9, 0.9)]]
    there = ink(pad.picture())
    assert there[14:18, 14:18].min() > 0.2
    assert there[:8].max() == 0


def test_what_the_browser_sends_is_followed():
    pad, seen = draw(), []
    pad.on_change(lambda picture: seen.append(picture))
    pad._pad.set_state({"strokes": [[[0.5, 0.2], [0.5, 0.8]]]})
    assert pad.strokes == [[[0.5, 0.2], [0.5, 0.8]]]
    assert len(seen) == 2
    assert seen[0] != seen[1]


def test_the_stand_in_is_a_figure_and_the_pad_no_empty_widget():
    pad = draw()
    data, metadata = pad._repr_mimebundle_()
    assert "<img" in data["text/html"]
    assert metadata["vislearn"]["figure"]
    assert view_problems([pad.view.model_id]) == []


def test_the_browser_gets_its_words_in_the_learners_language(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert draw()._pad.words["clear"] == "সব মুছুন"
