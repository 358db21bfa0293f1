import pytest

from vislearn.errors import InputError
from vislearn.widgets import remedy_lab

RUNS = [
    {"ratio": ratio, "steps": steps, "way": way, "macro_f1": score + seed / 100}
    for ratio, steps, way, score in [
        (10, 100, "nothing", 0.9),
        (100, 100, "nothing", 0.5),
        (100, 100, "weights", 0.8),
        (10, 300, "nothing", 0.95),
        (100, 300, "nothing", 0.7),
        (100, 900, "nothing", 0.75),
    ]
    for seed in (0, 2)
]


def the_choices(widget):
    """The controls of a lab, wherever in it."""
    if hasattr(widget, "options"):
        return [widget]
    return [one for child in getattr(widget, "children", ()) for one in the_choices(child)]


def test_controls_set_ratio_and_steps(monkeypatch):
    asked = []
    real = remedy_lab.__globals__["bars"]

    def drawn(scores, **more):
        asked.append((scores, more))
        return real(scores, **more)

    monkeypatch.setitem(remedy_lab.__globals__, "bars", drawn)
    lab = remedy_lab(RUNS)
    assert "<img" in lab.fallback
    scores, more = asked[-1]
    assert scores == {"nothing": [0.5, 0.52], "weights": [0.8, 0.8 + 0.02]}
    assert more["xlim"] == (0, 1)
    ratio, steps = the_choices(lab.view)
    assert [word for word, _value in ratio.options] == ["10 : 1", "100 : 1"]
    assert [value for _word, value in steps.options] == [100, 300]  # 900 steps are not known of every ratio
    ratio.value = 10
    assert asked[-1][0] == {"nothing": [0.9, 0.92]}
    steps.value = 300
    assert asked[-1][0] == {"nothing": [0.95, 0.97]}


@pytest.mark.parametrize("runs", [[], [RUNS[0], RUNS[-1]]])
def test_refused(runs):
    with pytest.raises(InputError, match="runs must hold a training length that every ratio has"):
        remedy_lab(runs)
