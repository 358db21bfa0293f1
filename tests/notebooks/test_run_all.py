"""*Run All* on the notebook of a learner who got everything right, and on one who has yet to begin."""

import re

import nbformat
import pytest

from vislearn.course import assemble, find_lessons, solved
from vislearn.course.kernels import run_notebook

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in find_lessons()]
_CHECK = re.compile(r"""\bcheck\(\s*["']([\w.]+)["']""")
_STATUS = {"✎": "not attempted", "✗": "wrong", "✓": "right", "!": "error"}


def verdicts(notebook):
    """What each check in a notebook answered, by exercise."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and (name := _CHECK.search(cell.source)):
            texts = [
                output.data["text/plain"] for output in cell.outputs if "text/plain" in output.get("data", {})
            ]
            found[name[1]] = _STATUS.get(texts[-1][0], texts[-1]) if texts else "no answer"
    return found


def exercises(notebook):
    """The exercises a notebook has a cell for."""
    tags = [tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])]
    return [tag.removeprefix("exercise:") for tag in tags if tag.startswith("exercise:")]


@pytest.mark.parametrize("lesson", LESSONS)
def test_solutions_run_through_and_every_check_calls_them_right(lesson, offline_environment):
    notebook = solved(assemble(lesson))
    run_notebook(notebook, lesson.root, offline_environment)
    assert verdicts(notebook) == dict.fromkeys(exercises(notebook), "right")


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_stored_notebook_waits_for_its_learner(lesson, language):
    notebook = nbformat.read(lesson.notebook(language), as_version=4)
    assert verdicts(notebook) == dict.fromkeys(exercises(notebook), "not attempted")
    assert len(exercises(notebook)) >= 3
