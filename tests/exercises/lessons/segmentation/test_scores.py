"""Lesson 05's mean IoU: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch

from vislearn.exercises import check
from vislearn.exercises.registry import find


def table(counts):
    """Per class, as Python's numbers: found, really there, answered."""
    rows = counts.tolist()
    return [(row[k], sum(row), sum(other[k] for other in rows)) for k, row in enumerate(rows)]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def by_loop(counts):
    return mean(a / (b + c - a) for a, b, c in table(counts) if b + c)


def by_numpy(counts):
    counts = counts.numpy()
    found = np.diag(counts)
    union = counts.sum(0) + counts.sum(1) - found
    return np.mean(found[union > 0] / union[union > 0])


def by_nanmean(counts):
    found = counts.diag().float()
    return (found / (counts.sum(0) + counts.sum(1) - found)).nanmean()


def by_missed_and_false(counts):
    found = counts.diag().double()
    missed, false = counts.sum(1) - found, counts.sum(0) - found
    occurs = (found + missed + false) != 0
    return float((found / (found + missed + false))[occurs].sum() / occurs.sum())


def with_absent_classes_cut_out(counts):
    occurs = (counts.sum(0) > 0) | (counts.sum(1) > 0)
    counts = counts[occurs][:, occurs]
    found = counts.diagonal()
    return (found / (counts.sum(0) + counts.sum(1) - found)).mean().item()


RIGHT = {
    "segmentation.miou": [by_loop, by_numpy, by_nanmean, by_missed_and_false, with_absent_classes_cut_out],
}


def numpy_ious(counts):
    counts = counts.numpy()
    found = np.diag(counts)
    with np.errstate(invalid="ignore"):
        return found / (counts.sum(0) + counts.sum(1) - found)


WRONG = {
    "segmentation.miou": {
        "_nan": lambda counts: float(numpy_ious(counts).mean()),
        "_absent_as_zero": lambda counts: mean(a / max(b + c - a, 1) for a, b, c in table(counts)),
        "_absent_as_one": lambda counts: mean(a / (b + c - a) if b + c else 1 for a, b, c in table(counts)),
        "_truth_only": lambda counts: mean(a / (b + c - a) for a, b, c in table(counts) if b),
        "_recall": lambda counts: mean(a / b for a, b, _c in table(counts) if b),
        "_precision": lambda counts: mean(a / c for a, _b, c in table(counts) if c),
        "_found_twice": lambda counts: mean(a / (b + c) for a, b, c in table(counts) if b + c),
        "_dice": lambda counts: mean(2 * a / (b + c) for a, b, c in table(counts) if b + c),
        "_pixel_accuracy": lambda counts: np.trace(counts.numpy()) / counts.numpy().sum(),
        "_one_pot": lambda counts: (
            sum(a for a, _b, _c in table(counts)) / sum(b + c - a for a, b, c in table(counts))
        ),
        "_without_background": lambda counts: mean(a / (b + c - a) for a, b, c in table(counts)[1:] if b + c),
    }
}

UNLISTED = {
    "segmentation.miou": [
        lambda counts: 100 * by_loop(counts),  # per cent
        lambda counts: mean(a / b if b else 0 for a, b, _c in table(counts)),  # two mistakes at once
        lambda counts: by_loop(counts[1:, 1:]),
        lambda counts: mean(a / (b + c - a) for a, b, c in table(counts) if c),  # of what was answered alone
        lambda counts: 1 - by_loop(counts),
        lambda counts: sum(b * a / (b + c - a) for a, b, c in table(counts) if b) / int(counts.sum()),
    ]
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda counts: counts.diag() / (counts.sum(0) + counts.sum(1) - counts.diag()), "number"),
        (lambda counts: counts.argmax(2), "IndexError: Dimension out of range"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check("segmentation.miou", answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_hold_classes_that_occur_nowhere_and_classes_only_answered():
    exercise = find("segmentation.miou")
    kinds = set()
    for trial in range(exercise.trials):
        (counts,) = exercise.arguments(trial)
        there, answered = counts.sum(1) > 0, counts.sum(0) > 0
        kinds.add((bool((~there & ~answered).any()), bool((~there & answered).any())))
    assert kinds == {(False, False), (True, False), (False, True), (True, True)}
    assert torch.is_tensor(counts)
