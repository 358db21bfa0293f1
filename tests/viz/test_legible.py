"""What holds for every sheet: its words lie on it, and none covers another."""

from itertools import combinations

import numpy as np
import pytest
import torch
from matplotlib.image import AxesImage
from matplotlib.text import Text
from PIL import Image

from vislearn.metrics import ap_curve, calibration
from vislearn.steps import Step
from vislearn.viz import (
    bars,
    boxed,
    confusion,
    curves,
    draw_iou,
    filmstrip,
    filters,
    grid,
    histogram,
    mind_map,
    overlay,
    overlay_pair,
    panels,
    precision_recall,
    probabilities,
    reliability,
    threshold,
    tradeoff,
    zooms,
)
from vislearn.viz.canvas import Canvas

TITLE = "A title that is so long that it has to be broken " * 3
NAMES = ["cat", "a class with a long name", "পাতা", "x"]
CHANCE = np.random.default_rng(0)
PHOTO = Image.fromarray(CHANCE.integers(0, 255, (60, 80, 3), dtype=np.uint8))
SCORES, TRUTH = torch.linspace(0, 1, 40), torch.arange(40) // 3 % 2
NOTE = "A sentence that is long enough for several lines below its picture."
STAGES = [Step(f"A stage with a long name {at}", PHOTO if at % 2 else at, NOTE) for at in range(7)]
BOXES = torch.tensor([[5.0, 5, 40, 40], [30, 20, 75, 55]])
FOUND = {"boxes": BOXES, "labels": torch.tensor([1, 1])}
CURVE = ap_curve([FOUND | {"scores": torch.tensor([0.9, 0.6])}], [FOUND])


@pytest.fixture
def laid_out(monkeypatch):
    """``laid_out(make)``: words with places and the pictures' places of the sheet that ``make`` draws.

    A place is x0, y0, x1, y1 in shares of the sheet.
    """
    words, pictures = [], []
    finish = Canvas.finish

    def measured(canvas, *arguments, **options):
        figure = canvas.figure
        figure.draw_without_rendering()  # what depends on others is put in its place
        ticks = {
            label for axes in figure.axes for label in (*axes.get_xticklabels(), *axes.get_yticklabels())
        }
        scale = [figure.bbox.width, figure.bbox.height] * 2
        for text in set(figure.findobj(Text)) - ticks:  # some of those are not drawn
            if text.get_text().strip() and text.get_visible():
                words.append((text.get_text(), text.get_window_extent().extents / scale))
        pictures.extend(one.get_window_extent().extents / scale for one in figure.findobj(AxesImage))
        return finish(canvas, *arguments, **options)

    monkeypatch.setattr(Canvas, "finish", measured)
    return lambda make: make() and (words, pictures)


def overlap(one, other):
    """How far two places reach into each other, a share of the sheet; 0 or less if they don't."""
    return (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).min()


@pytest.mark.parametrize(
    "make",
    [
        lambda **way: bars(dict(zip(NAMES, [1.0, 30, 7, -0.1], strict=True)), xlabel="ms", **way),
        lambda **way: histogram({"a": CHANCE.normal(size=50), "b": SCORES}, xlabel="x", **way),
        lambda **way: confusion(CHANCE.integers(0, 40, (4, 4)), NAMES, **way),
        lambda **way: curves({"train": [3, 2, 1.0], "val": [3, 2, 2]}, xlabel="epoch", ylabel="loss", **way),
        lambda **_way: draw_iou(45, 30, 40, 30),
        lambda **_way: filmstrip(STAGES),
        lambda **way: filters(torch.rand(8, 3, 5, 5), **way),
        lambda **way: grid([PHOTO] * 6, NAMES + NAMES[:2], **way),
        lambda **way: mind_map({"root": {"one\nits role": NAMES, "two": ["c"], "three": []}}, **way),
        lambda **way: overlay(PHOTO, torch.arange(4).repeat(60, 20), classes=NAMES, **way),
        lambda **way: overlay_pair(
            PHOTO, torch.arange(4).repeat(60, 20), torch.ones(60, 80).long(), classes=NAMES, **way
        ),
        lambda **way: zooms({"whole": PHOTO, "half": PHOTO.resize((40, 30))}, **way),
        lambda **way: panels({"a": PHOTO, "b": boxed(PHOTO, BOXES, [1, 2], names=NAMES)}, **way),
        lambda **way: precision_recall({name: CURVE for name in NAMES}, **way),
        lambda **way: probabilities(PHOTO, NAMES, torch.tensor([0.1, 0.2, 0.6, 0.1]), **way),
        lambda **way: reliability(calibration(torch.stack([SCORES, 1 - SCORES], 1), TRUTH), **way),
        lambda **way: threshold(SCORES, TRUTH, **way),
        lambda **way: tradeoff(
            {name: (3 + at, 60 + at) for at, name in enumerate(NAMES)}, xlabel="ms", ylabel="%", **way
        ),
    ],
)
def test_words_and_pictures_lie_on_the_sheet_and_beside_each_other(laid_out, make):
    words, pictures = laid_out(lambda: make(title=TITLE, alt="A test."))
    on_top = {"cat", "a class with a long name"} if len(pictures) == 2 else set()  # tags of boxes
    on_top |= {word for word, _place in words if word.isdecimal()}  # counts in their cells
    places = [*words, *(("a picture", place) for place in pictures)]
    assert words
    for what, place in places:
        assert place.min() >= 0, what
        assert place.max() <= 1, what
    for (one, here), (other, there) in combinations(places, 2):
        assert overlap(here, there) < 0.004 or (one in on_top and other == "a picture"), (one, other)
