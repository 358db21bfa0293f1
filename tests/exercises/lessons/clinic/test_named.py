"""What every case asks for: a result, and a trap's name as the catalogue writes it."""

import pytest

from vislearn.exercises.lessons.clinic.named import result_and_name, trap_name
from vislearn.exercises.running import Unusable
from vislearn.traps import CATALOG


def test_every_trap_of_the_catalogue_may_be_named():
    assert [trap_name(trap.name) for trap in CATALOG] == [trap.name for trap in CATALOG]


@pytest.mark.parametrize("name", ["early", "Missing_eval", "", None, 3, CATALOG[0]])
def test_what_is_no_trap_is_told_where_names_stand(name):
    with pytest.raises(Unusable, match=r"traps\.CATALOG"):
        trap_name(name)


@pytest.mark.parametrize("answer", [None, 3, (3,), (3, "missing_eval", 4), "missing_eval"])
def test_anything_but_a_pair_is_told_that_two_things_are_asked_for(answer):
    with pytest.raises(Unusable, match="a pair expected"):
        result_and_name(answer)


def test_a_pair_may_be_a_list():
    assert result_and_name([3, "missing_eval"]) == (3, "missing_eval")
