def test_found_missed_and_alarms_are_told_apart(script):
    rows = [("one", set(), {"a": True, "b": False}), ("two", {"c"}, {"b": True})]
    lines = script("planted_traps").table(rows).splitlines()
    assert lines[1].split() == ["one", "x", "o", "silent"]
    assert lines[2].split() == ["two", ".", "x", "c"]
    assert lines[-2:] == ["1 a, 2 b", "found 2 of 3; false alarms 1 of 2"]


def test_a_planted_trap_is_found_and_the_original_is_silent(script, monkeypatch):
    benchmark = script("planted_traps")
    first = next(benchmark.data())
    assert first[0] == "pipeline"
    assert first[1] == set()
    assert all(first[2].values())
