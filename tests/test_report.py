import math

import pytest

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.report import Metric, metric


@pytest.mark.parametrize(
    ("promise", "shown"),
    [
        ({"within": 0.03}, "acc = 0.93 (accepted: 0.90 … 0.96)"),
        ({"within": 0.5}, "acc = 0.9 (accepted: 0.4 … 1.4)"),
        ({"within": 0.12}, "acc = 0.93 (accepted: 0.81 … 1.05)"),
        ({"within": 0.001}, "acc = 0.930 (accepted: 0.929 … 0.931)"),
        ({"within": 20}, "acc = 1 (accepted: -19 … 21)"),
        ({"at_least": 0.9}, "acc = 0.93 (accepted: ≥ 0.9)"),
        ({"at_most": 2, "unit": "s"}, "acc = 0.93 s (accepted: ≤ 2)"),
        ({"at_least": 0, "at_most": 1}, "acc = 0.93 (accepted: ≥ 0, ≤ 1)"),
        ({"within": 0.05, "at_least": 0.8}, "acc = 0.93 (accepted: 0.88 … 0.98, ≥ 0.8)"),
        ({"within": 0.03, "on": {"cuda": 0.05}}, "acc = 0.93 (accepted: 0.90 … 0.96, 0.88 … 0.98 on cuda)"),
    ],
)
def test_a_metric_reads_as_well_as_it_is_promised(promise, shown):
    assert str(Metric("acc", 0.93, **promise)) == shown


@pytest.mark.parametrize(
    ("name", "value", "unit", "shown"),
    [
        ("validation accuracy", 0.99, "", "0.96 … 1.00"),
        ("mean IoU of a shifted box", 1.0, "", "0.97 … 1.00"),
        ("mAP", 0.5, "", "0.47 … 0.53"),
        ("loss", 0.99, "", "0.96 … 1.02"),
        ("time in mixed precision", 0.99, "", "0.96 … 1.02"),
        ("ratio of the accuracy", 0.99, "", "0.96 … 1.02"),
        ("accuracy", 0.99, "%", "0.96 … 1.02"),
        ("accuracy", 98.8, "", "98.77 … 98.83"),
    ],
)
def test_no_score_that_can_not_be_is_shown_as_accepted(name, value, unit, shown):
    measured = Metric(name, value, within=0.03, unit=unit)
    assert f"(accepted: {shown})" in str(measured)
    assert measured.holds(value + 0.029)
    assert measured.promise() == "± 0.03"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (4.7e-07, "4.7e-07"), (0.19718, "0.197"), (8, "8"), (1136.4, "1136")]
)
def test_a_bound_shows_three_digits(value, shown):
    assert str(Metric("x", value, at_most=2000)) == f"x = {shown} (accepted: ≤ 2000)"


@pytest.mark.parametrize(
    ("promise", "value", "holds"),
    [
        ({"within": 0.03}, 0.96, True),
        ({"within": 0.03}, 0.97, False),
        ({"at_least": 0.9}, 0.9, True),
        ({"at_least": 0.9}, 0.89, False),
        ({"at_most": 1.0}, 1.01, False),
        ({"within": 0.5, "at_least": 0.9}, 0.8, False),
        ({"within": 0.5}, math.nan, False),
    ],
)
def test_holds_compares_with_every_bound(promise, value, holds):
    assert Metric("acc", 0.93, **promise).holds(value) is holds


@pytest.mark.parametrize(
    ("value", "promise", "says"),
    [
        (math.nan, {"within": 0.1}, "must be a finite number"),
        (math.inf, {"at_least": 0.1}, "must be a finite number"),
        (0.5, {}, "must declare a tolerance"),
        (0.5, {"at_least": 0.1, "on": {"cuda": 0.1}}, "must declare within= for the CPU"),
        (0.5, {"within": 0.1, "on": {"gpu": 0.1}}, "must be one of"),
        (0.5, {"at_least": 0.9}, r"must stay within what the lesson promises \(≥ 0.9\), got 0.5"),
    ],
)
def test_a_metric_that_can_not_be_kept_is_refused(value, promise, says):
    with pytest.raises(InputError, match=says):
        metric("acc", value, **promise)


def test_in_a_notebook_the_number_is_stored_beside_what_is_shown(monkeypatch):
    import IPython
    from IPython import display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    monkeypatch.setattr(display, "display", lambda data, **how: shown.append((data, how["metadata"])))
    metric("acc", 0.9312, within=0.03)
    record = {"name": "acc", "value": 0.9312, "within": 0.03}
    assert shown == [({"text/plain": "acc = 0.93 (accepted: 0.90 … 0.96)"}, {"vislearn": {"metric": record}})]


def test_in_a_learner_s_own_cell_a_number_needs_no_tolerance(monkeypatch, capsys):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": object()})())
    metric("speed", 812.4, unit="images/s")
    assert capsys.readouterr().out == "speed = 812 images/s\n"
    monkeypatch.setenv(sidecar.STRICT_VARIABLE, "1")
    with pytest.raises(InputError, match="must declare a tolerance"):
        metric("speed", 812.4)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"within": 0.1}, "loss = 1.2 (accepted: 1.1 … 1.4)\n"),
        ({"within": {"loss": 0.1, "else": 9}}, "loss = 1.2 (accepted: 1.1 … 1.4)\n"),
        ({"at-most": 2, "at-least": {"loss": 1}}, "loss = 1.25 (accepted: ≥ 1, ≤ 2)\n"),
        ({"within": 0.1, "on": {"cuda": 0.5}}, "loss = 1.2 (accepted: 1.1 … 1.4, 0.8 … 1.8 on cuda)\n"),
        (
            {"within": 0.1, "on": {"loss": {"cuda": 0.5}}},
            "loss = 1.2 (accepted: 1.1 … 1.4, 0.8 … 1.8 on cuda)\n",
        ),
        ({"at-most": 2, "on": {"cuda": 0.5}}, "loss = 1.25 (accepted: ≤ 2)\n"),
    ],
)
def test_the_running_cell_promises_what_the_call_leaves_out(monkeypatch, capsys, options, shown):
    monkeypatch.setattr(sidecar, "cell_options", lambda: options)
    metric("loss", 1.25)
    assert capsys.readouterr().out == shown


def test_what_the_call_promises_wins(monkeypatch, capsys):
    monkeypatch.setattr(sidecar, "cell_options", lambda: {"within": 0.1})
    metric("loss", 1.25, within=0.01)
    assert capsys.readouterr().out == "loss = 1.25 (accepted: 1.24 … 1.26)\n"


def test_bengali_words_stand_around_the_same_numbers(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    measured = Metric("acc", 0.93, within=0.03, on={"cuda": 0.05})
    assert str(measured) == "acc = 0.93 (গ্রহণযোগ্য: 0.90 … 0.96, cuda-তে 0.88 … 0.98)"
