import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import panels
from vislearn.viz.canvas import Canvas
from vislearn.viz.pictures.cells import Bins, Cells

MAP = torch.arange(12.0).view(3, 4)


def drawn(cells, width=400, height=300):
    canvas = Canvas(width, height)
    written, frames = [], []
    text, frame = canvas.text, canvas.frame
    canvas.text = lambda x, y, words, **style: written.append((words, x, y)) or text(x, y, words, **style)
    canvas.frame = lambda *place, **style: frames.append((place, style)) or frame(*place, **style)
    place = cells.draw_on(canvas, 0, 0, width, height)
    pixels = np.asarray(canvas.finish("A test.").image().resize((width, height), 0)).astype(int)
    return place, written, frames, pixels


def test_cells_are_lighter_the_larger_their_number_and_never_black():
    _place, _written, _frames, pixels = drawn(Cells(MAP, words={}))
    shades = [pixels[100 * row + 20, 100 * column + 20, 0] for row in range(3) for column in range(4)]
    assert shades == sorted(shades)
    assert shades[0] > 20
    assert shades[-1] > 250


@pytest.mark.parametrize("values", [np.full((2, 2), 7), torch.full((2, 2), float("nan")), torch.ones(1, 1)])
def test_a_map_without_differences_can_be_drawn(values):
    drawn(Cells(values))


def test_numbers_are_written_where_they_fit():
    _place, written, _frames, _pixels = drawn(Cells(MAP))
    assert [words for words, _x, _y in written] == [str(number) for number in range(12)]
    assert written[5][1:] == (150, 150)  # row 1, column 1
    assert drawn(Cells(MAP), 60, 45)[1] == []


def test_own_words_and_a_window():
    cells = Cells(MAP, words={(1, 2): "here"}, window=(1, 1, 4, 3))
    place, written, _frames, _pixels = drawn(cells, 300, 200)
    assert cells.aspect == pytest.approx(2 / 3)
    assert place == (0, 0, 300, 200)
    assert written == [("here", 150, 50)]


def test_boxes_bins_and_points_lie_where_they_are():
    bins = Bins([(0.5, 1.5), (1.5, 2.5)], [(1.0, 2.0)], color="#0072B2", dash=(4, 2))
    _place, _written, frames, pixels = drawn(Cells(MAP, [bins], torch.tensor([[3.5, 0.5]]), words={}))
    own = [(place, style) for place, style in frames if style["color"] == "#0072B2"]
    assert [place for place, _style in own] == [
        (50, 100, 100, 100),
        (150, 100, 100, 100),
        (50, 100, 200, 100),
    ]
    assert all(style["dashed"] == (4, 2) for _place, style in own)
    assert abs(pixels[50, 350] - (0xD5, 0x5E, 0)).max() < 30


def test_large_maps_have_no_lines():
    assert len(drawn(Cells(torch.rand(64, 64)))[2]) == 0
    assert len(drawn(Cells(torch.rand(8, 8), words={}))[2]) == 16


def test_cells_are_a_drawing_like_any_other():
    picture = panels({"map": Cells(MAP)}, alt="A map.")
    assert picture.digest["numbers"] == 12  # written numbers are compared by their shades


@pytest.mark.parametrize("values", [torch.zeros(3), torch.zeros(1, 3, 3), torch.zeros(0, 3)])
def test_only_one_map_at_a_time(values):
    with pytest.raises(InputError, match=r"values must be one map \(H, W\)"):
        Cells(values)
