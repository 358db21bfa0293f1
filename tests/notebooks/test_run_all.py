"""A stored notebook waits for its learner; the plug-in runs it solved, in Bengali."""

import nbformat
import pytest

from vislearn.course import find_lessons
from vislearn.course.answers import checked_exercise, exercises_of, verdict_of

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in find_lessons() if not lesson.is_home]


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_stored_notebook_waits_for_its_learner(lesson, language):
    notebook = nbformat.read(lesson.notebook(language), as_version=4)
    verdicts = {name: verdict_of(cell.outputs) for cell in notebook.cells if (name := checked_exercise(cell))}
    assert verdicts == dict.fromkeys(exercises_of(notebook), "not attempted")
    assert len(verdicts) >= 3
