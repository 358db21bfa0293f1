import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import bars, histogram, palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.charts.bars import _digits

BARS = {"xlabel": "accuracy", "alt": "Bars."}


@pytest.fixture
def plot(monkeypatch):
    """The plot of the sheet drawn last."""
    kept = []

    def finish(canvas, alt, compared="values"):
        canvas.figure.canvas.draw()
        kept.append(next(axes for axes in canvas.figure.axes if axes.axison))
        return "picture"

    monkeypatch.setattr(Canvas, "finish", finish)
    return kept


def labels(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("value", [0.8, [0.8], np.float32(0.8), torch.tensor(0.8), torch.tensor([0.8])])
def test_a_number_is_a_bar_with_the_number_at_its_end(plot, value):
    bars({"plain": value}, **BARS)
    assert plot[0].patches[0].get_width() == pytest.approx(0.8)
    assert labels(plot[0]) == ["0.80"]
    assert plot[0].get_xlabel() == "accuracy"
    assert len(plot[0].lines) == 0


def test_several_numbers_are_their_mean_with_a_whisker_from_lowest_to_highest(plot):
    bars({"plain": [0.7, 0.8, 0.9]}, **BARS)
    assert plot[0].patches[0].get_width() == pytest.approx(0.8)
    ((whisker,),) = [collection.get_segments() for collection in plot[0].collections]
    assert whisker[:, 0] == pytest.approx([0.7, 0.9])
    assert labels(plot[0]) == ["0.80 (0.70…0.90)"]


def test_bars_are_in_the_order_given_from_the_top(plot):
    bars({"first": 1.0, "second": 3.0, "third": 2.0}, **BARS)
    heights = [patch.get_y() for patch in plot[0].patches]
    assert heights == sorted(heights)
    assert plot[0].yaxis_inverted()


def test_a_name_stands_beside_its_bar(plot):
    bars(
        {"a": 1.0, "a name so long that it needs a second line, or even more than two": 2.0, "c": 3.0}, **BARS
    )
    axes = plot[0]
    sheet = next(sheet for sheet in axes.figure.axes if not sheet.axison)
    ends = {text.get_text(): text.get_window_extent() for text in sheet.texts}
    bar_a, _bar, bar_c = (patch.get_window_extent() for patch in axes.patches)
    for name, bar in (("a", bar_a), ("c", bar_c)):
        assert (ends[name].y0 + ends[name].y1) == pytest.approx(bar.y0 + bar.y1, abs=12)
        assert ends[name].x1 < bar.x0


def test_the_highlighted_bar_alone_has_colour(plot):
    bars({"a": 1, "b": 2}, highlight="b", **BARS)
    from matplotlib.colors import to_hex

    assert [to_hex(patch.get_facecolor()) for patch in plot[0].patches] == [
        palette.REST,
        palette.ACCENT.lower(),
    ]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0.2, 0.4], 0, 0.42), ([-1.0, 1.0], -1.05, 1.05), ([-1.0, -2.0], -2.1, 0), ([0.0, 0.0], 0, 1.05)],
)
def test_the_axis_begins_at_zero(plot, values, low, high):
    bars({str(at): value for at, value in enumerate(values)}, **BARS)
    assert plot[0].get_xlim() == pytest.approx((low, high))


def test_the_axis_can_be_given_and_large_numbers_are_grouped(plot):
    bars({"a": 12345.6}, xlim=(0, 20000), **BARS)
    assert plot[0].get_xlim() == (0, 20000)
    assert labels(plot[0]) == ["12,346"]
    assert "10,000" in [label.get_text() for label in plot[0].get_xticklabels()]


def test_long_names_wrap_and_take_room():
    short = bars({"a": 1, "b": 2}, **BARS)
    long = bars({"a name that goes on and on " * 4: 1, "b": 2}, title="Two bars", **BARS)
    assert long.height > short.height
    assert long.width == short.width == 1000


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ({}, {}, "values must hold at least one bar"),
        ({"a": []}, {}, "values 'a' must be finite numbers"),
        ({"a": [1, float("nan")]}, {}, "values 'a' must be finite numbers"),
        ({"abc": 1}, {"highlight": "abd"}, "Did you mean 'abc'"),
        ({"a": 1}, {"alt": ""}, "alt must say"),
    ],
)
def test_bars_that_make_no_sense_are_refused(values, options, message):
    with pytest.raises(InputError, match=message):
        bars(values, **{**BARS, **options})


@pytest.mark.parametrize(
    ("numbers", "digits"),
    [([0.0], 2), ([0.77], 2), ([1.5], 2), ([12.0], 1), ([559.0], 0), ([1e6], 0), ([0.0123], 3)],
)
def test_decimals_worth_reading(numbers, digits):
    assert _digits(numbers) == digits


def test_a_histogram_counts_shares(plot):
    histogram(
        {"a": [0, 0, 0, 1], "b": torch.tensor([[1.0, 1.0]])}, bins=2, xlabel="pixel value", alt="Counts."
    )
    outlines = [patch.get_data().values.tolist() for patch in plot[0].patches if not patch.get_fill()]
    assert outlines == [[75.0, 25.0], [0.0, 100.0]]
    assert [text.get_text() for text in plot[0].get_legend().get_texts()] == ["a", "b"]
    assert plot[0].get_ylabel() == "share in %"


def test_one_histogram_needs_no_legend(plot):
    histogram({"a": [3, 3, 3]}, xlabel="pixel value", alt="Counts.")
    assert plot[0].get_legend() is None


@pytest.mark.parametrize("values", [{}, {"a": []}])
def test_an_empty_histogram_is_refused(values):
    with pytest.raises(InputError, match="values must hold numbers to count"):
        histogram(values, xlabel="pixel value", alt="Counts.")
