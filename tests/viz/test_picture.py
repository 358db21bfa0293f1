import inspect
import io
import sys
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from vislearn import sidecar, viz
from vislearn.errors import InputError
from vislearn.sidecar import Description
from vislearn.viz import Picture, render
from vislearn.viz.letters import CSS_DPI
from vislearn.viz.meaning.terms import COMPARED
from vislearn.viz.picture import SCALE, describe, described, require_alt


def figure(width=300, height=150):
    made = Figure(figsize=(width / CSS_DPI, height / CSS_DPI))
    made.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1], [0, 1])
    return made


@pytest.mark.parametrize("alt", ["", "  ", "\n", None, 3])
def test_no_picture_without_words(alt):
    for make in (require_alt, lambda text: Picture(b"", text, 1, 1), lambda text: render(figure(), text)):
        with pytest.raises(InputError, match="alt must say what the picture shows"):
            make(alt)


def test_a_figure_becomes_webp_of_the_size_it_has_on_the_page():
    picture = render(figure(), "A rising line.")
    assert (picture.width, picture.height) == (300, 150)
    image = Image.open(io.BytesIO(picture.data))
    assert (image.format, image.size) == ("WEBP", (300 * SCALE, 150 * SCALE))
    assert np.asarray(picture.image()).min() < 200  # something was drawn
    assert picture.image().getpixel((1, 1)) == (255, 255, 255)


def test_the_html_stands_alone_and_is_escaped():
    html = render(figure(), 'A "line" <b>& more</b>').html()
    assert 'alt="A &quot;line&quot; &lt;b&gt;&amp; more&lt;/b&gt;"' in html
    assert 'src="data:image/webp;base64,' in html
    assert 'width="300" height="150"' in html
    assert "figcaption" not in html


def test_a_caption_is_shown_below():
    assert "<figcaption>1 &lt; 2</figcaption>" in Picture(b"", "x", 1, 1, "1 < 2").html()


def test_a_notebook_gets_html_and_words():
    bundle = render(figure(), "A line.")._repr_mimebundle_()[0]
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == "A line."


def test_the_same_drawing_gives_the_same_bytes():
    assert render(figure(), "A line.").data == render(figure(), "A line.").data


@pytest.mark.parametrize("ending", ["webp", "png", "jpg"])
def test_saving_picks_the_format_by_the_ending(tmp_path, ending):
    picture = render(figure(), "A line.")
    path = picture.save(tmp_path / f"line.{ending}")
    with Image.open(path) as image:
        assert image.format == {"webp": "WEBP", "png": "PNG", "jpg": "JPEG"}[ending]
    if ending == "webp":
        assert path.read_bytes() == picture.data


def test_photographs_stay_small():
    made = Figure(figsize=(1000 / CSS_DPI, 500 / CSS_DPI))
    axes = made.add_axes((0, 0, 1, 1))
    smooth = np.random.default_rng(0).random((20, 40, 3))
    axes.imshow(smooth, interpolation="bicubic", aspect="auto")
    assert len(render(made, "Colours.").data) < 100_000


def test_missing_letters_are_told_in_the_caption_not_by_warnings():
    made = figure()
    made.text(0.5, 0.5, "漢字")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = render(made, "Letters nobody has.")
    assert "letters are missing" in picture.caption


def test_other_warnings_still_arrive():
    made = figure()

    def complain(_renderer):
        warnings.warn("drawn in haste", stacklevel=1)

    made.axes[0].draw = complain
    with pytest.warns(UserWarning, match="drawn in haste"):
        render(made, "A line.")


def test_a_figure_made_with_pyplot_does_not_stay_open():
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    made = pyplot.figure()
    try:
        render(made, "Nothing.")
        assert pyplot.get_fignums() == []
    finally:
        pyplot.close("all")
        del sys.modules["matplotlib.pyplot"]


def test_a_notebook_stores_beside_the_picture_what_it_shows():
    picture = render(figure(), "A line.")
    assert picture.digest["plots"][0]["lines"][0]["points"] == [[0, 0], [1, 1]]
    _data, metadata = picture._repr_mimebundle_()
    assert metadata == {"vislearn": {"figure": picture.digest}}
    assert Picture(b"", "Nothing known.", 1, 1)._repr_mimebundle_()[1] == {}


def test_what_is_compared_is_explained_in_one_place():
    functions = [thing for name in viz.__all__ if inspect.isfunction(thing := getattr(viz, name))]
    comparing = [one for one in functions if "compared" in inspect.signature(one).parameters]
    explained = [one for one in comparing if "compared: as for :func:`vislearn.viz.render`" in one.__doc__]
    assert set(comparing) - set(explained) == {render}
    assert all(f'``"{mode}"``' in render.__doc__ for mode in COMPARED)


@pytest.fixture
def cell(monkeypatch):
    """A cell that runs, with these options: ``cell(alt, compared)`` for each picture it makes."""

    def run(*descriptions, options=()):
        left = [Description(*words) for words in descriptions]
        monkeypatch.setattr(sidecar, "_shell", object())
        monkeypatch.setattr(sidecar, "next_figure", lambda: left.pop(0) if left else Description())
        monkeypatch.setattr(sidecar, "cell_options", lambda: dict(options))

    return run


def test_what_a_call_leaves_out_comes_from_the_running_cell(cell):
    cell(("A line.", "structure", "Look."), ("Another.",))
    first, second = render(figure()), render(figure())
    assert (first.alt, first.digest["compared"], first.caption) == ("A line.", "structure", "Look.")
    assert (second.alt, second.digest["compared"], second.caption) == ("Another.", "values", "")


def test_what_a_call_says_wins_and_takes_nothing_from_the_others(cell):
    cell(("A line.", "structure"), options={"compared": "pictures"})
    assert render(figure(), "Mine.", "values").digest["compared"] == "values"
    assert render(figure(), "Mine.").digest["compared"] == "pictures"
    assert render(figure()).alt == "A line."


def test_a_cell_s_words_win_over_those_a_drawing_makes_itself(cell):
    cell(("A line.",))
    assert render(figure(), told="Made.").alt == "A line."
    assert render(figure(), told="Made.").alt == "Made."


def test_a_learner_s_own_picture_is_called_by_its_title(cell, monkeypatch):
    cell()
    titled = figure()
    titled.axes[0].set_title("Losses")
    assert (render(titled).alt, render(figure()).alt) == ("Losses", "A picture without a title.")
    monkeypatch.setenv(sidecar.STRICT_VARIABLE, "1")
    with pytest.raises(InputError, match="alt must say"):
        render(figure())


def test_pictures_within_are_described_together(cell):
    cell(("A lab.", "structure"), ("Next.",))
    with described(describe()):
        assert [render(figure()).alt for _picture in range(2)] == ["A lab.", "A lab."]
        assert render(figure(), "Own.").alt == "Own."
    assert render(figure()).alt == "Next."
