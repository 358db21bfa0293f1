import numpy as np
import pytest
import torch
from torchvision.ops import box_iou, complete_box_iou, distance_box_iou, generalized_box_iou

from vislearn.errors import InputError
from vislearn.viz import draw_iou
from vislearn.viz.canvas import Canvas


def frames(picture):
    """Line colour, dashed → place on the card, for the three boxes' outlines."""
    return {
        (one["color"].split("/")[0], one.get("dashed", False)): one["place"]
        for one in picture.digest["plots"][0]["boxes"]
        if one["color"].endswith("/")
    }


def test_nothing_in_common_is_zero_and_generalized_less():
    assert (
        "intersection 0, union 1350 square pixels, IoU 0.00, generalized IoU −0."
        in draw_iou(0, 0, 15, 10).alt
    )


@pytest.mark.parametrize(
    ("box", "says"),
    [
        ((30, 20, 40, 30), "intersection 1200, union 1200 square pixels, IoU 1.00, generalized IoU 1.00"),
        ((30, 20, 20, 30), "intersection 600, union 1200 square pixels, IoU 0.50, generalized IoU 0.50"),
        ((50, 20, 40, 30), "intersection 600, union 1800 square pixels, IoU 0.33, generalized IoU 0.33"),
        ((30, 20, 0, 0), "intersection 0, union 1200 square pixels, IoU 0.00, generalized IoU 0.00"),
    ],
)
def test_the_words_say_the_numbers(box, says):
    assert says in draw_iou(*box).alt


def test_boxes_are_told_apart_by_their_lines():
    outlines = frames(draw_iou(50, 30, 40, 30))
    solid = [place for (_color, dashed), place in outlines.items() if not dashed]
    dashed = [place for (_color, dashed), place in outlines.items() if dashed]
    assert solid == [pytest.approx([0.3, 2 / 7, 0.7, 5 / 7], abs=0.005)]
    assert len(dashed) == 2  # B, and the smallest box around both
    assert pytest.approx([0.5, 3 / 7, 0.9, 6 / 7], abs=0.005) in dashed
    assert pytest.approx([0.3, 2 / 7, 0.9, 6 / 7], abs=0.005) in dashed


def test_the_bars_are_the_scores():
    bars = {bar.get("name"): bar for plot in draw_iou(30, 20, 20, 30).digest["plots"] for bar in plot["bars"]}
    assert {"IoU", "GIoU", "DIoU", "CIoU"} <= set(bars)


@pytest.mark.parametrize("box", [(95, 65, 100, 70), (0, 0, 100, 70), (0, 0, 0, 70)])
def test_every_position_of_the_sliders_can_be_drawn(box):
    assert draw_iou(*box).width < 1000


def test_a_negative_side_is_refused():
    with pytest.raises(InputError, match="must have width and height of at least 0"):
        draw_iou(10, 10, -5, 5)
    with pytest.raises(InputError, match="They may be xywh"):
        draw_iou(fixed=(50, 50, 10, 10))


@pytest.mark.parametrize("box", [(45, 30, 40, 30), (0, 0, 15, 10), (30, 20, 40, 30), (90, 60, 10, 10)])
def test_each_bar_reaches_from_nothing_as_far_as_its_score(box, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        Canvas, "bar", lambda _canvas, x, _y, wide, _tall, name="", **style: drawn.append((name, x, wide))
    )
    x, y, width, height = box
    one, other = torch.tensor([[30.0, 20, 70, 50]]), torch.tensor([[x, y, x + width, y + height]]).float()
    draw_iou(*box)
    for name, kind in {
        "IoU": box_iou,
        "GIoU": generalized_box_iou,
        "DIoU": distance_box_iou,
        "CIoU": complete_box_iou,
    }.items():
        (at,) = [at for at, bar in enumerate(drawn) if bar[0] == name]
        _track, left, full = drawn[at - 1]
        _name, start, wide = drawn[at]
        zero, score = left + full / 2, kind(one, other).item()
        ends = sorted([zero, zero + score * full / 2])
        assert (start, start + wide) == pytest.approx(tuple(ends))


def test_areas_are_filled_where_they_lie_and_no_common_one_where_there_is_none(monkeypatch):
    filled = []
    monkeypatch.setattr(
        Canvas,
        "frame",
        lambda _canvas, *place, fill="none", **style: fill != "none" and filled.append(place),
    )
    draw_iou(50, 30, 40, 30, fixed=(30, 20, 70, 50))
    first, second, common = (np.array([x, y, x + wide, y + tall]) for x, y, wide, tall in filled)
    assert common.tolist() == [*np.maximum(first, second)[:2], *np.minimum(first, second)[2:]]
    filled.clear()
    draw_iou(70, 20, 10, 10, fixed=(30, 20, 70, 50))  # they touch
    assert len(filled) == 2
