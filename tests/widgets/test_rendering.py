import ipywidgets
import pytest

from vislearn.widgets import explorer
from vislearn.widgets.lab import framed, panel
from vislearn.widgets.rendering import view_problems


def test_no_widgets():
    assert view_problems([]) == []


def test_a_lab_shows_its_drawing():
    lab = explorer(lambda k: f"<p>{k}</p>", alt="Numbers.", k=(0, 9))
    assert view_problems([lab.view.model_id]) == []


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ("", "a widget shows nothing at its defaults"),
        ('<p role="alert">KeyError</p>', "a widget shows an error: "),
    ],
)
def test_a_view_without_its_drawing(html, says):
    view = framed([ipywidgets.IntSlider()], panel(html))
    (problem,) = view_problems([view.model_id])
    assert problem.startswith(says)


def test_a_closed_widget():
    view = panel("<b>1</b>")
    name = view.model_id
    view.close()
    assert view_problems([name]) == ["a widget was closed before it could be seen"]


def test_a_picture_alone_is_something():
    assert view_problems([ipywidgets.Image(value=b"1").model_id]) == []
