import pytest
from matplotlib.figure import Figure

from vislearn import sidecar
from vislearn.viz import bars, curves, mind_map, render, table
from vislearn.viz.letters import font_families, text_width, wrap
from vislearn.viz.spoken import translate_figure

WORDS = {"loss": "লস", "train": "ট্রেন", "a long heading": "একটি শিরোনাম", "one": "এক", "root": "মূল"}


@pytest.fixture(autouse=True)
def _translated(monkeypatch):
    """A kernel that runs a lesson whose Bengali is this."""
    lesson = sidecar._Sidecar("01_tiny", words=WORDS)
    monkeypatch.setattr(sidecar, "_lesson", lambda: lesson)


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_titles_axes_legends_ticks_and_notes_of_any_figure():
    figure = Figure()
    axes = figure.add_subplot(title="a long heading", xlabel="loss", ylabel="unknown")
    axes.plot([0, 1], [0, 1], label="train")
    axes.legend()
    axes.set_xticks([0, 1], labels=["one", "two"])
    translate_figure(figure, font_families())
    figure.canvas.draw()
    assert {"একটি শিরোনাম", "লস", "ট্রেন", "এক", "two", "unknown"} <= set(texts(figure))
    assert not {"loss", "train", "one"} & set(texts(figure))
    assert axes.xaxis.label.get_fontfamily() == font_families()


def test_words_are_measured_and_broken_in_the_language_they_are_drawn_in():
    assert wrap("a long heading", 10_000) == ["একটি শিরোনাম"]
    assert len(wrap("a long heading", text_width("শিরোনাম") + 5)) == 2
    assert text_width("a long heading") == text_width("একটি শিরোনাম")


def test_a_chart_s_digest_says_what_is_drawn():
    picture = bars({"train": 1.0}, xlabel="loss", title="a long heading", alt="Bars.")
    assert picture.digest["title"] == "একটি শিরোনাম"
    assert picture.digest["plots"][-1]["xlabel"] == "লস"
    assert "ট্রেন" in picture.digest["words"]


def test_names_at_the_ends_of_curves_and_labels_of_a_map():
    assert "ট্রেন" in curves({"train": [1.0, 2.0]}, xlabel="x", ylabel="loss", alt="A.").digest["words"]
    assert "এক" in mind_map({"root": {"one": ["train"]}}, alt="A map.").digest["words"]


def test_tables():
    made = table([{"loss": "one", "n": 0.5}], caption="a long heading")
    assert (made.columns, made.rows, made.caption) == (("লস", "n"), (("এক", "0.5"),), "একটি শিরোনাম")


def test_where_nothing_is_translated_nothing_changes(monkeypatch):
    monkeypatch.setattr(sidecar, "_lesson", lambda: None)
    figure = Figure()
    figure.add_subplot(title="loss")
    assert render(figure, "A.").digest["plots"][0]["title"] == "loss"
