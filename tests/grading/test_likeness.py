"""Answers that are the same but for their looks."""

import pytest

from vislearn.grading.likeness import alike, shape_of

A = "def f(boxes):\n    area = boxes.sum()\n    area = area + 1\n    return area"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (A, True),
        (
            'def f(x: "int") -> int:\n    """Doc."""\n    # c\n    y = x.sum(); y = (y + 1)\n    return y',
            True,
        ),
        (A.replace("+", "-"), False),
        (A.replace("sum", "mean"), False),
        (A.replace("def f", "def g"), False),
        ("", False),
        ("def f(", False),
    ],
)
def test_names_comments_and_layout_do_not_count(other, same):
    assert (shape_of(other, "f") == shape_of(A, "f")) is same


def test_a_short_answer_has_no_shape():
    assert shape_of("def f(x):\n    return x / 255", "f") == ""


def test_one_that_is_nested_too_deeply_has_no_shape():
    assert shape_of(f"def f(x):\n    a = 1\n    b = 2\n    return x{' + x' * 400}", "f") == ""


def test_groups_have_at_least_two():
    assert alike({}) == []
    assert alike({"a": "1", "b": "1", "c": "2", "d": "", "e": ""}) == [["a", "b"]]
