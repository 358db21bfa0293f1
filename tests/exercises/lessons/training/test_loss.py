"""Lesson 03's exercise on the loss: many ways to be right, and other ways to make each mistake."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from vislearn.exercises import check
from vislearn.exercises.registry import find


def entropy_by_loop(logits, target):
    total = 0.0
    for scores, right in zip(logits.tolist(), target.tolist(), strict=True):
        largest = max(scores)
        total += largest + math.log(sum(math.exp(score - largest) for score in scores)) - scores[right]
    return total / len(target)


def entropy_by_numpy(logits, target):
    shifted = logits.numpy() - logits.numpy().max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(target)), target.numpy()].mean()


def entropy_in_place(logits, target):
    logits -= logits.amax(dim=1, keepdim=True)
    logits -= logits.exp().sum(dim=1, keepdim=True).log()
    return -logits.gather(1, target[:, None]).mean()


def entropy_by_one_hot(logits, target):
    hot = functional.one_hot(target, logits.shape[1])
    return -(hot * logits.log_softmax(1)).sum(1).mean()


RIGHT = {
    "training.cross_entropy": [
        lambda logits, target: -logits.log_softmax(1)[range(len(target)), target].mean(),
        lambda logits, target: (logits.logsumexp(1) - logits.gather(1, target[:, None])[:, 0]).mean(),
        lambda logits, target: functional.nll_loss(logits.log_softmax(-1), target),
        lambda logits, target: functional.nll_loss(logits.double().log_softmax(1), target),
        lambda logits, target: torch.tensor(entropy_by_loop(logits, target)),
        entropy_by_numpy,
        entropy_in_place,
        entropy_by_one_hot,
    ],
}


def of_right_class(table, target):
    return torch.stack([row[k] for row, k in zip(table, target, strict=True)])


UNLISTED = {
    "training.cross_entropy": [
        functional.cross_entropy,
        torch.nn.CrossEntropyLoss(),
        lambda logits, target: -(logits.softmax(1) + 1e-9).log()[range(len(target)), target].mean(),
        lambda logits, target: entropy_by_one_hot(logits.clamp(-50, 50), target),
        lambda logits, target: entropy_by_one_hot(logits, target).half(),
    ],
}


WRONG = {
    "training.cross_entropy": {
        "_without_softmax": lambda logits, target: -of_right_class(logits, target).mean(),
        "_softmax_twice": lambda logits, target: torch.tensor(entropy_by_loop(logits.softmax(1), target)),
        "_without_log": lambda logits, target: -of_right_class(logits.softmax(1), target).mean(),
        "_negative": lambda logits, target: of_right_class(logits.log_softmax(1), target).mean(),
        "_summed": lambda logits, target: torch.tensor(entropy_by_loop(logits, target)) * len(target),
        "_per_picture": lambda logits, target: -of_right_class(logits.log_softmax(1), target),
        "_over_the_pictures": lambda logits, target: -of_right_class(logits.log_softmax(0), target).mean(),
        "_all_classes": lambda logits, target: (logits.logsumexp(1, keepdim=True) - logits).mean(),
        "_plain_number": entropy_by_loop,
        "_in_bits": lambda logits, target: -of_right_class(logits.log_softmax(1), target).mean() * 1.442695,
        "_log_of_zero": lambda logits, target: -of_right_class(logits.softmax(1), target).log().mean(),
        "_ratio_overflows": lambda logits, target: (
            -(of_right_class(logits.exp(), target) / logits.exp().sum(1)).log().mean()
        ),
        "_sum_overflows": lambda logits, target: (
            logits.exp().sum(1).log() - of_right_class(logits, target)
        ).mean(),
    },
}


def above(logits, target):
    return functional.cross_entropy(logits, target) + 0.01


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("training.cross_entropy", lambda logits, target: above(logits, target).half(), "dtype"),
        ("training.cross_entropy", above, "value"),
        ("training.cross_entropy", lambda logits, target: logits.log_softmax(1), "shape"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, stage):
    verdict = check(name, answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage)


def test_cross_entropy_is_tried_on_scores_that_overflow_and_on_ordinary_ones():
    entropy = find("training.cross_entropy")
    trials = [entropy.arguments(trial) for trial in range(entropy.trials)]
    assert {bool(logits.exp().isinf().any()) for logits, _ in trials} == {True, False}
    for logits, target in trials:
        assert torch.allclose(entropy(logits, target), functional.cross_entropy(logits, target))
