import pytest

from vislearn.course.budgets import Budget, Usage, budget_of, usage_table
from vislearn.errors import InputError


def test_a_lesson_that_declares_nothing_has_the_usual_budget():
    assert budget_of({}) == Budget(60, 2000)
    assert budget_of({"vislearn": {"budget": {"memory_mb": 500}}}) == Budget(60, 500)


def test_half_a_second_is_a_budget_too():
    assert budget_of({"vislearn": {"budget": {"seconds": 0.5, "memory_mb": 1}}}) == Budget(0.5, 1)


@pytest.mark.parametrize("declared", [{"second": 9}, {"seconds": 0}, {"memory_mb": -1}, {"seconds": "9"}])
def test_a_budget_that_can_not_be_kept(declared):
    with pytest.raises(InputError):
        budget_of({"vislearn": {"budget": declared}})


@pytest.mark.parametrize(
    ("seconds", "peak_mb", "over"),
    [
        (60, 2000, ""),
        (90, 3000, ""),
        (91, 9, "91 s of 60"),
        (1, 3001, "3001 MB of 2000"),
        (100, 4000, "100 s of 60, 4000 MB of 2000"),
    ],
)
def test_half_as_much_again_is_too_much(seconds, peak_mb, over):
    assert Usage("a", seconds, peak_mb, Budget()).over == over


def test_the_table_has_a_line_for_each_in_order_of_name():
    assert len(usage_table([])) == 1
    lines = usage_table([Usage("b.ipynb", 91, 10, Budget()), Usage("a.ipynb", 1.25, 321.4, Budget(9, 500))])
    assert lines[1].split() == ["a.ipynb", "1.2", "9", "321", "500"]
    assert lines[2].split() == ["b.ipynb", "91.0", "60", "10", "2000", "over", "budget"]
