"""A small course of three exercises, and notebooks of people who take it."""

import json

import pytest

from vislearn.exercises import solution_source, starter
from vislearn.grading import assignment
from vislearn.grading.confinement import missing_walls

TASKS = ("pipeline.to_unit_range", "vision.iou_matrix", "transfer.freeze")
IMPORTS = "import torch\nfrom torch import Tensor, nn"


def code(source, *, tag="", cell_id=None):
    metadata = {"tags": [f"exercise:{tag}"]} if tag else {}
    cell = {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    return cell if cell_id is None else cell | {"id": cell_id}


def notebook(*cells, **vislearn):
    told = {"vislearn": {"lesson": "01_small", "language": "en"} | vislearn}
    return {"cells": list(cells), "metadata": told, "nbformat": 4, "nbformat_minor": 5}


def answered(answers, **vislearn):
    """The small lesson with these answers; exercises without one stay as they are."""
    cells = [code(answers.get(name, starter(name)), tag=name, cell_id=f"exercise-{name}") for name in TASKS]
    return notebook(code(IMPORTS), *cells, **vislearn)


def solved(**others):
    """All answers right, but for those given by the name of the function."""
    found = {name: solution_source(name) for name in TASKS}
    return found | {
        name: others[function] for name in TASKS if (function := name.partition(".")[2]) in others
    }


@pytest.fixture(scope="session")
def walls():
    """Where the system refuses a jail (some containers do), nothing can be tried inside it."""
    if missing := missing_walls():
        pytest.skip(f"this computer can't build: {', '.join(missing)}")


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    """The course is the small one; the folder of what is handed in is returned."""
    course = tmp_path / "course"
    course.mkdir()
    (course / "01_small.ipynb").write_text(json.dumps(answered({})), encoding="utf-8")
    monkeypatch.setattr(assignment, "course_notebooks", lambda: course)
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    return tmp_path / "handed-in"
