from vislearn.problems import Problem
from vislearn.traps.trap import Found, Trap, found_in, wrapped


def trap(name, certainty, find):
    return Trap(name, certainty, "13.1", "", "", "", find)


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


def test_lines_end_between_words_and_no_path_is_broken(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    path = "pictures/" * 12 + "1.jpg"
    long = Found(trap("a", "certain", None), Problem(path, "is long " * 20, "Say it in a half-sentence."))
    lines = wrapped([long, long]).splitlines()
    assert all(len(line) <= 84 or path in line for line in lines)
    assert " ".join(" ".join(lines).split()) == " ".join(f"{long} {long}".split())
    assert wrapped([]) == ""
