import pytest

from vislearn.course.tags import EXACT, MAY_WARN, budget_s, has_tag
from vislearn.errors import InputError


def cell(*tags):
    return {"metadata": {"tags": list(tags)}}


def test_a_cell_without_tags():
    assert not has_tag({"metadata": {}}, EXACT)
    assert budget_s({}, 300) == 300


def test_a_tag_is_the_whole_word():
    assert has_tag(cell("a", EXACT), EXACT)
    assert not has_tag(cell("exactly"), EXACT)
    assert not has_tag(cell(EXACT), MAY_WARN)


@pytest.mark.parametrize(("tag", "seconds"), [("budget:20s", 20), ("budget:0.5s", 0.5), ("budgets", 300)])
def test_a_cell_s_budget(tag, seconds):
    assert budget_s(cell("x", tag), 300) == seconds


@pytest.mark.parametrize("tag", ["budget:", "budget:20", "budget:s", "budget:-1s"])
def test_a_budget_that_is_no_time(tag):
    with pytest.raises(InputError, match="must be like budget:20s"):
        budget_s(cell(tag), 300)
