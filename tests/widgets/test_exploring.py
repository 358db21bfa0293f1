import ipywidgets
import pytest

from vislearn.errors import InputError
from vislearn.viz import Picture
from vislearn.widgets import explorer

CAT, DOG = object(), object()


def draw(size, sigma=0.5, flip=False, photo=CAT, mode="area"):
    if size == 13:
        raise ValueError("no <b>such</b> size")
    return f"<p>{size} {sigma} {flip} {'cat' if photo is CAT else 'dog'} {mode}</p>"


def made(**options):
    controls = {
        "size": (8, 64, 8),
        "sigma": (0.0, 2.0, 0.25),
        "flip": True,
        "photo": {"the cat": CAT, "the dog": DOG},
        "mode": ["nearest", "area"],
    }
    return explorer(draw, alt="Try it.", **{**controls, **options})


def parts(lab):
    _style, row, view = lab.view.children
    return {control.description: control for control in row.children}, view


def test_each_argument_gets_the_control_that_suits_it():
    controls, _view = parts(made())
    assert {name: type(control) for name, control in controls.items()} == {
        "size": ipywidgets.IntSlider,
        "sigma": ipywidgets.FloatSlider,
        "flip": ipywidgets.Checkbox,
        "photo": ipywidgets.Dropdown,
        "mode": ipywidgets.Dropdown,
    }
    size = controls["size"]
    assert (size.min, size.max, size.step) == (8, 64, 8)


def test_a_control_begins_at_the_default_of_the_function_or_in_the_middle():
    controls, view = parts(made())
    assert controls["size"].value == 32
    assert controls["sigma"].value == 0.5
    assert controls["flip"].value is False
    assert controls["photo"].value is CAT
    assert controls["mode"].value == "area"
    assert view.value == "<p>32 0.5 False cat area</p>"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("size", 40, "<p>40 0.5 False cat area</p>"),
        ("sigma", 1.25, "<p>32 1.25 False cat area</p>"),
        ("flip", True, "<p>32 0.5 True cat area</p>"),
        ("photo", DOG, "<p>32 0.5 False dog area</p>"),
        ("mode", "nearest", "<p>32 0.5 False cat nearest</p>"),
    ],
)
def test_every_control_changes_the_picture(name, value, expected):
    controls, view = parts(made())
    controls[name].value = value
    assert view.value == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ((0, 10), 5),
        ((0, 10, 5), 5),
        ((0.0, 1.0), 0.5),
        ((0, 1.0, 0.5), 0.5),
        ([7, 8], 7),
        ({"seven": 7, "eight": 8}, 7),
        (True, True),
        (False, False),
    ],
)
def test_without_a_default_there_is_a_sensible_start(kind, expected):
    controls, _view = parts(explorer(lambda a: str(a), alt="Try it.", a=kind))
    assert controls["a"].value == expected
    assert type(controls["a"].value) is type(expected)


def test_an_error_is_one_sentence_and_the_next_move_mends_it(capsys):
    controls, view = parts(made(size=(8, 64)))
    controls["size"].value = 13
    assert view.value == '<p role="alert">⚠ <strong>ValueError: no &lt;b&gt;such&lt;/b&gt; size</strong></p>'
    controls["size"].value = 14
    assert view.value.startswith("<p>14")
    assert capsys.readouterr() == ("", "")


def test_a_function_that_fails_from_the_start_fails_aloud():
    with pytest.raises(ValueError, match="no <b>such</b> size"):
        explorer(draw, alt="Try it.", size=[13, 14])


def test_the_stand_in_is_the_first_picture_with_its_settings():
    bundle = made()._repr_mimebundle_()[0]
    assert bundle["text/plain"] == "Try it."
    assert bundle["text/html"] == (
        "<p>32 0.5 False cat area</p>"
        "<p><em>size = 32, sigma = 0.5, flip = False, photo = the cat, mode = area. "
        "Run this cell to try other values.</em></p>"
    )


def test_what_the_first_picture_shows_is_stored_with_the_stand_in():
    def draw(a):
        return Picture(b"", "A number.", 1, 1, digest={"title": f"number {a}"})

    lab = explorer(draw, alt="Try it.", a=[1, 2])
    parts(lab)[0]["a"].value = 2
    assert lab._repr_mimebundle_()[1] == {"vislearn": {"figure": {"title": "number 1"}}}
    assert made()._repr_mimebundle_()[1] == {}


def test_moving_a_control_does_not_change_the_stand_in():
    lab = made()
    before = lab._repr_mimebundle_()[0]["text/html"]
    parts(lab)[0]["size"].value = 8
    assert lab._repr_mimebundle_()[0]["text/html"] == before


def test_pictures_are_shown_with_their_words():
    lab = explorer(lambda a: Picture(b"", f"Number {a}.", 1, 1), alt="Try it.", a=[1, 2])
    controls, view = parts(lab)
    controls["a"].value = 2
    assert 'alt="Number 2."' in view.value


def test_labels_stand_for_names_and_are_not_cut():
    lab = explorer(
        lambda a_b, c: "", alt="Try it.", labels={"c": "a long label in words"}, a_b=(0, 1), c=(0, 1)
    )
    controls, _view = parts(lab)
    assert list(controls) == ["a b", "a long label in words"]
    assert {control.style.description_width for control in controls.values()} == {"23ch"}


@pytest.mark.parametrize("kind", [(), (1,), (1, 2, 3, 4), ("a", "b"), [], {}, 5, "text", None])
def test_a_control_of_another_kind_is_refused(kind):
    with pytest.raises(InputError, match="control 'a' must be"):
        explorer(lambda a: "", alt="Try it.", a=kind)


def test_no_controls_and_no_words_are_refused():
    with pytest.raises(InputError, match="controls must name at least one argument"):
        explorer(draw, alt="Try it.")
    with pytest.raises(InputError, match="alt must say"):
        explorer(lambda a: "", alt="", a=[1])
