"""Exercise of lesson 09: when to stop."""

import torch

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["should_stop"]


@exercise(
    "imbalance.should_stop",
    trials=22,
    hints=[
        N_(
            "Cut the list in two: `losses[-patience:]` are the last epochs, `losses[:-patience]` all before "
            "them. What must the first do better than the second?"
        ),
        N_(
            "As long as there is nothing before the last `patience` epochs, go on: return False. Otherwise "
            "compare the lowest of the two parts."
        ),
        N_(
            "`if len(losses) <= patience: return False`, then `return min(losses[-patience:]) > "
            "min(losses[:-patience]) - min_delta`."
        ),
    ],
)
def should_stop(losses: list[float], patience: int, min_delta: float) -> bool:
    """Say, after an epoch, whether training should stop now.

    It should, when the last `patience` epochs have brought nothing: the lowest of their losses is not at
    least `min_delta` below the lowest of all losses before them. With no losses before them: go on.

    Args:
        losses: the validation loss after each epoch so far, at least one.
        patience: how many epochs it may take, at least 1.
        min_delta: how much lower a loss must be to count as progress, above 0.

    Returns:
        True: stop.
    """
    if len(losses) <= patience:
        return False
    return min(losses[-patience:]) > min(losses[:-patience]) - min_delta


@should_stop.inputs
def _history(generator: torch.Generator, trial: int) -> tuple[list[float], int, float]:
    """Eleven kinds of ends, each of them twice; where `min_delta` decides, it is exact in binary."""
    patience, delta = draw(2, generator) + 3, 0.125
    low = 2.0 + draw(9, generator) / 8
    lowest_last, lowest_earlier = (
        [low + 0.9, low + 0.5, low + 0.3, low],
        [low + 0.9, low + 0.5, low, low + 0.15],
    )
    ends = [
        lowest_last + [low + 0.05 * (1 + epoch) for epoch in range(patience)],  # nothing but worse: stop
        lowest_earlier + [low - 0.04 - 0.01 * epoch for epoch in range(patience)],  # not by enough: stop
        lowest_last + [low + 0.2] * (patience - 1) + [low - 0.3],  # the last epoch pays: go on
        lowest_last + [low - 0.3] + [low + 0.2] * (patience - 1),  # the first of them did: go on
        lowest_last + [low + 0.3] * (patience - 1),  # the lowest is one of the last `patience`: go on
        [*lowest_earlier, low + 0.4, *(low + 0.04 - 0.01 * epoch for epoch in range(patience - 1))],  # stop
        [low + 0.2 * epoch for epoch in range(patience)],  # nothing before them, though they get worse: go on
        lowest_earlier + [low - 0.08 * (1 + epoch) for epoch in range(patience)],  # small steps add up: go on
        [*lowest_last, low - 0.08, low - 0.16, *[low - 0.17] * (patience - 1)],  # … but not to enough: stop
        lowest_last + [low + 0.4 + 0.3 * epoch for epoch in range(patience)],  # far worse than before: stop
        [*lowest_last, low - delta, *[low + 0.2] * (patience - 1)],  # just enough: go on
    ]
    return ends[trial % len(ends)], patience, delta


def _lower(recent: list[float], before: list[float], min_delta: float) -> bool:
    return bool(recent) and bool(before) and min(recent) > min(before) - min_delta


@should_stop.mistake(
    N_(
        "A loss that is lower by less than `min_delta` counts as progress here, so training creeps on for "
        "ever. Take `min_delta` from the lowest loss before you compare."
    )
)
def _no_delta(losses: list[float], patience: int, _min_delta: float) -> bool:
    return _lower(losses[-patience:], losses[:-patience], 0.0)


@should_stop.mistake(
    N_(
        "You stop as soon as one epoch is worse than the one before. Losses go up and down by chance: that "
        "is what `patience` is for."
    )
)
def _at_once(losses: list[float], _patience: int, _min_delta: float) -> bool:
    return len(losses) > 1 and losses[-1] > losses[-2]


@should_stop.mistake(
    N_(
        "You compare each of the last losses with the one just before it. A fall that only makes up for a "
        "rise brings nothing new: compare with the *lowest* loss before them, `min(losses[:-patience])`."
    )
)
def _each_with_the_one_before(losses: list[float], patience: int, min_delta: float) -> bool:
    steps = zip(losses[-patience - 1 :], losses[-patience:], strict=False)
    return len(losses) > patience and all(after > before - min_delta for before, after in steps)


@should_stop.mistake(
    N_(
        "You stop when `patience` epochs in a row are no better than the one just before them. A fall that "
        "only makes up for a rise brings nothing new: compare with the *lowest* loss before them, less "
        "`min_delta`."
    )
)
def _each_higher(losses: list[float], patience: int, _min_delta: float) -> bool:
    return _each_with_the_one_before(losses, patience, 0.0)


@should_stop.mistake(
    N_(
        "Only the very last epoch is looked at. It may be a bad one, though the epochs just before it "
        "brought progress: take the lowest of the last `patience` losses."
    )
)
def _last_alone(losses: list[float], patience: int, min_delta: float) -> bool:
    return len(losses) > patience and losses[-1] > min(losses[:-patience]) - min_delta


@should_stop.mistake(
    N_(
        "You compare with the epoch just before the last ones. Compare with the *lowest* loss before them: "
        "`min(losses[:-patience])`."
    )
)
def _only_as_far_back(losses: list[float], patience: int, min_delta: float) -> bool:
    return len(losses) > patience and min(losses[-patience:]) > losses[-patience - 1] - min_delta


@should_stop.mistake(
    N_("One epoch too early: of the last `patience` epochs one is missing. Take `losses[-patience:]`.")
)
def _too_early(losses: list[float], patience: int, min_delta: float) -> bool:
    return _lower(losses[1 - patience :], losses[: 1 - patience], min_delta)


@should_stop.mistake(
    N_(
        "One epoch too late: the last `patience` epochs are enough, you look at one more. Take "
        "`losses[-patience:]`."
    )
)
def _too_late(losses: list[float], patience: int, min_delta: float) -> bool:
    return should_stop(losses, patience + 1, min_delta)


@should_stop.mistake(
    N_("The wrong way round: this says True where training should go on, and False where it should stop.")
)
def _reversed(losses: list[float], patience: int, min_delta: float) -> bool:
    return not should_stop(losses, patience, min_delta)


@should_stop.mistake(
    N_(
        "You count the epochs since a loss that was lower by `min_delta`. Compare with the *lowest* of all "
        "losses before the last `patience`, also one that was lower by less: `min(losses[:-patience])`."
    )
)
def _counted(losses: list[float], patience: int, min_delta: float) -> bool:
    best, waited = float("inf"), 0
    for loss in losses:
        best, waited = (loss, 0) if loss <= best - min_delta else (best, waited + 1)
    return waited >= patience


@should_stop.mistake(
    N_(
        "A loss that is lower by exactly `min_delta` is progress, too: at least that is asked for. Put `>` "
        "where you have `>=`."
    )
)
def _just_enough(losses: list[float], patience: int, min_delta: float) -> bool:
    return len(losses) > patience and min(losses[-patience:]) >= min(losses[:-patience]) - min_delta


@should_stop.mistake(N_("It never stops."))
def _never(_losses: list[float], _patience: int, _min_delta: float) -> bool:
    return False
