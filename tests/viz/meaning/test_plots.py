import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from vislearn.viz.meaning.plots import Plot, seen, without_empty


def plot(fill):
    figure = Figure(figsize=(4, 3), dpi=96)
    axes = figure.add_subplot()
    fill(axes)
    FigureCanvasAgg(figure).draw()
    return Plot(axes, 1.0).digest()


def test_an_empty_plot_is_its_axes():
    assert plot(lambda axes: None) == {"xlim": [0, 1], "ylim": [0, 1], "scales": ["linear", "linear"]}


def test_a_sheet_without_axes_says_nothing_of_its_units():
    assert plot(lambda axes: axes.set_axis_off()) == {}


def test_what_nobody_sees_is_not_there():
    def fill(axes):
        axes.plot([1, 2], [3, 4], alpha=0)
        axes.plot([1, 2], [3, 4], visible=False)
        axes.plot([1, 2], [3, 4], linestyle="none")

    assert "lines" not in plot(fill)


def test_a_picture_is_its_size_and_its_look():
    [picture] = plot(lambda axes: axes.imshow(np.zeros((4, 4, 3), np.uint8)))["images"]
    assert picture["size"][0] == picture["size"][1]
    assert picture["look"]


def test_an_artist_without_alpha_is_seen():
    [line] = Figure().add_subplot().plot([1, 2])
    assert seen(line)
    line.set_alpha(0)
    assert not seen(line)


def test_parts_that_say_nothing_are_left_out():
    assert without_empty({"a": [], "b": 0, "c": None, "d": [0]}) == {"c": None, "d": [0]}


def test_an_arrow_lies_where_it_is_drawn():
    def fill(axes):
        axes.add_patch(FancyArrowPatch((0.25, 0.5), (0.75, 0.5), shrinkA=0, shrinkB=0, mutation_scale=1))

    [arrow] = plot(fill)["boxes"]
    left, top, right, bottom = arrow["place"]
    assert arrow["on"] == "axes"
    assert (left, right) == pytest.approx((0.25, 0.75), abs=0.02)
    assert top < 0.5 < bottom
