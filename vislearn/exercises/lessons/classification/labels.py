"""Exercise of lesson 11: which labels to look at again."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["suspects"]


@exercise(
    "classification.suspects",
    hints=[
        N_(
            "How far does the network believe the label? `probabilities[number, labels[number]]` says it for "
            "one picture."
        ),
        N_(
            "For all at once: `probabilities.gather(1, labels[:, None])[:, 0]`, (N,), or "
            "`probabilities[torch.arange(len(labels)), labels]`."
        ),
        N_("The least believed first: `own.argsort()[:count]`. Positions are asked for, not probabilities."),
    ],
)
def suspects(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    """Find the pictures whose labels are most doubtful: those that the network believes least.

    Args:
        probabilities: (N, K), of a network that was not trained on these pictures.
        labels: (N,), int64, of which some may be wrong.
        count: how many pictures to look at.

    Returns:
        (count,): their positions, the least believed label first.
    """
    own = probabilities.gather(1, labels[:, None])[:, 0]
    return own.argsort()[:count]


@suspects.inputs
def _some_answers(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, int]:
    classes, pictures = 3 + draw(3, generator), 9 + draw(6, generator)
    logits = 2 * torch.randn(pictures, classes, generator=generator)
    labels = torch.randint(classes, (pictures,), generator=generator)
    return logits.softmax(dim=1), labels, 2 + trial % 4


def _by(values: Tensor, count: int) -> Tensor:
    return values.argsort()[:count]


def _own(probabilities: Tensor, labels: Tensor) -> Tensor:
    return probabilities.gather(1, labels[:, None])[:, 0]


@suspects.mistake(
    N_(
        "These labels are believed *most*: the order is the other way round. Sort so that the least comes "
        "first."
    )
)
def _believed(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return _by(-_own(probabilities, labels), count)


@suspects.mistake(
    N_(
        "You took the pictures of which the network is least sure, whatever their label. A wrong label shows "
        "where the network is sure of *another* class: look at the probability of the label."
    )
)
def _unsure(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return _by(probabilities.max(dim=1).values, count)


@suspects.mistake(
    N_(
        "You took the pictures of which the network is surest, whatever their label. It may be sure and the "
        "label right: look at the probability of the label."
    )
)
def _sure(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return _by(-probabilities.max(dim=1).values, count)


@suspects.mistake(N_("Probabilities came back. The positions are asked for: `argsort`, not `sort`."))
def _values(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return _own(probabilities, labels).sort().values[:count]


@suspects.mistake(N_("All pictures came back, sorted. Only the first `count` are asked for."))
def _all_of_them(probabilities: Tensor, labels: Tensor, _count: int) -> Tensor:
    return _own(probabilities, labels).argsort()


@suspects.mistake(
    N_("The right pictures, but in the order in which they lie. The least believed label comes first.")
)
def _in_order(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return suspects(probabilities, labels, count).sort().values


@suspects.mistake(
    N_("The right pictures, but the least believed label stands last. It is to be looked at first.")
)
def _backwards(probabilities: Tensor, labels: Tensor, count: int) -> Tensor:
    return suspects(probabilities, labels, count).flip(0)
