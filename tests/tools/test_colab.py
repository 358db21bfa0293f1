"""What counts as trouble where a lesson runs with Colab's packages."""

import runpy

import pytest

from vislearn.checkout import ROOT

COLAB = runpy.run_path(str(ROOT / "tools/colab.py"))
ERROR = {"output_type": "error", "ename": "KeyError", "evalue": "3"}
WARNING = {"output_type": "stream", "name": "stderr", "text": "one\nold\n"}


@pytest.mark.parametrize(
    ("output", "tags", "trouble"),
    [
        ({"output_type": "stream", "name": "stdout", "text": "3"}, [], False),
        ({"output_type": "display_data", "data": {}}, [], False),
        (ERROR, [], True),
        (ERROR, ["raises-exception"], False),
        (WARNING, [], True),
        (WARNING, ["shows-warning"], False),
    ],
)
def test_cells_that_stop_or_warn_are_trouble(output, tags, trouble):
    assert COLAB["_is_trouble"](output, tags) is trouble


def test_trouble_is_told_in_a_line():
    assert [COLAB["_first_line"](each) for each in (ERROR, WARNING)] == ['"KeyError: 3"', '"old"']


def test_other_versions_are_refused(capsys):
    assert COLAB["main"](["--here", "00"]) == 1
    assert "where Colab has" in capsys.readouterr().err


def test_a_lesson_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match="no lesson 99"):
        COLAB["_notebooks"]("99")
