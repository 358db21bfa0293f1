"""Answers in notebooks that people have copied, split, renamed and emptied."""

import json

import pytest

from vislearn.exercises import starter
from vislearn.grading.finding import find_answer
from vislearn.grading.notebooks import read_notebook

from .conftest import code, notebook

NAME = "vision.iou_matrix"
RIGHT = "def iou_matrix(a, b):\n    return 1"
OTHER = "def iou_matrix(a, b):\n    return 2"
BY_ID, BY_NAME, SEVERAL, SPLIT = (
    "Found by the cell's id",
    "Found by the function's",
    "There are several",
    "The cell was split",
)


def found_in(*cells):
    return find_answer(read_notebook(json.dumps(notebook(*cells)).encode()), NAME, "exercise-id")


@pytest.mark.parametrize(
    ("cells", "state", "source", "remarks"),
    [
        ([], "missing", "", []),
        ([code("x = 1")], "missing", "", []),
        ([code(starter(NAME), tag=NAME)], "untouched", "", []),
        ([code("", tag=NAME)], "untouched", "", []),
        ([code(RIGHT, tag=NAME)], "answered", RIGHT, []),
        ([code(RIGHT, cell_id="exercise-id")], "answered", RIGHT, [BY_ID]),
        ([code(RIGHT)], "answered", RIGHT, [BY_NAME]),
        ([code(OTHER, tag=NAME), code(RIGHT, tag=NAME)], "answered", RIGHT, [SEVERAL]),
        ([code(RIGHT, tag=NAME), code(starter(NAME), tag=NAME)], "answered", RIGHT, []),
        ([code(starter(NAME), tag=NAME), code(RIGHT)], "answered", RIGHT, [BY_NAME]),
        ([code(RIGHT, tag=NAME), code(OTHER)], "answered", RIGHT, []),
        ([code("def iou_matrix(a, b):", tag=NAME), code("    return 1")], "answered", RIGHT, [SPLIT]),
        (
            [code("def iou_matrix(a, b:\n    return 1", tag=NAME)],
            "broken",
            "def iou_matrix(a, b:\n    return 1",
            [],
        ),
        ([code("iou_matrix = lambda a, b: 1", tag=NAME)], "answered", "iou_matrix = lambda a, b: 1", []),
        ([code("iou_matrix = use('vision.iou_matrix', iou_matrix)")], "missing", "", []),
        ([code("(" * 5000, tag=NAME)], "broken", "(" * 5000, []),
        ([code("(", cell_id="exercise-id")], "broken", "(", []),
        (
            [code("def iou_matrix(a, b):", cell_id="exercise-id"), code("    return 1")],
            "answered",
            RIGHT,
            [BY_ID, SPLIT],
        ),
        ([code("def iou_matrix(a, b):", cell_id="another"), code("    return 1")], "missing", "", []),
        ([code("(", tag=NAME), code("[", tag=NAME), code("{")], "broken", "[", []),
        ([code("(", cell_id="another"), code("(")], "missing", "", []),
        ([code("", cell_id="exercise-id")], "untouched", "", []),
        ([code(starter(NAME))], "untouched", "", []),
    ],
)
def test_which_cell_counts(cells, state, source, remarks):
    found = found_in(*cells)
    assert (found.state, found.source) == (state, source)
    assert [said.startswith(begin) for said, begin in zip(found.remarks, remarks, strict=True)] == [
        True
    ] * len(remarks)


def kept(found):
    """The statements that an answer needs, by the number of their cell."""
    return {cell["name"]: cell["keep"] for cell in found.program.cells}


def test_an_answer_brings_its_imports_and_helpers_along():
    answer = "def iou_matrix(a, b):\n    return half(a) + sides['a'] + np.sum(b)"
    cells = [
        code("import torch, os\nimport numpy as np"),
        code("a = train_for_an_hour()\nsides = {}\nsides['a'] = 2.0"),
        code(answer, tag=NAME),
        code("def half(a):\n    return a / two"),
        code("two = 2\nprint(two)"),
    ]
    expected = {"cell 1": [1], "cell 2": [1, 2], "cell 3": [0], "cell 4": [0], "cell 5": [0]}
    assert kept(found_in(*cells)) == expected


def test_checks_and_their_kin_are_not_run():
    cells = [
        code("from vislearn.exercises import check, use"),
        code(RIGHT, tag=NAME),
        code(f"check('{NAME}', iou_matrix)\niou_matrix = use('{NAME}', iou_matrix)"),
    ]
    assert kept(found_in(*cells)) == {"cell 2": [0]}
    own = f"{RIGHT}\niou_matrix = use('{NAME}', iou_matrix)\nassert check('{NAME}', iou_matrix)"
    assert kept(found_in(code(own, tag=NAME))) == {"cell 1": [0]}


def test_lines_of_ipython_are_left_out():
    found = found_in(
        code("%matplotlib inline\nimport math\n!ls"), code(RIGHT.replace("1", "math.pi"), tag=NAME)
    )
    assert kept(found) == {"cell 1": [0], "cell 2": [0]}
    assert found.program.cells[0]["source"] == "\nimport math\n"


def test_where_the_course_has_no_id_a_cell_without_one_is_nobodys():
    stored = read_notebook(json.dumps(notebook(code("("), code("x = 1"))).encode())
    assert find_answer(stored, NAME, "").state == "missing"
