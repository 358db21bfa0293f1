"""Exercises of lesson 03: cross-entropy by hand, and a learning rate that rises and falls."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["cross_entropy", "learning_rate"]


@exercise(
    "training.cross_entropy",
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
def _scores(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    pictures, classes = (
        draw(4, generator) + 5,
        draw(3, generator) + 3,
    )  # never equal: axes can't be mixed up
    if pictures == classes:
        pictures += 1
    logits = torch.randn(pictures, classes, generator=generator) * 2
    if draw(2, generator):
        logits += 95  # exp(95) is more than float32 can hold; the probabilities are ordinary ones
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


@exercise(
    "training.learning_rate",
    trials=8,
    hints=[
        N_("Two phases. During the first `warmup` steps the rate rises; which share of `peak` has step 0?"),
        N_(
            "After the warm-up, say how far the rest has come: t = (step - warmup) / (total - warmup), from "
            "0 towards 1. Half a cosine wave, (1 + cos(π·t)) / 2, then falls from 1 to 0."
        ),
        N_("`if step < warmup: return peak * (step + 1) / warmup`, and below it the cosine with `math.cos`."),
    ],
)
def learning_rate(step: int, total: int, warmup: int, peak: float) -> float:
    """Say which learning rate a step gets: a straight warm-up, then half a cosine wave down to 0.

    In the first `warmup` steps the rate rises in equal parts and reaches `peak` in the last of them. From
    then on it falls like a cosine, starting at `peak` in step `warmup`, and would be 0 in step `total`.

    Args:
        step: which step, 0 … total-1.
        total: how many steps there are.
        warmup: how many of them are warm-up, at least 1, fewer than total.
        peak: the highest rate.

    Returns:
        The rate, above 0, at most `peak`.
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / (total - warmup)
    return peak * (1 + math.cos(math.pi * progress)) / 2


@learning_rate.inputs
def _moment(generator: torch.Generator) -> tuple[int, int, int, float]:
    warmup, rest = draw(6, generator) + 3, draw(40, generator) + 20
    # Every second moment is in the warm-up; later ones neither at the start nor in the middle of the wave.
    step = draw(warmup, generator) if draw(2, generator) else warmup + rest // 5 + draw(rest // 5, generator)
    return step, warmup + rest, warmup, 0.05 + draw(8, generator) / 20


@learning_rate.mistake(
    N_("The warm-up is missing: the first steps must rise towards `peak`, not start there.")
)
def _no_warmup(step: int, total: int, warmup: int, peak: float) -> float:
    return peak * (1 + math.cos(math.pi * max(0, step - warmup) / (total - warmup))) / 2


@learning_rate.mistake(N_("Step 0 gets the rate 0 and learns nothing. Count from one: (step + 1) / warmup."))
def _starts_at_zero(step: int, total: int, warmup: int, peak: float) -> float:
    return peak * step / warmup if step < warmup else float(_after(step, total, warmup, peak))


@learning_rate.mistake(
    N_(
        "The wave is counted from step 0, so the rate jumps where the warm-up ends. Count from there: (step "
        "- warmup) / (total - warmup)."
    )
)
def _wave_from_the_start(step: int, total: int, warmup: int, peak: float) -> float:
    return _rising(step, warmup, peak) if step < warmup else float(_after(step, total, 0, peak))


@learning_rate.mistake(
    N_("This divides by `total`. The wave has only total - warmup steps; it would not reach 0 at the end.")
)
def _wave_too_long(step: int, total: int, warmup: int, peak: float) -> float:
    return _rising(step, warmup, peak) if step < warmup else float(_after(step, total + warmup, warmup, peak))


@learning_rate.mistake(
    N_("cos runs from 1 to -1, and a learning rate must never be negative. Use (1 + cos(π·t)) / 2.")
)
def _below_zero(step: int, total: int, warmup: int, peak: float) -> float:
    fall = math.cos(math.pi * (step - warmup) / (total - warmup))
    return _rising(step, warmup, peak) if step < warmup else peak * fall


@learning_rate.mistake(N_("After the warm-up this falls in a straight line. You are asked for a cosine."))
def _straight_down(step: int, total: int, warmup: int, peak: float) -> float:
    return _rising(step, warmup, peak) if step < warmup else peak * (total - step) / (total - warmup)


@learning_rate.mistake(N_("`math.cos` counts in radians: half a turn is `math.pi`, not 180."))
def _in_degrees(step: int, total: int, warmup: int, peak: float) -> float:
    fall = (1 + math.cos(180 * (step - warmup) / (total - warmup))) / 2
    return _rising(step, warmup, peak) if step < warmup else peak * fall


@learning_rate.mistake(N_("This is a share of the highest rate. Multiply it by `peak`."))
def _share(step: int, total: int, warmup: int, peak: float) -> float:
    return float(learning_rate(step, total, warmup, 1.0))


def _rising(step: int, warmup: int, peak: float) -> float:
    return peak * (step + 1) / warmup


def _after(step: int, total: int, warmup: int, peak: float) -> float:
    return peak * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2
