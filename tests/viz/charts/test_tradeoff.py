from itertools import combinations

import numpy as np
import pytest

from vislearn.errors import InputError
from vislearn.viz import front, tradeoff
from vislearn.viz.canvas import Canvas

POINTS = {"small": (10, 67), "poor": (40, 60), "middle": (30, 75), "equal": (30, 75), "large": (120, 80)}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({}, []),
        (POINTS, ["small", "middle", "large"]),
        ({"slow": (2, 5), "quick": (1, 5)}, ["quick"]),
        ({"better": (1, 6), "worse": (1, 5)}, ["better"]),
    ],
)
def test_the_front_holds_what_nothing_beats(points, expected):
    assert front(points) == expected


def drawn(**options):
    picture = tradeoff(POINTS, xlabel="ms", ylabel="%", alt="Points.", **options)
    return {line.get("name"): line["points"] for line in picture.digest["plots"][-1]["lines"]}


def test_each_network_has_its_point_and_the_line_only_rises():
    lines = drawn()
    assert {name: tuple(lines[name][0]) for name in POINTS} == POINTS
    gains = [gain for _cost, gain in lines["front"]]
    assert gains == sorted(gains) == [67, 75, 75, 75, 80]


def test_the_line_passes_by_what_is_not_allowed_and_a_limit_is_drawn():
    lines = drawn(allowed=["small", "poor"], chosen="small", limit=50)
    assert [gain for _cost, gain in lines["front"]] == [67, 67]
    assert {cost for cost, _gain in lines["limit"]} == {50}


def test_every_name_is_written_once():
    words = tradeoff(POINTS, xlabel="ms", ylabel="%", alt="Points.").digest["words"]
    assert sorted(words) == sorted(POINTS)


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ({}, {}, "points must hold at least one"),
        ({"a": (0, 1)}, {}, "points 'a' must be two finite numbers, the first above 0"),
        ({"a": (1, float("nan"))}, {}, "points 'a' must be two finite numbers"),
        ({"a": (1, 2)}, {"chosen": "b"}, "name must be"),
        ({"a": (1, 2)}, {"allowed": ["b"]}, "name must be"),
    ],
)
def test_what_can_t_be_drawn(points, options, message):
    with pytest.raises(InputError, match=message):
        tradeoff(points, xlabel="ms", ylabel="%", alt="Points.", **options)


@pytest.mark.parametrize("limit", [None, 5, 500])
def test_every_point_and_the_limit_lie_inside_with_room_around(limit):
    plot = tradeoff(POINTS, xlabel="ms", ylabel="%", alt="Points.", limit=limit).digest["plots"][-1]
    costs = [cost for cost, _gain in POINTS.values()] + [limit or 10]
    assert min(costs) / 2 < plot["xlim"][0] < 0.9 * min(costs)
    assert 1.1 * max(costs) < plot["xlim"][1] < 2 * max(costs)
    assert (plot["ylim"], plot["scales"]) == ([57.6, 82.4], ["log", "linear"])


@pytest.mark.parametrize(
    ("costs", "numbers"),
    [
        ((8, 120), ["10", "20", "50", "100"]),
        ((1, 2000), ["1", "10", "100", "1,000"]),
        ((0.2, 0.9), ["0.2", "0.5", "1"]),
    ],
)
def test_costs_are_numbered_as_one_reads_them(costs, numbers, monkeypatch):
    written = []
    finish = Canvas.finish

    def read(canvas, *arguments, **options):
        [axes] = [axes for axes in canvas.figure.axes if axes.get_xlabel()]
        written.extend(label.get_text() for label in axes.get_xticklabels())
        return finish(canvas, *arguments, **options)

    monkeypatch.setattr(Canvas, "finish", read)
    tradeoff({"a": (costs[0], 1), "b": (costs[1], 2)}, xlabel="ms", ylabel="%", alt="Two.")
    assert written == numbers


def test_names_cover_neither_each_other_nor_a_point(monkeypatch):
    found = []
    finish = Canvas.finish

    def read(canvas, *arguments, **options):
        canvas.figure.draw_without_rendering()
        [axes] = [axes for axes in canvas.figure.axes if axes.get_xlabel()]
        names = [text.get_window_extent().extents for text in axes.texts]
        dots = [axes.transData.transform(point) for point in crowd.values()]
        found.append((names, dots))
        return finish(canvas, *arguments, **options)

    crowd = {f"network {at}": (10 * 1.25**at, 60 + 3 * (at % 3)) for at in range(10)}
    monkeypatch.setattr(Canvas, "finish", read)
    tradeoff(crowd, xlabel="ms", ylabel="%", alt="A crowd.")
    [(names, dots)] = found
    for x0, y0, x1, y1 in names:
        assert not any(x0 < x < x1 and y0 < y < y1 for x, y in dots)
    for one, other in combinations(names, 2):
        assert (np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])).min() <= 1
