from pathlib import Path

import pytest

from vislearn.course.building.header import read_header
from vislearn.errors import FileError


def test_nothing_need_be_declared():
    assert read_header(Path("a.py"), {}) == {}


def test_all_that_may_be_declared():
    header = {"minutes": 50, "level": 1, "after": ["00_overview"], "budget": {"seconds": 60}}
    assert read_header(Path("a.py"), header) == header


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"minute": 50}, "declares 'minute' in its header. Known there: minutes, level, after, budget."),
        ({"minutes": "50"}, "declares minutes: '50' in its header. It must be a whole number above zero."),
        ({"minutes": True}, "declares minutes: True"),
        ({"minutes": 0}, "declares minutes: 0"),
        ({"level": 4}, "declares level: 4 in its header. It must be 1, 2 or 3."),
        ({"after": "00_overview"}, "declares after: '00_overview'"),
        ({"after": ["overview"]}, "declares after: "),
        ({"budget": {"hours": 1}}, "declares a budget that can't be kept"),
    ],
)
def test_what_is_refused(header, says):
    with pytest.raises(FileError) as caught:
        read_header(Path("a.py"), header)
    assert str(caught.value).startswith(f"a.py {says}")
