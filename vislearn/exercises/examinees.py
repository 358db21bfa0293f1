"""Whose answer is examined: a function of this process, or one that runs elsewhere and is told of."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import Exercise
from vislearn.exercises.running import Outcome, does_nothing, run_in_time

__all__ = ["Examinee", "Here"]


class Examinee(Protocol):
    """An answer to an exercise, wherever it runs."""

    def instead(self) -> str:
        """What it is, in words, where it is no function; or ``""``."""

    def signature(self) -> inspect.Signature | None:
        """What it takes; None where it does not tell, as some functions written in C."""

    def is_idle(self) -> bool:
        """Is its body still empty?"""

    def outcome(self, exercise: Exercise, trial: int, *, again: bool = False) -> Outcome:
        """What it comes to on one trial's arguments.

        Args:
            exercise: whose arguments, and observer.
            trial: which arguments.
            again: the same arguments, but the global generators seeded otherwise.
        """


class Here:
    """A function of this process.

    Args:
        answer: what the learner passed; it need be no function.
    """

    def __init__(self, answer: Any) -> None:
        self.answer: Callable[..., Any] = answer

    def instead(self) -> str:
        """What it is, in words, where it is no function; or ``""``."""
        return "" if callable(self.answer) else describe(self.answer)

    def signature(self) -> inspect.Signature | None:
        """What it takes; None where it does not tell."""
        try:
            return inspect.signature(self.answer)
        except ValueError:
            return None

    def is_idle(self) -> bool:
        """Is its body still empty?"""
        return does_nothing(self.answer)

    def outcome(self, exercise: Exercise, trial: int, *, again: bool = False) -> Outcome:
        """What it comes to on one trial's arguments, given up when it does not end.

        Args:
            exercise: whose arguments, and observer.
            trial: which arguments.
            again: the same arguments, but the global generators seeded otherwise.
        """
        return run_in_time(exercise, self.answer, trial, again=again)
