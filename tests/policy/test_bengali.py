"""The Bengali says everything as the glossary does."""

import pytest

from vislearn import course
from vislearn.course.translating.catalogs import read_catalog, translations
from vislearn.course.translating.messages import check_messages
from vislearn.course.translating.proof import NOT_HELD, proof

LESSONS = {lesson.name: lesson for lesson in course.find_lessons()}


def test_what_the_package_says_to_learners():
    assert [str(problem) for problem in check_messages()] == []


@pytest.mark.parametrize("name", sorted(LESSONS.keys() - NOT_HELD))
def test_a_lesson(name):
    assert [str(problem) for problem in course.proof_translations([name])] == []


def test_the_list_of_lessons_not_held_to_it_only_shrinks():
    """A lesson without findings leaves the list, and is held to it from then on."""
    assert sorted(NOT_HELD - LESSONS.keys()) == []
    clean = {
        name
        for name in NOT_HELD
        if not proof(name, translations(read_catalog(LESSONS[name].translation("bn"), "bn")))
    }
    assert clean == set()
