import pytest

from vislearn.errors import InputError
from vislearn.widgets import loss_lab

SHARES = [0.0065, 0.1]
IOUS = {"cross-entropy": [0.0, 0.8], "Dice": [[0.28, 0.30], 0.75]}


def the_choice(widget):
    """The control of a lab, wherever in it."""
    if hasattr(widget, "options"):
        return widget
    return next(filter(None, map(the_choice, getattr(widget, "children", ()))), None)


def test_the_control_sets_the_share(monkeypatch):
    asked = []
    real = loss_lab.__globals__["bars"]

    def drawn(table, **more):
        asked.append((table, more))
        return real(table, **more)

    monkeypatch.setitem(loss_lab.__globals__, "bars", drawn)
    lab = loss_lab(SHARES, IOUS)
    assert "<img" in lab.fallback
    table, more = asked[-1]
    assert {name: values.tolist() for name, values in table.items()} == {
        "cross-entropy": [0.0],
        "Dice": [0.28, 0.30],
        "pixel accuracy where nothing is found": [1 - 0.0065],
    }
    assert more["xlim"] == (0, 1)
    control = the_choice(lab.view)
    assert [word for word, _value in control.options] == ["0.65 %", "10 %"]
    control.value = 1
    assert asked[-1][0]["Dice"].tolist() == [0.75]
    assert asked[-1][0]["pixel accuracy where nothing is found"].tolist() == [0.9]


@pytest.mark.parametrize(
    ("shares", "ious", "message"),
    [
        ([], {}, "shares must be different numbers between 0 and 1"),
        ([0.1, 0.1], {}, "shares must be different"),
        ([10.0], {"Dice": [0.5]}, "between 0 and 1"),
        ([0.1], {"Dice": [0.5, 0.6]}, "ious 'Dice' must be one for each share"),
        ([0.1], {}, "ious must name at least one loss"),
    ],
)
def test_refused(shares, ious, message):
    with pytest.raises(InputError, match=message):
        loss_lab(shares, ious)
