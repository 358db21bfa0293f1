"""Exercise of lesson 10: the best network under limits."""

from typing import Any

import torch

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["pick"]

Models = list[dict[str, Any]]
_NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta")
_RANKS = (1, 0, 2, 4, 3, 6, 5, 7)  # from the quickest, which isn't the worst, to the slowest
_SIZES = (2, 1, 0, 3, 4, 5, 6, 7)  # of the same: the smallest is neither the quickest nor the worst


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
    """Limits that lie on a network exactly: one of them decides, or none does, or nothing keeps the time.

    The sixth has most score per ms and per MB of all, the last the highest score.
    """
    names, order = (torch.randperm(len(_NAMES), generator=generator).tolist() for _of in range(2))
    models = [
        {"name": _NAMES[names[at]], "ms": _ms(at), "mb": _mb(_SIZES[at]), "score": 20.0 + 9 * _RANKS[at]}
        for at in order
    ]
    other, last = draw(2, generator), len(_NAMES) - 1
    slow, large = (
        (3 + 2 * other, last),
        (5 + other, 3),
        (3, 5 + other),
        (-1, 3 + 2 * other),
        (4 + 2 * other, last),
        (5 + other, 3),
        (last, last),
        (-1, 4 + 2 * other),
    )[trial % 8]
    return models, _ms(slow), _mb(large)


def _ms(place: int) -> float:
    return 30.0 + 6 * place


def _mb(place: int) -> float:
    return 50.0 + 6 * place


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


@pick.mistake(
    N_("The *smallest* that fits was picked. Limits say what is allowed; among that, the highest score wins.")
)
def _smallest(models: Models, most_ms: float, most_mb: float) -> Any:
    fit = _fitting(models, most_ms, most_mb)
    return min(fit, key=lambda one: one["mb"])["name"] if fit else ""


@pick.mistake(
    N_(
        "The most score *per* ms or MB was picked. What keeps the limits is quick and small enough: among "
        "that, the score alone decides."
    )
)
def _per_cost(models: Models, most_ms: float, most_mb: float) -> Any:
    fit = _fitting(models, most_ms, most_mb)
    return max(fit, key=lambda one: one["score"] / one["ms"])["name"] if fit else ""


@pick.mistake(N_("The *lowest* score was picked: `min` where `max` should be."))
def _worst(models: Models, most_ms: float, most_mb: float) -> Any:
    fit = _fitting(models, most_ms, most_mb)
    return min(fit, key=lambda one: one["score"])["name"] if fit else ""


@pick.mistake(
    N_("No limit is looked at: the best of *all* was picked. Keep first what is quick and small enough.")
)
def _unlimited(models: Models, _most_ms: float, _most_mb: float) -> Any:
    return _best(models)


@pick.mistake(
    N_(
        "The best of all was picked first, and only then asked whether it keeps the limits. Another may: "
        "leave out first what doesn't, then look for the best."
    )
)
def _asked_afterwards(models: Models, most_ms: float, most_mb: float) -> Any:
    best = max(models, key=lambda one: one["score"])
    return _best(_fitting([best], most_ms, most_mb))


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
