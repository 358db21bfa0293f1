"""Why an answer is wrong: the first difference, the mistake that behaves the same, a pattern."""

from collections.abc import Mapping
from typing import Any

import torch

from vislearn.exercises.comparing import Difference, alike, as_tensor, compare
from vislearn.exercises.registry import Exercise, Mistake
from vislearn.exercises.running import Outcome, run_known, same_error
from vislearn.language import translate as _

__all__ = ["compare_facts", "difference", "find_mistake", "pattern", "same"]


def difference(exercise: Exercise, expected: Outcome, got: Outcome) -> Difference | None:
    """The first thing that differs in one trial, or None; errors of the answer are not looked at here."""
    if got.kind == "unusable":
        return Difference("type", got.value)
    if exercise.observer is None:
        return compare(expected.value, got.value, atol=exercise.atol)
    return _joined([found for found in compare_facts(exercise, expected.value, got.value).values() if found])


def compare_facts(
    exercise: Exercise, expected: Mapping[str, Any], got: Mapping[str, Any]
) -> dict[str, Difference | None]:
    """Fact by fact, how what was observed differs from what is expected."""
    return {fact: _compare_fact(fact, expected[fact], got[fact], exercise.atol) for fact in expected}


def find_mistake(exercise: Exercise, got: list[Outcome]) -> Mistake | None:
    """The known mistake that behaves like the answer in every trial, and gets nothing else wrong.

    A mistake that explains only some of the facts is not told: a learner would look for it in vain.
    """
    return next((mistake for mistake in exercise.mistakes if _explains(exercise, mistake, got)), None)


def pattern(exercise: Exercise, expected: list[Outcome], got: list[Outcome]) -> str:
    """What a wrong answer can be in any exercise: its own input, or always the same; or ``""``."""
    if exercise.observer or any(outcome.kind == "unusable" for outcome in got):
        return ""
    inputs = [exercise.arguments(trial)[0] for trial in range(len(got))]
    if all(_equal(a, b.value) for a, b in zip(inputs, got, strict=True)):
        return _("Your function returns its input unchanged.")
    if _constant(got, exercise.atol) and not _constant(expected, exercise.atol):
        return _(
            "Your function gives the same answer for every input. Does it use a variable from another "
            "cell instead of its parameter?"
        )
    return ""


def same(a: Outcome, b: Outcome, atol: float) -> bool:
    """Did two calls come to the same: like values, or errors of one cause?"""
    if a.error is not None and b.error is not None:
        return same_error(a.error, b.error)
    return a.kind == b.kind and alike(a.value, b.value, atol=atol)


def _joined(differences: list[Difference]) -> Difference | None:
    """All facts that differ in one: none of them is known to be the cause of the others."""
    if not differences:
        return None
    return Difference("value", " ".join(difference.message for difference in differences))


def _explains(exercise: Exercise, mistake: Mistake, got: list[Outcome]) -> bool:
    outcomes = (run_known(exercise, mistake.function, trial) for trial in range(len(got)))
    return all(same(a, b, exercise.atol) for a, b in zip(outcomes, got, strict=True))


def _compare_fact(fact: str, expected: Any, got: Any, atol: float) -> Difference | None:
    found = compare(expected, got, atol=atol)
    if found is None:
        return None
    if isinstance(expected, bool):
        return Difference("value", _("This does not hold yet: {fact}.", fact=_(fact)))
    if isinstance(expected, str):  # without quotes: the text describes, it isn't what was returned
        message = _("{expected} expected, {got} returned.", expected=expected, got=got)
        return Difference("value", f"{_(fact)}: {message}")
    return Difference("value", f"{_(fact)}: {found.message}")


def _constant(outcomes: list[Outcome], atol: float) -> bool:
    return all(same(outcomes[0], outcome, atol) for outcome in outcomes)


def _equal(value: Any, other: Any) -> bool:
    a, b = as_tensor(value), as_tensor(other)
    return a is not None and b is not None and torch.equal(a.double(), b.double())
