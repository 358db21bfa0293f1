"""The Bengali says everything as the glossary does."""

import pytest

from vislearn import course
from vislearn.course.translating.messages import check_messages


def test_what_the_package_says_to_learners():
    assert [str(problem) for problem in check_messages()] == []


@pytest.mark.parametrize("name", [lesson.name for lesson in course.find_lessons()])
def test_a_lesson(name):
    assert [str(problem) for problem in course.proof_translations([name])] == []
