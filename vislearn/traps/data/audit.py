"""A glance at the data of a training that is about to begin: nothing is drawn, read or changed."""

from typing import Any

from vislearn.traps.data import pipelines, serving
from vislearn.traps.data.facts import Facts, base_of
from vislearn.traps.trap import Found, Trap, found_in

__all__ = ["AUDITED", "audit", "imbalance"]

# What shows without a single sample, and is at least likely.
AUDITED: tuple[Trap, ...] = (
    pipelines.TWO_NORMALIZE,
    pipelines.NORMALIZED_BEFORE_SCALING,
    pipelines.NOT_SCALED,
    pipelines.CHANCE_IN_VALIDATION,
    pipelines.MEANS_DIFFER,
    pipelines.CONSTANTS_OF_ANOTHER_RANGE,
    serving.NOT_SHUFFLED,
    serving.SHARED_GENERATOR,
)


def audit(train_loader: Any, val_loader: Any = None, *, model: Any = None) -> list[Found]:
    """The traps that loaders show before a training, the surest first; :func:`check` sees more, and draws.

    No sample is drawn and no file opened, so chance stands afterwards where it stood.

    Args:
        train_loader: batches to learn from, a DataLoader or anything else.
        val_loader: batches to judge by.
        model: that gets the pictures; torchvision's detectors normalise inside.
    """
    facts = Facts(train_loader, val_loader, None, model, None, 0)
    return found_in(facts, (*AUDITED, serving.LEAKAGE) if _splits_one_set(facts) else AUDITED)


def imbalance(train_loader: Any) -> list[Found]:
    """Whether accuracy would hide that a rare class is never found; empty: no.

    Args:
        train_loader: batches to learn from, of a data set that keeps its labels at hand.
    """
    return found_in(Facts(train_loader, None, None, None, None, 0), [serving.IMBALANCE_HIDDEN])


def _splits_one_set(facts: Facts) -> bool:
    """Whether both parts are of one set: whoever judges by the very pictures of training, means it."""
    both = facts.train is not None and facts.val is not None
    return both and facts.train is not facts.val and base_of(facts.train)[0] is base_of(facts.val)[0]
