import ipywidgets
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.steps import Step, transform_chain
from vislearn.viz import filmstrip
from vislearn.widgets import stepper

STEPS = [
    Step("Input", Image.new("RGB", (8, 8), (200, 0, 0)), "What goes in."),
    Step("Crop", torch.rand(3, 4, 4), "Cut <b>out</b>.", kept=(2.0, 2.0, 6.0, 6.0)),
    Step("Answer", "tabby cat"),
]


def parts(lab):
    _style, row, view = lab.view.children
    return (*row.children, view)


@pytest.fixture
def walked():
    return parts(stepper(STEPS))


def test_it_begins_at_the_first_stage(walked):
    back, slider, forward, view = walked
    assert (slider.value, slider.min, slider.max) == (1, 1, 3)
    assert "Stage 1 of 3" in view.value
    assert "What goes in." in view.value
    assert back.disabled
    assert not forward.disabled


def test_the_slider_moves_the_picture_and_the_words(walked):
    _back, slider, _forward, view = walked
    before = view.value
    slider.value = 2
    assert view.value != before
    assert "Stage 2 of 3" in view.value
    assert 'alt="Crop: 3×4×4 · float32' in view.value
    assert "Cut &lt;b&gt;out&lt;/b&gt;." in view.value


def test_the_buttons_move_one_stage_and_stop_at_the_ends(walked):
    back, slider, forward, view = walked
    for expected in (2, 3, 3):
        forward.click()
        assert slider.value == expected
    assert "tabby cat" in view.value
    assert forward.disabled
    assert not back.disabled
    for expected in (2, 1, 1):
        back.click()
        assert slider.value == expected


def test_every_control_says_what_it_does(walked):
    back, slider, forward, _view = walked
    assert (back.description, slider.description, forward.description) == ("Previous", "Stage", "Next")
    assert slider.style.description_width == "initial"


def test_the_frame_of_a_crop_is_explained(walked):
    _back, slider, _forward, view = walked
    assert "what the next stage keeps" in view.value
    slider.value = 2
    assert "what the next stage keeps" not in view.value


def test_the_filmstrip_stands_in():
    lab = stepper(iter(STEPS))
    strip = filmstrip(STEPS)
    assert lab._repr_mimebundle_()[0]["text/html"] == strip.html()
    assert lab._repr_mimebundle_()[1] == strip.metadata()
    assert lab.alt == strip.alt
    assert stepper(STEPS, alt="From picture to answer.").alt == "From picture to answer."


def test_the_numbers_of_a_process_may_differ_elsewhere():
    digest = stepper(STEPS, compared="structure").figure.digest
    assert digest == filmstrip(STEPS, compared="structure").digest
    assert digest["compared"] == "structure"


def test_one_stage_alone_is_shown_without_a_way_on():
    back, slider, forward, view = parts(stepper(STEPS[:1]))
    assert back.disabled
    assert forward.disabled
    assert slider.disabled
    assert "Stage 1 of 1" in view.value


def test_stages_are_drawn_once(monkeypatch):
    from vislearn.widgets import stepping

    drawn = []
    plain = stepping.stage
    monkeypatch.setattr(
        stepping, "stage", lambda step, following: drawn.append(step.title) or plain(step, following)
    )
    _back, slider, _forward, _view = parts(stepper(STEPS))
    for value in (2, 1, 2, 1):
        slider.value = value
    assert drawn == ["Input", "Crop"]


def test_a_real_chain_can_be_stepped_through():
    chain = v2.Compose([v2.RandomResizedCrop(8), v2.ToImage()])
    lab = stepper(transform_chain(chain, Image.new("RGB", (20, 20)), seed=0))
    assert isinstance(lab.view, ipywidgets.VBox)


def test_no_stages_are_refused():
    with pytest.raises(InputError, match="steps must hold at least one stage"):
        stepper([])


def test_a_lesson_s_own_stages_speak_the_learner_s_language(monkeypatch):
    words = {"Answer": "উত্তর", "tabby cat": "ডোরাকাটা বিড়াল", "Cut <b>out</b>.": "কেটে <b>নেওয়া</b>।"}
    monkeypatch.setattr(sidecar, "_lesson", lambda: sidecar._Sidecar("01_tiny", words=words))
    _back, slider, _forward, view = parts(stepper(STEPS))
    slider.value = 2
    assert "কেটে &lt;b&gt;নেওয়া&lt;/b&gt;।" in view.value
    slider.value = 3
    assert "উত্তর" in view.value
    assert "ডোরাকাটা বিড়াল" in view.value
