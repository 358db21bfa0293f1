"""Every notebook is what its source says, run as a whole, in every language."""

import nbformat
import pytest

from vislearn import course
from vislearn.course.answers import answered
from vislearn.course.building.assembly import assemble
from vislearn.course.building.counts import lesson_counts, tasks_in
from vislearn.course.lessons import languages

LESSONS = [pytest.param(lesson, id=lesson.name) for lesson in course.find_lessons()]


def test_the_course_has_no_problems():
    assert [str(problem) for problem in course.check()] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_notebook_is_committed_with_answers(lesson):
    """`lessons check` calls an answer no fault, because it is none in a learner's copy."""
    for language in languages(None):
        stored = nbformat.read(lesson.notebook(language), as_version=4)
        assert answered(stored, assemble(lesson, language)) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_have_the_same_code_to_the_byte(lesson):
    english, bengali = (
        [
            (cell.id, cell.source, cell.metadata)
            for cell in nbformat.read(lesson.notebook(language), as_version=4).cells
            if cell.cell_type == "code"
        ]
        for language in ("en", "bn")
    )
    assert english == bengali
    assert english


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_stored_notebook_holds_no_widget_s_model(lesson):
    """Models die with their kernel; what is stored must be readable without one."""
    text = lesson.notebook().read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget" not in text


def test_lessons_of_the_new_form_keep_to_it():
    """``vislearn lessons count`` shows all numbers, and lists the lessons that are not there yet."""
    assert {one.lesson: one.faults for one in lesson_counts() if one.faults} == {}


@pytest.mark.parametrize("lesson", LESSONS)
def test_exercises_announce_the_same_in_both_languages(lesson):
    english, bengali = (
        tasks_in(
            "\n".join(cell.source for cell in nbformat.read(lesson.notebook(language), as_version=4).cells)
        )
        for language in ("en", "bn")
    )
    assert english == bengali
