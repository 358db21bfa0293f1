from itertools import pairwise

import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics import APCurve
from vislearn.metrics.detection.precision_recall import at_recalls
from vislearn.viz import CurveDrawing, Drawing, panels, precision_recall
from vislearn.viz.canvas import Canvas
from vislearn.viz.meaning.terms import MEASURED

ALT = {"alt": "Precision falls with recall."}


def curve(*right, objects=4):
    """The curve of detections that are right or not, surest first."""
    rights = torch.tensor(right, dtype=torch.float64)
    precision, recall = rights.cumsum(0) / torch.arange(1, len(right) + 1), rights.cumsum(0) / max(1, objects)
    points = at_recalls(precision, recall)
    return APCurve(recall, precision, points, 1 - rights, points.mean().item() if objects else -1.0)


NONE, SOME = curve(), curve(1, 0, 1, 1, 0)


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


def plot(sheet):
    (axes,) = [axes for axes in sheet.figure.axes if axes.axison]
    return axes


def numbers(sheet):
    return [text.get_text() for text in sheet.figure.axes[0].texts if text.get_gid() == MEASURED]


def keys(sheet):
    return [text.get_text() for legend in sheet.figure.legends for text in legend.get_texts()]


def test_no_detections_leave_the_envelope_at_zero(sheets):
    precision_recall(NONE, **ALT)
    (line,) = plot(sheets[0]).lines
    assert set(line.get_ydata()) == {0}
    assert (keys(sheets[0]), numbers(sheets[0])) == (["best from here on"], ["AP 0.000"])


def test_one_curve_shows_the_zigzag_the_envelope_and_the_area(sheets):
    precision_recall(SOME, title="Cats", **ALT)
    axes = plot(sheets[0])
    zigzag, envelope = axes.lines
    assert zigzag.get_xdata().tolist() == [0, *SOME.recall.tolist()]
    assert zigzag.get_ydata().tolist() == [1, *SOME.precision.tolist()]
    assert envelope.get_ydata().tolist() == SOME.interpolated.tolist()
    assert len(axes.collections) == 1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("recall", "precision")
    assert axes.get_xlim() == (0, 1)
    assert keys(sheets[0]) == ["after each detection", "best from here on"]
    assert numbers(sheets[0]) == [f"AP {SOME.ap:.3f}"]


def test_several_curves_differ_in_more_than_colour_and_fill_nothing(sheets):
    named = {"IoU 0.5": SOME, "IoU 0.75": NONE, "nothing": curve(objects=0)}
    precision_recall(named, **ALT)
    axes = plot(sheets[0])
    assert [line.get_label() for line in axes.lines] == list(named)
    assert len({str(line._dash_pattern) for line in axes.lines}) == 3
    assert not axes.collections
    assert keys(sheets[0]) == list(named)
    assert numbers(sheets[0])[1:] == ["AP 0.000", "nothing to find"]


def test_several_curves_can_show_their_zigzag_which_stays_out_of_the_legend(sheets):
    precision_recall({"a": SOME, "b": SOME}, zigzag=True, **ALT)
    assert len(plot(sheets[0]).lines) == 4
    assert len(keys(sheets[0])) == 2


def test_the_legend_lies_below_the_axes_and_on_the_sheet(sheets):
    precision_recall({str(at): SOME for at in range(5)}, **ALT)
    rows = [legend.get_window_extent() for legend in sheets[0].figure.legends]
    label = plot(sheets[0]).xaxis.label.get_window_extent()
    assert len(rows) == 5
    assert [label.y0 >= rows[0].y1, *(above.y0 >= below.y1 for above, below in pairwise(rows))] == [True] * 5
    assert rows[-1].y0 >= 0


def test_the_number_stands_beside_its_name(sheets):
    precision_recall({"a rather long name of a curve": SOME}, **ALT)
    (legend,) = sheets[0].figure.legends
    (number,) = [text for text in sheets[0].figure.axes[0].texts if text.get_gid() == MEASURED]
    name, place = legend.get_window_extent(), number.get_window_extent()
    assert name.x1 < place.x0 < name.x1 + 40
    assert abs((name.y0 + name.y1) - (place.y0 + place.y1)) / 2 < 6


def test_parts_can_be_left_out():
    drawing = CurveDrawing({"a": SOME}, zigzag=False, area=False)
    assert isinstance(drawing, Drawing)
    canvas = Canvas(300, 200)
    assert drawing.draw_on(canvas, 0, 0, 300, 200) == (0, 0, 300, 200)
    assert len(plot(canvas).lines) == 1
    assert not plot(canvas).collections
    bare = Canvas(300, 200)
    CurveDrawing({"a": SOME}, envelope=False).draw_on(bare, 0, 0, 300, 200)
    assert [line.get_label() for line in plot(bare).lines] == ["after each detection"]


def test_it_renders_alone_and_in_panels():
    picture = precision_recall(SOME, **ALT)
    assert picture.alt == ALT["alt"]
    assert picture.width == 640
    assert picture.digest["plots"]
    assert panels({"left": CurveDrawing({"a": SOME}), "right": CurveDrawing({"b": SOME})}, **ALT).data


@pytest.mark.parametrize(
    ("curves", "alt", "sentence"), [({}, "x", "curves must hold at least one"), (SOME, " ", "alt must say")]
)
def test_what_breaks_its_rule(curves, alt, sentence):
    with pytest.raises(InputError, match=sentence):
        precision_recall(curves, alt=alt)
