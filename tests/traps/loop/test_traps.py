import warnings

import pytest

from vislearn.traps.loop.traps import LOOP_TRAPS


def names(traps):
    return [pytest.param(trap, id=trap.name) for trap in traps]


@pytest.mark.parametrize("trap", names(LOOP_TRAPS))
def test_the_broken_example_is_found_and_nothing_else(trap, found):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        assert found(trap.broken) == [trap.name]


@pytest.mark.parametrize("trap", names(LOOP_TRAPS))
def test_the_fixed_example_is_silent(trap, found):
    assert found(trap.fixed) == []
