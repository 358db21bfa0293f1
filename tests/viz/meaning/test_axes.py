import math

import pytest

from vislearn.viz.meaning.axes import Axes

LINEAR = {"xlim": [0, 10], "ylim": [-1, 1]}
LOG = LINEAR | {"ylim": [0.01, 100], "scales": ["linear", "log"]}


def told(found):
    return [sentence.partition(":")[0] for sentence in found]


@pytest.mark.parametrize(
    ("plot", "axis", "was", "now", "share"),
    [
        (LINEAR, 0, 2, 3, 0.1),
        (LINEAR, 1, 0, -0.5, 0.25),
        (LOG, 1, 1, 10, 0.25),
        (LOG, 1, 0, 10, 10 / 99.99),  # no logarithm of nothing
        (LINEAR, 0, None, None, 0.0),
        (LINEAR, 0, 2, None, math.inf),
        ({}, 0, 2, 3, 0.0),  # an axis without numbers is a layout
        ({"xlim": [4, 4]}, 0, 4, 4.5, 0.5),
    ],
)
def test_numbers_are_apart_by_a_share_of_their_axis(plot, axis, was, now, share):
    assert Axes(plot, exact=True).share(axis, was, now) == pytest.approx(share)


def test_on_a_sheet_the_whole_is_one():
    assert Axes({}, exact=True).share(0, 0.25, 0.5, whole=True) == 0.25


@pytest.mark.parametrize(("xlim", "found"), [([0, 12], []), ([0, 13], ["xlim here"]), ([], ["xlim here"])])
def test_ends_of_an_axis_may_move_a_little(xlim, found):
    assert told(Axes(LINEAR, exact=True).limits("here", LINEAR | {"xlim": xlim})) == found


def test_one_sentence_tells_of_a_line():
    line = {"points": [[0, 0], [5, 0], [10, 0]]}
    moved = {"points": [[0, 0.5], [5, 0.5], [10, 0.5]]}
    lost = {"points": [[0, None], [5, None], [10, None]]}
    assert told(Axes(LINEAR, exact=True).line("it", line, line)) == []
    assert told(Axes(LINEAR, exact=True).line("it", line, moved)) == ["it, y of sample 1 of 3"]
    assert told(Axes(LINEAR, exact=False).line("it", line, moved)) == []
    assert told(Axes(LINEAR, exact=False).line("it", line, lost)) == ["it"]


def test_bars_and_areas_take_their_range():
    bars = {"along": "x", "spans": [[0, 5], [0, 8]]}
    axes = Axes(LINEAR, exact=True)
    assert told(axes.bars("bars", bars, bars | {"spans": [[0, 5], [0, 6]]})) == ["bars, bar 2 of 2"]
    assert told(axes.bars("bars", bars, bars | {"spans": [[0, 5]]})) == ["bars"]
    area = {"range": [[0, -0.5], [10, 0.5]]}
    assert told(axes.area("band", area, area | {"range": [[0, -0.9], [10, 0.5]]})) == []
    assert told(axes.area("band", area, area | {"range": [[0, 0.3], [10, 0.5]]})) == ["band, range of y"]
