"""A learner's own copy of the lessons: made once, and brought up to date without losing a word of theirs."""

from vislearn.course.copies.colab import write_colab_copies
from vislearn.course.copies.folder import (
    Change,
    copy_lessons,
    course_notebooks,
    is_copy,
    outdated,
    own_copy,
    update_copy,
)
from vislearn.course.copies.merging import Merge, merge

__all__ = [
    "Change",
    "Merge",
    "copy_lessons",
    "course_notebooks",
    "is_copy",
    "merge",
    "outdated",
    "own_copy",
    "update_copy",
    "write_colab_copies",
]
