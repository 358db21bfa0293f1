import pytest

from vislearn.errors import InputError
from vislearn.viz import front, tradeoff

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
