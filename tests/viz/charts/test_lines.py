from itertools import pairwise

import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import curves
from vislearn.viz.canvas import Canvas
from vislearn.viz.charts import lines as module

LABELS = {"xlabel": "epoch", "ylabel": "accuracy", "alt": "Accuracy rises."}
ONE = [0.1, 0.5, 0.7]
RUNS = [[0.1, 0.5, 0.7], [0.1, 0.5, 0.8], [0.4, 0.5, 0.9]]


@pytest.fixture
def sheets(monkeypatch):
    """Every sheet drawn on, kept as it was just before it was rendered."""
    kept = []

    def finish(canvas, alt, compared="values"):
        kept.append(canvas)
        canvas.figure.canvas.draw()
        return "picture"

    monkeypatch.setattr(Canvas, "finish", finish)
    return kept


def plots(sheet):
    return [axes for axes in sheet.figure.axes if axes.axison]


def words(sheet):
    return [text.get_text() for text in sheet.figure.texts]


@pytest.mark.parametrize(
    "runs", [ONE, torch.tensor(ONE), [ONE], np.array([ONE]), [torch.tensor(x) for x in ONE]]
)
def test_one_run_is_a_line_without_a_band(sheets, runs):
    curves({"train": runs}, **LABELS)
    (axes,) = plots(sheets[0])
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert axes.lines[0].get_ydata() == pytest.approx(ONE)
    assert not axes.collections
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "accuracy")
    assert words(sheets[0]) == ["train"]


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [
        ("range", [0.1, 0.5, 0.7], [0.4, 0.5, 0.9]),
        ("std", [0.2 - 0.03**0.5, 0.5, 0.7], [0.2 + 0.03**0.5, 0.5, 0.9]),
    ],
)
def test_several_runs_are_their_mean_and_a_band(sheets, band, low, high):
    curves({"train": RUNS}, band=band, **LABELS)
    (axes,) = plots(sheets[0])
    assert axes.lines[0].get_ydata() == pytest.approx([0.2, 0.5, 0.8])
    outline = axes.collections[0].get_paths()[0].vertices
    for x, bottom, top in zip([1, 2, 3], low, high, strict=True):
        ys = outline[outline[:, 0] == x, 1]
        assert (ys.min(), ys.max()) == pytest.approx((bottom, top))


def test_panels_share_their_axis_and_a_name_keeps_its_style(sheets):
    curves({"plain": {"train": ONE, "val": RUNS}, "augmented": {"val": ONE}}, **LABELS)
    left, right = plots(sheets[0])
    assert left.get_ylim() == right.get_ylim()
    assert left.lines[1].get_color() == right.lines[0].get_color() != left.lines[0].get_color()
    assert (left.get_ylabel(), right.get_ylabel()) == ("accuracy", "")


def test_panels_with_their_own_quantities_have_their_own_axes(sheets):
    panels = {"Loss": {"train": [90.0, 50.0]}, "Accuracy": {"train": [0.1, 0.5]}}
    curves(panels, **{**LABELS, "ylabel": ["loss", "accuracy"]})
    left, right = plots(sheets[0])
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "accuracy")
    assert left.get_ylim()[1] > 50 > right.get_ylim()[1]


def test_lines_differ_in_more_than_colour(sheets):
    curves({str(at): [at, at + 1] for at in range(7)}, **LABELS)
    lines = plots(sheets[0])[0].lines
    assert len({line.get_marker() for line in lines}) == 7
    assert len({str(line._dash_pattern) for line in lines}) == 7


def test_epochs_are_whole_and_x_can_be_anything(sheets):
    curves({"a": list(range(40))}, **LABELS)
    assert all(tick == int(tick) for tick in plots(sheets[0])[0].get_xticks())
    curves({"a": ONE}, x=[64, 128, 256], **LABELS)
    assert plots(sheets[1])[0].lines[0].get_xdata().tolist() == [64, 128, 256]


def test_names_stand_at_the_line_ends_without_overlapping(sheets):
    wait = [0.0] * 11  # more than ten points: the ticks do not settle the scale by chance
    curves({"high": [[*wait, 0.8], [*wait, 1.0]], "low": [*wait, 0.1], "also low": [*wait, 0.11]}, **LABELS)
    height = {text.get_text(): text.get_position()[1] * 420 for text in sheets[0].figure.texts}
    assert height["high"] > height["also low"] > height["low"]
    assert height["also low"] - height["low"] >= 15
    (axes,) = plots(sheets[0])
    end = axes.transData.transform((0, 0.9))[1] / axes.figure.dpi * 96
    assert height["high"] == pytest.approx(end, abs=1)


def test_names_of_lines_that_meet_at_the_end_stand_as_the_lines_ran(sheets):
    curves({"upper": [1.0, 0.8, 0.0], "lower": [1.0, 0.2, 0.0], "middle": [1.0, 0.5, 0.0]}, **LABELS)
    height = {text.get_text(): text.get_position()[1] for text in sheets[0].figure.texts}
    assert height["upper"] > height["middle"] > height["lower"]


def test_losses_can_be_counted_in_powers_of_ten(sheets):
    curves({"a": {"train": [1e3, 1e-3]}, "b": {"train": [1.0, 2.0]}}, log=True, **LABELS)
    assert {axes.get_yscale() for axes in plots(sheets[0])} == {"log"}


@pytest.mark.parametrize("run", [[1.0, float("nan"), float("nan")], [float("nan")] * 3, [0.5]])
def test_a_run_that_diverged_or_just_began_can_be_drawn(run):
    assert curves({"a": run, "b": [0.1] * len(run)}, **LABELS).alt == "Accuracy rises."


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [
        ({}, {}, "series must hold at least one line"),
        ({"a": []}, {}, "series 'a' must be one run, or runs of one length"),
        (
            {"a": [[1, 2], [1, 2, 3]]},
            {},
            r"series 'a' must be one run, or runs of one length, got lengths \[2, 3\]",
        ),
        ({"a": ONE}, {"x": [1, 2]}, r"series 'a' must have as many points as x \(2\), got 3"),
        ({"a": ONE}, {"band": "sem"}, "band must be one of 'range', 'std'"),
        ({"a": ONE}, {"ylabel": ["one", "two"]}, r"ylabel must be one, or one per panel \(1\), got 2"),
        ({"a": ONE}, {"alt": ""}, "alt must say"),
    ],
)
def test_series_that_make_no_sense_are_refused(series, options, message):
    with pytest.raises(InputError, match=message):
        curves(series, **{**LABELS, **options})


@pytest.mark.parametrize(
    ("wanted", "lowest", "highest"),
    [
        ([], 0, 100),
        ([50], 0, 100),
        ([10, 90], 0, 100),
        ([50, 50, 50], 0, 100),
        ([99, 100], 0, 100),
        ([0, 1, 2, 3], 0, 60),
    ],
)
def test_names_never_overlap_nor_leave_the_plot(wanted, lowest, highest):
    placed = module._apart([float(y) for y in wanted], 20, lowest, highest)
    ordered = sorted(placed)
    assert all(b - a >= 20 - 1e-9 for a, b in pairwise(ordered))
    assert all(lowest <= y <= highest for y in placed)
    assert sorted(range(len(wanted)), key=lambda at: (wanted[at], at)) == sorted(
        range(len(placed)), key=lambda at: placed[at]
    )


@pytest.mark.parametrize(
    ("points", "expected"), [(1, [0]), (2, [0, 1]), (5, [0, 1, 2, 3, 4]), (17, list(range(0, 17, 2)))]
)
def test_markers_are_few_and_the_last_point_has_one(points, expected):
    assert list(range(points))[module._some(points)] == expected
