import pytest

from vislearn.viz.numerals import few_digits, percent, unbroken_percent


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0, "0 %"),
        (0.004, "< 1 %"),
        (0.01, "1 %"),
        (0.5, "50 %"),
        (0.99, "99 %"),
        (0.9999, "> 99 %"),
        (1, "100 %"),
    ],
)
def test_no_share_is_rounded_to_nothing_or_to_certainty(share, told):
    assert percent(share) == told
    assert unbroken_percent(share) == told.replace(" ", "\u00a0")


@pytest.mark.parametrize(("number", "told"), [(0, "0"), (-1234.5, "−1234"), (0.5, "0.50"), (2e7, "2.0e+07")])
def test_numbers_of_any_size_take_few_digits(number, told):
    assert few_digits(number) == told
