import types

import pytest

from vislearn.traps.patches import Patches


def double(number, *, more=0):
    return 2 * number + more


@pytest.fixture
def module():
    made = types.ModuleType("made")
    made.double = double
    return made


def test_the_function_still_works_and_is_told_of(module):
    told, patches = [], Patches()
    patches.before(module, "double", lambda *arguments, **named: told.append((arguments, named)))
    assert module.double(3, more=1) == 7
    assert told == [((3,), {"more": 1})]
    patches.restore()
    assert module.double is double


def test_an_error_passes_through(module):
    patches = Patches()
    patches.before(module, "double", lambda *_: None)
    with pytest.raises(TypeError):
        module.double()
    patches.restore()
    assert module.double is double


def test_what_is_kept_beyond_the_end_is_plain(module):
    told, patches = [], Patches()
    patches.before(module, "double", told.append)
    kept = module.double
    patches.restore()
    assert kept(2) == 4
    assert told == []


def test_twice_exchanged_is_given_back_in_order(module):
    first, second = Patches(), Patches()
    first.before(module, "double", lambda *_: None)
    between = module.double
    second.before(module, "double", lambda *_: None)
    second.restore()
    assert module.double is between
    first.restore()
    assert module.double is double


def test_what_somebody_else_exchanged_stays_theirs(module):
    patches = Patches()
    patches.before(module, "double", lambda *_: None)
    module.double = abs
    patches.restore()
    assert module.double is abs


def test_a_method_of_a_class_knows_its_self():
    class Counter:
        def __init__(self):
            self.count = 0

        def add(self):
            self.count += 1
            return self.count

    original, told, patches = vars(Counter)["add"], [], Patches()
    patches.before(Counter, "add", told.append)
    counter = Counter()
    assert counter.add() == 1
    assert told == [counter]
    patches.restore()
    assert vars(Counter)["add"] is original


def test_a_name_that_is_not_there_is_no_function(module):
    with pytest.raises(KeyError):
        Patches().before(module, "treble", print)
