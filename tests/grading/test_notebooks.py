"""Files that are notebooks, more or less, and files that are none."""

import json

import pytest

from vislearn.grading.notebooks import UnreadableNotebook, read_notebook

from .conftest import code, notebook


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b'{"cells": [', "is damaged: it is no JSON"),
        (b"[" * 100_000, "is damaged: it is no JSON"),
        (b"[]", "is no notebook: it has no cells"),
        (b'{"cells": 3}', "is no notebook: it has no cells"),
        (b'{"worksheets": [{"cells": []}], "nbformat": 3}', "is no notebook: it has no cells"),
        (b'{"cells": [], "n": ' + b"9" * 5000 + b"}", "is damaged: it is no JSON"),
        (json.dumps(notebook(*[code("x")] * 2001)).encode(), "has more than 2000 cells.*"),
        (json.dumps(notebook(*[code("x\n" * 90_000)] * 2)).encode(), "has more than .* 300000 letters.*"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_notebook_says_why(data, why):
    with pytest.raises(UnreadableNotebook, match=f"^{why}$"):
        read_notebook(data)


def test_cells_that_say_strange_things_of_themselves():
    cells = [
        3,
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code"},
        {"cell_type": "code", "source": ["a = 1\n", 5, "b = 2"], "metadata": [], "id": 7},
        {"cell_type": "code", "source": "c = '\ud800'", "metadata": {"tags": ["exercise:a.b", 3]}},
        {"cell_type": "code", "source": "x" * 300_000},
    ]
    found = read_notebook(json.dumps({"cells": cells, "metadata": None}).encode())
    assert [(cell.name, cell.source, cell.exercise) for cell in found.cells] == [
        ("cell 2", "a = 1\nb = 2", ""),
        ("cell 3", "c = '?'", "a.b"),
    ]
    assert (found.lesson, found.language) == ("", "")


def test_the_lesson_and_its_language():
    found = read_notebook(json.dumps(notebook(code("a"), lesson="07_x", language="bn")).encode("utf-8-sig"))
    assert (found.lesson, found.language) == ("07_x", "bn")
    assert read_notebook(json.dumps(notebook(code("a"), language="xx")).encode()).language == ""
