"""Lesson 03's exercise on the rate: many ways to be right, and other ways to make each mistake."""

import math

import numpy as np
import pytest
import torch

from vislearn.exercises import check
from vislearn.exercises.registry import find


def rate_in_one_line(step, total, warmup, peak):
    return peak * min(
        (step + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * max(0, step - warmup) / (total - warmup))
    )


def rate_by_torch(step, total, warmup, peak):
    if step >= warmup:
        return float(peak * (1 + torch.cos(torch.tensor((step - warmup) / (total - warmup) * torch.pi))) / 2)
    return np.float64(peak) / warmup * (step + 1)


def rate_by_table(step, total, warmup, peak):
    rates = np.linspace(peak / warmup, peak, warmup)
    return np.append(rates, peak * np.cos(np.pi / 2 * np.arange(total - warmup) / (total - warmup)) ** 2)[
        step
    ]


def rate_by_scheduler(step, total, warmup, peak):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda now: rate_in_one_line(now, total, warmup, 1)
    )
    for _step in range(step):
        optimizer.step()
        scheduler.step()
    return scheduler.get_last_lr()[0]


RIGHT = {
    "training.learning_rate": [
        rate_in_one_line,
        rate_by_torch,
        lambda *given: np.float32(rate_in_one_line(*given)),
        rate_by_table,
        rate_by_scheduler,
    ],
}


def torn(rising, falling):
    """A learning rate from its two phases."""
    return lambda step, total, warmup, peak: (
        rising(step, warmup, peak) if step < warmup else falling(step, total, warmup, peak)
    )


def rising(step, warmup, peak):
    return peak / warmup * (step + 1)


def wave(step, total, warmup, peak):
    return peak * 0.5 * (1 + math.cos((step - warmup) / (total - warmup) * math.pi))


UNLISTED = {
    "training.learning_rate": [
        torn(lambda step, warmup, peak: peak * ((step + 1) / warmup) ** 2, wave),
        torn(rising, lambda step, total, warmup, peak: wave(step, total - 1, warmup, peak)),
        torn(rising, lambda step, total, warmup, peak: wave(step + 1, total, warmup, peak)),
        torn(rising, lambda step, total, warmup, peak: max(wave(step, total, warmup, peak), peak / 10)),
        torn(rising, lambda step, total, warmup, peak: (wave(step, total, warmup, peak) * peak) ** 0.5),
        lambda step, total, warmup, peak: torn(rising, wave)(step, total, warmup - 1, peak),
    ],
}


WRONG = {
    "training.learning_rate": {
        "_no_warmup": lambda step, total, warmup, peak: (
            peak if step < warmup else wave(step, total, warmup, peak)
        ),
        "_starts_at_zero": torn(lambda step, warmup, peak: step / warmup * peak, wave),
        "_one_step_too_long": lambda step, total, warmup, peak: (
            rising(step, warmup, peak) if step < warmup + 1 else wave(step, total, warmup, peak)
        ),
        "_wave_from_the_start": torn(rising, lambda step, total, warmup, peak: wave(step, total, 0, peak)),
        "_wave_too_long": torn(
            rising,
            lambda step, total, warmup, peak: peak * (1 + math.cos(math.pi * (step - warmup) / total)) / 2,
        ),
        "_below_zero": torn(
            rising, lambda step, total, warmup, peak: 2 * wave(step, total, warmup, peak) - peak
        ),
        "_straight_down": torn(
            rising, lambda step, total, warmup, peak: peak * (1 - (step - warmup) / (total - warmup))
        ),
        "_in_degrees": torn(
            rising,
            lambda step, total, warmup, peak: (
                peak * 0.5 * (1 + math.cos(180 * (step - warmup) / (total - warmup)))
            ),
        ),
        "_share": torn(
            lambda step, warmup, peak: (step + 1) / warmup,
            lambda step, total, warmup, peak: wave(step, total, warmup, 1),
        ),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("training.learning_rate", lambda *args: 0.9 * rate_in_one_line(*args), "value"),
        ("training.learning_rate", lambda step, total, warmup, peak: torch.tensor(0.1), "type"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, stage):
    verdict = check(name, answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage)


def test_the_rate_is_tried_in_both_phases_and_falls_to_zero():
    rate = find("training.learning_rate")
    assert {step < warmup for step, _, warmup, _ in map(rate.arguments, range(rate.trials))} == {True, False}
    rates = [rate(step, 100, 10, 0.5) for step in range(101)]
    assert rates[9] == rates[10] == max(rates) == 0.5
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[0] == 0.05
