import pytest
import torch
from torch.utils.data import DataLoader, Subset

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


def test_a_data_set_may_stand_for_its_loader():
    sample = torch.rand(3, 8, 8), {"boxes": torch.tensor([[5.0, 5, 2, 2]]), "labels": torch.tensor([1])}
    part = Subset([sample] * 4, [2, 3])
    for given in ([sample] * 2, part, DataLoader(part)):
        assert [one.trap.name for one in traps.check(given).found] == ["wrong_boxes"]
    assert [one.trap.name for one in traps.check(part, part).found] == ["wrong_boxes", "leakage"]
