import pickle

import pytest

from vislearn.course.problems import CellError, TranslationError, first_of
from vislearn.problems import Problem

PROBLEM = Problem("notebooks/source/bn/01_tiny.po", "is missing", "Run: vislearn lessons translate 01_tiny")


@pytest.mark.parametrize(
    "error",
    [
        CellError("01_tiny.py:7", 3, "stops with ValueError: no", fix="Mend it."),
        TranslationError([PROBLEM, PROBLEM]),
    ],
)
def test_an_error_survives_the_way_between_processes(error):
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error)
    assert vars(back) == vars(error)


def test_a_translation_error_says_every_problem():
    assert str(TranslationError([PROBLEM, PROBLEM])) == f"{PROBLEM}\n{PROBLEM}"


@pytest.mark.parametrize(
    ("texts", "shown"),
    [([""], "''"), (["one", "two", "three"], "'one' and 2 more"), (["a" * 70], repr("a" * 58 + " …"))],
)
def test_first_of(texts, shown):
    assert first_of(texts) == shown
