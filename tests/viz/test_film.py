import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.steps import Step, transform_chain
from vislearn.viz import filmstrip, stage

RED = Image.new("RGB", (40, 30), (220, 20, 20))
STEPS = [
    Step("Input", RED, "What goes in."),
    Step("RandomHorizontalFlip", v2.functional.to_image(RED), "Mirrored."),
    Step(
        "Normalize", torch.randn(3, 8, 8), "Around zero, a sentence long enough to wrap onto several lines."
    ),
    Step("Batch", (torch.rand(9, 3, 8, 8), torch.arange(9))),
    Step("Logits", torch.randn(1, 10), "One number per class."),
    Step("Answer", "tabby cat"),
    Step("Number", 3),
    Step("Object", object()),
    Step("Error", "TypeError: " + "why " * 60, "It broke."),
]


def pixels(picture):
    return np.asarray(picture.image().resize((picture.width, picture.height), 0)).astype(int)


@pytest.mark.parametrize("count", range(1, len(STEPS) + 1))
def test_any_number_of_stages_of_any_kind(count):
    picture = filmstrip(STEPS[:count])
    assert picture.width <= 1000
    assert picture.height <= 1100


def test_two_rows_with_their_words_fit_into_one_view():
    note = "A sentence of four lines below its picture, as the longest notes of the course are, more or less."
    short, long = (filmstrip([Step("Resize", RED, words)] * 6) for words in ("", note))
    assert short.height < long.height <= 620


def test_the_words_for_those_who_cannot_see_tell_every_stage():
    alt = filmstrip(iter(STEPS[:2])).alt
    assert alt == (
        "2 stages, one after another. 1. Input: PIL RGB 40×30 (W×H) · 20…220; "
        "2. RandomHorizontalFlip: 3×30×40 · uint8 · 20…220."
    )
    assert filmstrip(STEPS[:1], alt="A red card.").alt == "A red card."


@pytest.mark.parametrize(("columns", "wide"), [(1, False), (4, True), (99, True)])
def test_columns_can_be_chosen(columns, wide):
    picture = filmstrip(STEPS[:4], columns=columns)
    assert (picture.width > picture.height) is wide


def test_a_flip_can_be_seen():
    half = Image.new("RGB", (40, 40), (0, 0, 0))
    half.paste((250, 250, 0), (0, 0, 20, 40))
    shown = pixels(filmstrip(transform_chain(v2.RandomHorizontalFlip(1.0), half)))
    row = shown[140]
    yellow = np.flatnonzero((row[:, 0] > 200) & (row[:, 2] < 80))
    black = np.flatnonzero(row.max(axis=1) < 60)
    first, second = yellow[yellow < 300], yellow[yellow > 340]
    assert first.max() < black.min() + 3  # before: yellow left of black
    assert second.min() > black.max() - 3  # after: right of it


def test_what_a_crop_keeps_is_marked_on_the_stage_before():
    gray = Image.new("RGB", (40, 40), (90, 90, 90))
    marked = pixels(filmstrip([Step("Input", gray), Step("Crop", gray, kept=(10.0, 10.0, 30.0, 30.0))]))
    plain = pixels(filmstrip([Step("Input", gray), Step("Crop", gray)]))
    changed = np.argwhere(np.abs(marked - plain).max(axis=2) > 60)
    assert len(changed) > 100
    assert changed[:, 1].max() < 310  # nothing on the second tile
    height, width = np.ptp(changed, axis=0)
    assert height == pytest.approx(width, abs=4)


def test_no_stages_is_refused_with_a_hint():
    used_up = iter(STEPS)
    list(used_up)
    with pytest.raises(InputError, match=r"at least one stage, got none\. Has the generator been used up"):
        filmstrip(used_up)


def test_columns_below_one_are_refused():
    with pytest.raises(InputError, match="columns must be at least 1, got 0"):
        filmstrip(STEPS, columns=0)


def test_empty_words_are_refused():
    with pytest.raises(InputError, match="alt"):
        filmstrip(STEPS[:1], alt=" ")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_one_stage_can_be_shown_large(step):
    picture = stage(step, size=300)
    assert picture.width == 300
    assert picture.alt.startswith(f"{step.title}: ")


@pytest.mark.parametrize(
    ("step", "caption"),
    [
        (STEPS[0], ""),
        (STEPS[2], "stretched for display"),
        (STEPS[3], "4 of 9 pictures shown"),
        (STEPS[5], ""),
    ],
)
def test_a_large_stage_says_what_the_drawing_hides(step, caption):
    assert stage(step).caption == caption
