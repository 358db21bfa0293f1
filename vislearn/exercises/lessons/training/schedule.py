"""Exercise of lesson 03: a learning rate that rises and falls."""

import math

import torch

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["learning_rate"]


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
def _moment(generator: torch.Generator, trial: int) -> tuple[int, int, int, float]:
    warmup, rest = draw(6, generator) + 3, draw(40, generator) + 20
    early = draw(warmup, generator)
    late = (
        warmup + rest // 5 + draw(rest // 5, generator)
    )  # neither at the start nor in the middle of the wave
    # Between moments that chance draws lie the edges, where a rule that is off by one step shows.
    moments = (early, late, 0, warmup - 1, warmup, warmup + 1, warmup + rest - 1, late)
    return moments[trial], warmup + rest, warmup, 0.05 + draw(8, generator) / 20


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
        "The warm-up goes on one step too long: step `warmup` gets more than `peak`. The warm-up's last step "
        "is `warmup - 1`; ask for `step < warmup`."
    )
)
def _one_step_too_long(step: int, total: int, warmup: int, peak: float) -> float:
    return _rising(step, warmup, peak) if step <= warmup else float(_after(step, total, warmup, peak))


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
