import pytest

from vislearn.course.starters import is_starter
from vislearn.exercises import names, solution_source, starter


def test_every_starter_is_one_and_no_solution_is():
    assert [name for name in names() if not is_starter(starter(name))] == []
    assert [name for name in names() if is_starter(solution_source(name))] == []


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def f(x)\n    ...",  # no colon
        "def f():\n    ...\nprint(f())",
        "x = 1",
        "def f():\n    y = 1\n    z = 2\n    ...",
        "def f():\n    '''words'''",
        "def f():\n    ...\0",
    ],
)
def test_what_somebody_wrote_is_none(source):
    assert not is_starter(source)
