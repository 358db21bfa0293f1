import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.exercises.describing import describe, is_function, numerals, shape_text


def generate():
    yield 1


class Thing:
    def __repr__(self):
        raise RuntimeError("a hostile repr")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing (None)"),
        ([], "a list of length 0"),
        ((1, 2), "a tuple of length 2"),
        ({}, "a dict with the keys "),
        ({"a": 1}, "a dict with the keys 'a'"),
        (torch.tensor(3.0), "a tensor that holds one number"),
        (torch.zeros(0), "a tensor of shape (0,)"),
        (torch.zeros(3, 4), "a tensor of shape (3, 4)"),
        (np.zeros((2, 1)), "a NumPy array of shape (2, 1)"),
        (True, "the truth value True"),
        (np.bool_(False), "the truth value False"),
        (3, "the number 3"),
        (0.123456, "the number 0.1235"),
        (np.float32(0.5), "the number 0.5"),
        pytest.param(2**99999, "the number 2^99999 or more", id="huge"),
        (2 + 1j, "the number (2+1j)"),
        ("cat", "the text 'cat'"),
        ("x" * 99, "the text '" + "x" * 58 + "…"),
        (len, "a function"),
        ([].append, "a function"),
        (generate(), "a generator (from `yield`)"),
        (Image.new("L", (2, 2)), "a PIL image"),
        (Thing(), "an object of type Thing"),
    ],
)
def test_describe(value, words):
    assert describe(value) == words


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((), []),
        ((1,), ["1"]),
        ((0.5, 0.25), ["0.5", "0.25"]),
        ((0.123456, 0.5), ["0.1235", "0.5"]),
        ((0.500001, 0.5), ["0.500001", "0.5"]),
        ((np.float64(0.25), 1), ["0.25", "1"]),
    ],
)
def test_numerals_are_short_but_differ_where_the_values_do(values, texts):
    assert numerals(*values) == texts


def test_shape_text():
    assert shape_text(torch.Size([])) == "()"
    assert shape_text(torch.Size([3, 4])) == "(3, 4)"


@pytest.mark.parametrize(("value", "answer"), [(None, False), (len, True), (lambda: 0, True), (Thing, False)])
def test_is_function(value, answer):
    assert is_function(value) is answer
