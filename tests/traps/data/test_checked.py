import pytest

from vislearn import traps
from vislearn.errors import InputError
from vislearn.traps.data.checked import DATA_TRAPS


def named(parts):
    return [pytest.param(trap, id=trap.name) for trap in parts]


@pytest.mark.parametrize("trap", named(DATA_TRAPS))
def test_the_broken_example_is_found_and_nothing_else(trap, checked):
    assert checked(trap.broken) == [trap.name]


@pytest.mark.parametrize("trap", named(DATA_TRAPS))
def test_the_fixed_example_is_silent(trap, checked):
    assert checked(trap.fixed) == []


def test_nothing_to_look_at_is_refused():
    with pytest.raises(InputError, match="needs a loader"):
        traps.check()
    with pytest.raises(InputError, match="at least 1"):
        traps.check([], samples=0)


def test_it_prints_itself(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    assert str(traps.check([])) == "No trap found."
