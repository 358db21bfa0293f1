"""Exercise of lesson 10: the best network under limits."""

from typing import Any

import torch

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["pick"]

Models = list[dict[str, Any]]
_NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")


@exercise(
    "choosing.pick",
    trials=8,
    hints=[
        N_("Two steps: keep what fits, then take the best of that. And if nothing was kept?"),
        N_(
            '`fit = [one for one in models if one["ms"] <= most_ms and …]`, and then `max(fit, key=lambda '
            'one: one["score"])`; `max` of an empty list is an error, so ask first.'
        ),
        N_('Both limits count, and "at most" means `<=`. What is returned is a name: `best["name"]`, or "".'),
    ],
)
def pick(models: list[dict], most_ms: float, most_mb: float) -> str:
    """Pick the network with the highest score among those that keep both limits.

    Args:
        models: a dict for each, with "name", "ms", "mb" and "score". No two have the same score.
        most_ms: the longest time allowed; exactly as long is still allowed.
        most_mb: the largest file allowed, likewise.

    Returns:
        The name of the network, or "" if none keeps both limits.
    """
    fit = [one for one in models if one["ms"] <= most_ms and one["mb"] <= most_mb]
    return max(fit, key=lambda one: one["score"])["name"] if fit else ""


@pick.inputs
def _models_and_limits(generator: torch.Generator, trial: int) -> tuple[Models, float, float]:
    """Limits that lie on a network exactly: of time alone, of both, and some that none keeps."""
    order = torch.randperm(len(_NAMES), generator=generator).tolist()
    steps = torch.randperm(len(_NAMES), generator=generator).tolist()
    models = [
        {"name": _NAMES[at], "ms": 10.0 + 12 * at, "mb": 5.0 + 7 * steps[at], "score": 60.0 + 3 * at}
        for at in order
    ]
    if trial % 4 == 3:
        return models, 1.0 + draw(8, generator), 500.0
    slow = 2 + draw(5, generator)
    fit = [one for one in models if one["ms"] <= 10.0 + 12 * slow]
    if trial % 4 == 0:
        return models, 10.0 + 12 * slow, 500.0
    middle = sorted(one["mb"] for one in fit)[len(fit) // 2]
    return models, 10.0 + 12 * slow, middle


def _fitting(models: Models, most_ms: float, most_mb: float) -> Models:
    return [one for one in models if one["ms"] <= most_ms and one["mb"] <= most_mb]


def _best(models: Models) -> str:
    return max(models, key=lambda one: one["score"])["name"] if models else ""


@pick.mistake(
    N_("A network exactly at a limit is left out. It still keeps the limit: `<=`, where you have `<`.")
)
def _strictly(models: Models, most_ms: float, most_mb: float) -> Any:
    return _best([one for one in models if one["ms"] < most_ms and one["mb"] < most_mb])


@pick.mistake(
    N_("The *quickest* that fits was picked. Limits say what is allowed; among that, the highest score wins.")
)
def _quickest(models: Models, most_ms: float, most_mb: float) -> Any:
    fit = _fitting(models, most_ms, most_mb)
    return min(fit, key=lambda one: one["ms"])["name"] if fit else ""


@pick.mistake(N_("The file's size is not looked at: some that you pick are larger than `most_mb`."))
def _any_size(models: Models, most_ms: float, most_mb: float) -> Any:
    return _best([one for one in models if one["ms"] <= most_ms])


@pick.mistake(N_("The time is not looked at: some that you pick take longer than `most_ms`."))
def _any_time(models: Models, most_ms: float, most_mb: float) -> Any:
    return _best([one for one in models if one["mb"] <= most_mb])


@pick.mistake(N_("The first that fits was picked. Look at all of them, and take the highest score."))
def _first(models: Models, most_ms: float, most_mb: float) -> Any:
    return next((one["name"] for one in _fitting(models, most_ms, most_mb)), "")


@pick.mistake(N_('The right network, but all of its dict. The name is asked for: `…["name"]`.'))
def _whole(models: Models, most_ms: float, most_mb: float) -> Any:
    fit = _fitting(models, most_ms, most_mb)
    return max(fit, key=lambda one: one["score"]) if fit else ""


@pick.mistake(N_("It is enough for you that *one* limit is kept. Both must be: `and`, where you have `or`."))
def _either(models: Models, most_ms: float, most_mb: float) -> Any:
    return _best([one for one in models if one["ms"] <= most_ms or one["mb"] <= most_mb])
