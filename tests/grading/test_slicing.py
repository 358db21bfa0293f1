"""Which statements of a module some names need."""

import ast

import pytest

from vislearn.grading.slicing import Names, reached

MODULE = """
import math
from torch import *
limit = 3
def helper(x, local=1): return math.floor(x) + local
def answer(x): return helper(x) if x < limit else None
unused = helper(1)
limit += 1
def lonely(): return 1
"""


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        ([], [3]),
        (["lonely"], [3, 9]),
        (["helper"], [2, 3, 5]),
        (["answer"], [2, 3, 4, 5, 6, 8]),
        (["nowhere"], [3]),
    ],
)
def test_what_names_need_is_kept_in_its_order(names, lines):
    body = ast.parse(MODULE).body
    assert [body[number].lineno for number in reached(list(map(Names.of, body)), names)] == lines
