"""For graders that count what raises: an answer's verdict as an error, or none."""

from collections.abc import Callable
from typing import Any

from vislearn.exercises.checking import examine
from vislearn.exercises.examinees import Here
from vislearn.exercises.registry import find

__all__ = ["require_right"]


def require_right(name: str, answer: Callable[..., Any], salt: int | str = 0) -> None:
    """Do nothing where a check calls ``answer`` right, else raise what it says.

    Autograders such as nbgrader and otter give points for a cell that ends without an error. No verdict is
    kept: the progress on a grader's computer is nobody's.

    Args:
        name: of the exercise, such as ``"pipeline.to_unit_range"``.
        answer: the function itself, without parentheses.
        salt: draws other inputs than every learner's check uses, so that none can be looked up.

    Raises:
        AssertionError: it is not right; the text is the verdict.
        InputError: no such exercise; names the closest.

    >>> require_right("pipeline.to_unit_range", lambda image: image.float() / 255, salt="seven")
    """
    verdict = examine(find(name).salted(salt), Here(answer))
    if verdict.status != "right":
        raise AssertionError(str(verdict))
