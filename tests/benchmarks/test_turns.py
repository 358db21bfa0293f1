import time

import pytest


@pytest.fixture(scope="module")
def turns(script):
    return script("turns")


def test_contenders_take_turns_and_the_first_turn_does_not_count(turns):
    calls = []
    rows = turns.race("a case", {"one": lambda: calls.append(1), "two": lambda: calls.append(2)}, 3)
    assert calls == [1, 2] * 4
    assert [(row.case, row.name) for row in rows] == [("a case", "one"), ("a case", "two")]
    assert rows[0].ratio == 1


def test_a_ratio_above_one_means_faster_than_the_first(turns, monkeypatch, capsys):
    clock = iter([0, 0, 10, 14, 20, 22])  # a turn that doesn't count, then 4 s and 2 s
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    rows = turns.race("a case", {"one": lambda: None, "two": lambda: None}, 1)
    assert [(row.ms, row.ratio) for row in rows] == [(4000, 1), (2000, 2)]
    turns.print_rows(rows, "one")
    assert "times one" in capsys.readouterr().out
