import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.pictures.mask_legend import (
    LegendEntry,
    class_colors,
    class_legend,
    draw_legend,
    label_image,
    legend_height,
    names_from_zero,
)

LABELS = np.array([[0, 1], [2, 255]])


@pytest.mark.parametrize("mask", [LABELS, LABELS.astype(float), LABELS[None], torch.from_numpy(LABELS)])
def test_any_whole_numbers_are_a_mask(mask):
    assert label_image(mask).tolist() == LABELS.tolist()


WRONG = [
    (np.zeros((3, 4, 4)), "one number for each pixel.*argmax"),
    (np.zeros(4), "one number for each pixel"),
    (np.zeros((0, 4)), "one number for each pixel"),
    (np.full((4, 4), 0.3), "whole numbers, got fractions"),
]


@pytest.mark.parametrize(("mask", "message"), WRONG)
def test_what_is_no_mask(mask, message):
    with pytest.raises(InputError, match=message):
        label_image(mask)


def test_names_count_from_zero():
    assert names_from_zero(["sky", "road", "car"], LABELS, 255) == {0: "sky", 1: "road", 2: "car"}
    assert names_from_zero({0: "a", 1: "b", 2: "c", 255: "void"}, LABELS, 255) == {0: "a", 1: "b", 2: "c"}
    assert names_from_zero(None, LABELS, 255) == {0: "", 1: "1", 2: "2"}
    with pytest.raises(InputError, match="numbers of the 2 classes that have a name, or 255 for void, got 2"):
        names_from_zero(["sky", "road"], LABELS, 255)
    with pytest.raises(InputError, match=r"truth must hold .*got 255"):
        names_from_zero(["sky", "road", "car"], LABELS, 254, name="truth")
    with pytest.raises(InputError, match="must be a list of names"):
        names_from_zero("sky", LABELS, 255)


def test_only_a_background_is_left_uncoloured():
    assert [*class_colors({0: "Background", 1: "road"}, None)] == [1]
    assert [*class_colors({0: "__background__", 1: "road"}, None)] == [1]
    assert [*class_colors({0: "road", 1: "background"}, None)] == [0, 1]
    assert class_colors({0: "sky", 1: "road"}, [(1, 2, 3), (255, 0, 16)]) == {0: "#010203", 1: "#ff0010"}
    assert class_colors({1: "road"}, None)[1] == palette.class_color(1)
    with pytest.raises(InputError, match=r"one for each of the classes 0 ... 1, got 1"):
        class_colors({0: "sky", 1: "road"}, [(1, 2, 3)])


def test_a_legend_names_all_where_they_are_few():
    names = {number: f"class {number}" for number in range(30)}
    few = dict.fromkeys(range(12), "#000000")
    assert [entry.words for entry in class_legend(names, few, LABELS, 254)] == [*names.values()][:12]
    many = dict.fromkeys(range(30), "#000000")
    listed = [entry.words for entry in class_legend(names, many, LABELS, 255)]
    assert listed == ["class 0", "class 1", "class 2", "void"]


def test_a_legend_takes_as_many_rows_as_it_needs():
    entries = [LegendEntry(f"a class of some words {at}", "#0072B2", number="3 %") for at in range(6)]
    assert legend_height([], 400) == 0
    assert legend_height(entries, 400) > legend_height(entries, 800) > legend_height(entries[:1], 800)
    canvas = Canvas(420, legend_height(entries, 400) + 20)
    draw_legend(canvas, entries, 10, 4, 400)
    shown = canvas.finish("A legend.")
    pixels = np.asarray(shown.image()).astype(int)
    assert (pixels[:, -12:] == 255).all()  # nothing sticks out
    assert (pixels[-20:] == 255).all()
    blue = (np.abs(pixels - [0, 0x72, 0xB2]).max(axis=2) < 12).any(axis=1)
    assert np.count_nonzero(np.diff(blue.astype(int)) == 1) == legend_height(entries, 400) // 26
    assert len(shown.photos) == 6  # the colours stay those of the photograph on a dark page
