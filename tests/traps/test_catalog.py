from vislearn.traps import CATALOG
from vislearn.traps.trap import CERTAINTIES


def test_each_has_a_name_of_its_own():
    assert len({trap.name for trap in CATALOG}) == len(CATALOG)


def test_each_says_all_that_a_reader_needs():
    for trap in CATALOG:
        assert trap.certainty in CERTAINTIES
        assert trap.symptom.endswith(".")
        assert trap.broken != trap.fixed
        for code in (trap.broken, trap.fixed):
            compile(code, trap.name, "exec")
