"""A learner's answer at work: later cells of a lesson run with it, as soon as it is right."""

import copy
from collections.abc import Callable
from functools import wraps
from typing import Any

from vislearn.exercises.checking import check
from vislearn.exercises.registry import find
from vislearn.language import translate as _

__all__ = ["use"]


def use(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The learner's function where its check calls it right, else the reference; one printed line says which.

    So a lesson runs to its end whatever state its exercises are in, and gives the same numbers. A right
    answer that changes its arguments in place gets copies: the lesson's own data stay what they are.

    Args:
        name: of the exercise, such as ``"training.train_epoch"``.
        answer: the function itself, without parentheses.

    Raises:
        InputError: no such exercise; names the closest.

    >>> to_unit_range = use("pipeline.to_unit_range", lambda image: image / 256)
    to_unit_range: the course's own, as yours isn't right yet.
    """
    reference, verdict = find(name).reference, check(name, answer)
    print(_line(verdict.status, reference.__name__))
    if verdict.status != "right":
        return reference
    return _on_copies(answer) if verdict.touches else answer


def _on_copies(answer: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(answer)
    def on_copies(*args: Any, **kwargs: Any) -> Any:
        return answer(*copy.deepcopy(args), **copy.deepcopy(kwargs))

    return on_copies


def _line(status: str, function: str) -> str:
    if status == "right":
        return _("{function}: yours.", function=function)
    if status == "not attempted":
        return _("{function}: the course's own, as yours isn't written yet.", function=function)
    if status == "error":
        return _("{function}: the course's own, as yours stops with an error.", function=function)
    return _("{function}: the course's own, as yours isn't right yet.", function=function)
