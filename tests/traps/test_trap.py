from vislearn.problems import Problem
from vislearn.traps.trap import Found, Trap, found_in


def trap(name, certainty, find):
    return Trap(name, certainty, "", "", "", find)


def over(limit):
    return lambda facts: Problem("it", "is large", "Make it smaller.") if facts > limit else None


TRAPS = [trap("a", "perhaps", over(1)), trap("b", "certain", over(2)), trap("c", "likely", over(3))]


def test_no_fact_no_trap():
    assert found_in(0, TRAPS) == []
    assert found_in(9, []) == []


def test_the_surest_comes_first():
    assert [one.trap.name for one in found_in(9, TRAPS)] == ["b", "c", "a"]
    assert [one.trap.name for one in found_in(3, TRAPS)] == ["b", "a"]


def test_a_find_says_how_sure_it_is(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    [one] = found_in(2, TRAPS)
    assert str(one) == "perhaps: it is large. Make it smaller."
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert not str(one).startswith("perhaps")
    assert isinstance(one, Found)
