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


@pytest.mark.parametrize("kind", ["text", (), (1,), (1, 2, 3, 4), ("a", "b"), [], {}, None])
def test_what_no_control_suits_is_refused(kind):
    with pytest.raises(InputError, match="control 'a' must be"):
        control("a", kind, None, "a", 1)


@pytest.mark.parametrize(
    ("kind", "start", "ends", "step", "value"),
    [
        ((0, 10), None, (0, 10), 1, 5),
        ((1, 31, 2), None, (1, 31), 2, 15),  # on the grid: 16 can't be chosen
        ((0, 10, 5), 10, (0, 10), 5, 10),
        ((0.0, 1.0), None, (0, 1), 0.05, 0.5),
        ((0.0, 1.2, 0.1), None, (0, 1.2), 0.1, 0.6),
        ((1, 2.5, 0.5), None, (1, 2.5), 0.5, 2.0),
    ],
)
def test_a_slider_has_its_ends_and_steps_and_begins_in_the_middle(kind, start, ends, step, value):
    made = control("a", kind, start, "a", 1)
    assert ((made.min, made.max), made.step) == (ends, pytest.approx(step))
    assert made.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("kind", "start", "value"),
    [
        (False, None, False),
        (True, False, False),
        (False, 1, True),
        ([3, 4], 5, 3),
        ({"none": None, "four": 4}, 4, 4),
    ],
)
def test_a_choice_begins_as_it_is_told_or_with_the_first(kind, start, value):
    assert control("a", kind, start, "a", 1).value is value


def test_controls_near_each_other_line_up_and_a_tick_box_stands_before_its_words():
    slider, box = (control("a", kind, None, "a", 12) for kind in ((0, 1), True))
    assert (slider.style.description_width, box.style.description_width) == ("14ch", "initial")
    assert slider.layout.width == box.layout.width == "min(100%, calc(14ch + 330px))"
    assert not box.indent
