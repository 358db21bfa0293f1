"""Which control an argument gets; how explorer and gallery use them is tested with those."""

import ipywidgets
import pytest

from vislearn.errors import InputError
from vislearn.widgets.controls import chosen, control


@pytest.mark.parametrize(
    ("kind", "start", "widget", "value", "words"),
    [
        ((0, 10, 5), None, ipywidgets.IntSlider, 5, "5"),
        ((0.0, 1.0), 0.25, ipywidgets.FloatSlider, 0.25, "0.25"),
        ([3, 4], 4, ipywidgets.Dropdown, 4, "4"),
        ({"three": 3, "four": 4}, None, ipywidgets.Dropdown, 3, "three"),
        (True, None, ipywidgets.Checkbox, True, "True"),
    ],
)
def test_each_kind_has_its_control_its_start_and_its_words(kind, start, widget, value, words):
    made = control("a", kind, start, "an argument", 12)
    assert type(made) is widget
    assert (made.value, made.description, chosen(made)) == (value, "an argument", words)


def test_what_no_control_suits_is_refused():
    with pytest.raises(InputError, match="control 'a' must be"):
        control("a", "text", None, "a", 1)
