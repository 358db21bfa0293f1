"""Exercise of lesson 03: cross-entropy by hand."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["cross_entropy"]


@exercise(
    "training.cross_entropy",
    forbids=[functional.cross_entropy, torch._C._nn.cross_entropy_loss],
    hints=[
        N_(
            "Three steps: scores become log-probabilities, each picture's right class is picked out, the "
            "mean is taken. What is the sign?"
        ),
        N_(
            "`logits.log_softmax(dim=1)` gives the log-probabilities without ever computing exp of a large "
            "number. Picture n's right class stands at row n, column target[n]."
        ),
        N_(
            "`rows = torch.arange(len(target))` picks them: `log_probabilities[rows, target]`. Then minus, "
            "mean."
        ),
    ],
)
def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Compute the cross-entropy loss without `nn.CrossEntropyLoss` or `functional.cross_entropy`.

    It is minus the natural logarithm of the probability that softmax gives to the right class, averaged over
    the pictures. Scores may be large, about 100: the loss must still be a finite number.

    Args:
        logits: (N, K), float32, one score per picture and class, any range.
        target: (N,), int64, the right classes, 0 … K-1.

    Returns:
        The mean loss, a tensor that holds one number, at least 0.
    """
    log_probabilities = logits.log_softmax(dim=1)
    rows = torch.arange(len(target))
    return -log_probabilities[rows, target].mean()


@cross_entropy.inputs
def _scores(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor]:
    pictures, classes = (
        draw(4, generator) + 5,
        draw(3, generator) + 3,
    )  # never equal: axes can't be mixed up
    if pictures == classes:
        pictures += 1
    logits = torch.randn(pictures, classes, generator=generator) * 2
    if draw(2, generator):
        logits += 95  # exp(95) is more than float32 can hold; the probabilities are ordinary ones
    if trial == 2:
        logits = ((logits - logits.mean()) * 30).clamp(-40, 40)
        return logits, logits.argmin(dim=1)  # hopeless: probabilities down to 1e-35, and not 0 yet
    if trial == 3:  # beyond that: exp(-120) is 0, and the pictures' levels lie far apart
        logits += 200.0 * (torch.arange(pictures) % 2)[:, None]
        logits[:, 1] = logits[:, 0] + 120
        return logits - logits.mean(), torch.zeros(pictures, dtype=torch.int64)
    return logits, torch.randint(classes, (pictures,), generator=generator)


@cross_entropy.mistake(
    N_(
        "These are the raw scores of the right classes. They must become log-probabilities first: "
        "`logits.log_softmax(dim=1)`."
    )
)
def _without_softmax(logits: Tensor, target: Tensor) -> Tensor:
    return functional.nll_loss(logits, target)


@cross_entropy.mistake(
    N_(
        "Softmax is applied twice. The loss barely moves then, however sure the model is. Scores go through "
        "softmax once."
    )
)
def _softmax_twice(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits.softmax(dim=1), target)


@cross_entropy.mistake(
    N_(
        "The logarithm is missing: this is minus the mean probability. A sure mistake would cost almost "
        "nothing."
    )
)
def _without_log(logits: Tensor, target: Tensor) -> Tensor:
    return functional.nll_loss(logits.softmax(dim=1), target)


@cross_entropy.mistake(
    N_("The sign is wrong. A logarithm of a probability is below 0; the loss is minus that.")
)
def _negative(logits: Tensor, target: Tensor) -> Tensor:
    return -functional.cross_entropy(logits, target)


@cross_entropy.mistake(
    N_(
        "This is the sum over the pictures. Take the mean, or a batch twice as large takes steps twice as "
        "large."
    )
)
def _summed(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits, target, reduction="sum")


@cross_entropy.mistake(N_("This is one loss per picture. Training needs one number: take their mean."))
def _per_picture(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits, target, reduction="none")


@cross_entropy.mistake(
    N_(
        "`dim=0` lets the pictures of a batch compete with each other. The classes of one picture compete: "
        "`dim=1`."
    )
)
def _over_the_pictures(logits: Tensor, target: Tensor) -> Tensor:
    return functional.nll_loss(logits.log_softmax(dim=0), target)


@cross_entropy.mistake(
    N_(
        "This averages over all classes. Only the right class of each picture counts: row n, column "
        "target[n]."
    )
)
def _all_classes(logits: Tensor, target: Tensor) -> Tensor:
    return -logits.log_softmax(dim=1).mean()


@cross_entropy.mistake(
    N_(
        "The number is right, but it is a plain Python number: training could not send it backward. Return a"
        " tensor, without `.item()`."
    )
)
def _plain_number(logits: Tensor, target: Tensor) -> float:
    return functional.cross_entropy(logits, target).item()


@cross_entropy.mistake(N_("This is in bits (base 2). Cross-entropy in torch uses the natural logarithm."))
def _in_bits(logits: Tensor, target: Tensor) -> Tensor:
    return functional.cross_entropy(logits, target) / math.log(2)


@cross_entropy.mistake(
    N_(
        "Right as long as no probability is next to nothing: `softmax` rounds it to 0, and the logarithm of "
        "0 is minus infinity. `log_softmax` does both in one step and stays finite."
    )
)
def _log_of_zero(logits: Tensor, target: Tensor) -> Tensor:
    return functional.nll_loss(logits.softmax(dim=1).log(), target)


# Two ways to overflow, told the same: exp(95) is inf, and inf / inf is nan.
_OVERFLOW = N_(
    "Right for small scores, but exp(95) is more than float32 can hold: the loss becomes inf or nan. "
    "`log_softmax` first subtracts each picture's largest score, which changes no probability."
)


@cross_entropy.mistake(_OVERFLOW)
def _ratio_overflows(logits: Tensor, target: Tensor) -> Tensor:
    probabilities = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return functional.nll_loss(probabilities.log(), target)


@cross_entropy.mistake(_OVERFLOW)
def _sum_overflows(logits: Tensor, target: Tensor) -> Tensor:
    return functional.nll_loss(logits - logits.exp().sum(dim=1, keepdim=True).log(), target)
