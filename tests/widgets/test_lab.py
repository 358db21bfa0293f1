import ipywidgets
import pytest

from vislearn.errors import InputError
from vislearn.viz import Picture
from vislearn.widgets import Lab
from vislearn.widgets.lab import framed, panel, shown

PICTURE = Picture(b"RIFF", "A picture.", 4, 3)
KNOWN = Picture(b"RIFF", "A picture.", 4, 3, digest={"title": "x"})


class Rich:
    def _repr_html_(self):
        return "<b>rich</b>"


def test_one_output_carries_the_widget_its_stand_in_and_its_words():
    view = ipywidgets.HTML("x")
    bundle = Lab(view, PICTURE, "A lab.")._repr_mimebundle_()[0]
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.model_id
    assert bundle["text/html"] == PICTURE.html()
    assert bundle["text/plain"] == "A lab."


def test_colabs_older_widgets_are_shown_as_the_newer_are(monkeypatch):
    view = ipywidgets.HTML("x")
    newer = Lab(view, PICTURE, "A lab.")._repr_mimebundle_()
    monkeypatch.delattr(ipywidgets.Widget, "_repr_mimebundle_")  # ipywidgets 7 has none
    assert Lab(view, PICTURE, "A lab.")._repr_mimebundle_() == newer


def test_a_lab_without_words_is_refused():
    with pytest.raises(InputError, match="alt must say"):
        Lab(ipywidgets.HTML(""), PICTURE, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", ""),
        ("<p>as it is</p>", "<p>as it is</p>"),
        (PICTURE, PICTURE.html()),
        (Rich(), "<b>rich</b>"),
        (3 < 4, "<pre>True</pre>"),
        (["<b>"], "<pre>[&#x27;&lt;b&gt;&#x27;]</pre>"),
    ],
)
def test_anything_can_be_shown(value, expected):
    assert shown(value) == expected


def test_controls_stand_above_what_they_change_in_letters_for_the_back_row():
    control, view = ipywidgets.IntSlider(), panel("hello")
    frame = framed([control], view)
    style, row, below = frame.children
    assert row.children == (control,)
    assert below is view
    assert view.value == "hello"
    assert "--jp-widgets-font-size: 16px" in style.value
    assert "vislearn-lab" in frame._dom_classes


@pytest.mark.parametrize(
    ("fallback", "figure", "metadata"),
    [
        (PICTURE, None, {}),
        ("<p>words</p>", None, {}),
        (KNOWN, None, {"vislearn": {"figure": {"title": "x"}}}),
        ("<p>words</p>", KNOWN, {"vislearn": {"figure": {"title": "x"}}}),
    ],
)
def test_a_notebook_stores_what_the_stand_in_shows(fallback, figure, metadata):
    assert Lab(ipywidgets.HTML(""), fallback, "A lab.", figure)._repr_mimebundle_()[1] == metadata
