"""A stored notebook waits for its learner; the plug-in runs it solved, in Bengali."""

import os
import subprocess
import sys

import nbformat
import pytest

from vislearn.checkout import ROOT
from vislearn.course import find_lessons
from vislearn.course.answers import checked_exercise, exercises_of, verdict_of
from vislearn.course.regression.notebook import STATE_VARIABLE

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in find_lessons() if not lesson.is_home]


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_stored_notebook_waits_for_its_learner(lesson, language):
    notebook = nbformat.read(lesson.notebook(language), as_version=4)
    verdicts = {name: verdict_of(cell.outputs) for cell in notebook.cells if (name := checked_exercise(cell))}
    assert verdicts == dict.fromkeys(exercises_of(notebook), "not attempted")
    assert len(verdicts) >= 3


@pytest.mark.parametrize("state", ["half-solved", "wrong"])
def test_a_lesson_shows_the_same_whatever_its_learner_answered(state):
    """Untouched and solved, every notebook is run here; in these states on Mondays, by `make test-states`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    lesson = ROOT / "notebooks" / "06_vision_ops.ipynb"  # the quickest of all
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(lesson)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment | {STATE_VARIABLE: state}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
