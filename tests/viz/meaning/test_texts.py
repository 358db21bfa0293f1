import pytest

from vislearn.viz.meaning.texts import text_differences


@pytest.mark.parametrize(
    ("expected", "got", "exact", "told"),
    [
        ("", "", True, []),
        ("two\nlines", "two lines", True, []),
        ("AP 0.81", "AP 0.79", True, []),
        (
            "AP 0.81",
            "AP 0.21",
            True,
            ["the title: expected 0.81, got 0.21; tolerance 12% of it, at least 0.06"],
        ),
        ("AP 0.81", "AP 0.21", False, []),
        ("12 of 80", "7 of 80", True, ["the title lacks '12' and has gained '7'"]),
        ("12 of 80", "7 of 80", False, []),
        ("3 cats", "cats", False, ["the title lacks '3'"]),
        (
            "cat, dog",
            "dog cat,",
            True,
            ["the title is in another order: expected 'cat, dog', got 'dog cat,'"],
        ),
        ("cat", "dog", True, ["the title: expected 'cat', got 'dog'"]),
        ("84 %", "80 %", True, []),
        ("84 %", "70 %", True, ["the title: expected 84, got 70; tolerance 12% of it, at least 6"]),
    ],
)
def test_letters_count_and_numbers_about(expected, got, exact, told):
    assert list(text_differences("the title", expected, got, exact)) == told
