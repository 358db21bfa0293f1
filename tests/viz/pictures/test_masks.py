import numpy as np
import pytest
import torch
from torchvision import tv_tensors

from vislearn.errors import InputError
from vislearn.viz import overlaid, overlay, palette, panels
from vislearn.viz.pictures.masks import Masked

GRAY = np.full((40, 60, 3), 128, np.uint8)
LABELS = np.zeros((40, 60), np.int64)
LABELS[10:30, 10:30], LABELS[:, 50:] = 1, 255
NAMES = ["background", "road"]


def colour_of(picture, row, column):
    """The colour at a pixel of the source, as it is on the sheet without a heading: 420 px wide."""
    pixels = np.asarray(picture.image().resize((picture.width, picture.height))).astype(int)
    return pixels[round(8 + (row + 0.5) * 7), round(8 + (column + 0.5) * 7)]


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy, lambda mask: tv_tensors.Mask(mask)[None]])
def test_classes_are_tinted_and_the_background_is_not(kind):
    picture = overlay(torch.from_numpy(GRAY).permute(2, 0, 1), kind(LABELS), classes=NAMES)
    assert np.abs(colour_of(picture, 5, 5) - 128).max() < 6
    hue = [int(palette.class_color(1)[at : at + 2], 16) for at in (1, 3, 5)]
    assert np.abs(colour_of(picture, 20, 20) - (128 + np.array(hue)) / 2).max() < 8
    assert picture.alt == "A picture whose pixels are coloured by their class: road, void."
    assert (picture.width, picture.height) == (436, 8 + 280 + 34 + 8)


def test_void_is_striped_and_told():
    picture = overlay(GRAY, LABELS, classes=NAMES)
    pixels = np.asarray(picture.image()).astype(int)
    void = pixels[60:300, -110:-30].reshape(-1, 3)
    assert np.quantile(void, 0.1) < 90
    assert np.quantile(void, 0.9) > 190
    assert "void" in picture.digest["words"]
    assert "void" not in overlay(GRAY, LABELS.clip(max=1), classes=NAMES).digest["words"]


def test_a_class_keeps_its_colour_whatever_else_is_there():
    alone = overlaid(GRAY, LABELS, classes=["sky", "road", "car"])
    others = overlaid(GRAY, np.full_like(LABELS, 2), classes=["sky", "road", "car"])
    assert alone.colors == others.colors
    assert overlaid(GRAY, LABELS).colors == {1: palette.class_color(1)}
    assert overlaid(GRAY, LABELS, classes=NAMES, colors=[(0, 0, 0), (1, 2, 3)]).colors == {1: "#010203"}


def test_alpha_and_edges_are_a_matter_of_choice():
    plain = overlay(GRAY, LABELS, classes=NAMES, alpha=0, outlined=False)
    assert np.abs(colour_of(plain, 20, 20) - 128).max() < 6
    full = overlay(GRAY, LABELS, classes=NAMES, alpha=1)
    assert np.abs(colour_of(full, 20, 20) - [0xE6, 0x9F, 0]).max() < 8


def test_small_and_tall_pictures():
    small = overlay(np.zeros((64, 64, 3), np.uint8), np.eye(64, dtype=int))
    assert small.width == 436
    tall = overlay(np.zeros((900, 300, 3), np.uint8), np.zeros((900, 300), int), title="Tall")
    assert tall.height < 620
    assert overlay(np.zeros((900, 1300, 3), np.uint8), np.zeros((900, 1300), int)).width == 736


def test_panels_take_it_as_a_drawing():
    drawing = overlaid(GRAY, LABELS, classes=NAMES)
    assert drawing.aspect == pytest.approx(2 / 3)
    assert panels({"one": drawing, "two": GRAY}, alt="Two.").width > 700


def test_its_words_are_bengali_where_the_learner_is(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    alt = overlay(GRAY, LABELS, classes=["background", "রাস্তা"]).alt
    assert alt.startswith("একটি ছবি, যার পিক্সেলগুলো ক্লাসের রঙে রাঙানো: রাস্তা")


WRONG = [
    (
        {"mask": LABELS[:, :59]},
        "mask must be as large as the picture, 40×60 .height×width., got 40×59.*argmax",
    ),
    ({"classes": ["background"]}, "mask must hold numbers of the 1 classes"),
    ({"alpha": 1.2}, "alpha must lie in 0..1"),
    ({"mask": np.zeros((3, 40, 60))}, "one number for each pixel"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_refused(given, message):
    with pytest.raises(InputError, match=message):
        overlay(GRAY, **({"mask": LABELS, "classes": NAMES} | given))


def test_a_drawing_of_ones_own_is_looked_at_too():
    with pytest.raises(InputError, match="as large as the picture"):
        Masked(GRAY, LABELS[1:])
