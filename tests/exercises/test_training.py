"""Lesson 03's exercises on numbers: many ways to be right, and other ways to make each mistake."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import precision_recall_fscore_support
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


def rate_in_one_line(step, total, warmup, peak):
    return peak * min(
        (step + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * max(0, step - warmup) / (total - warmup))
    )


def rate_by_torch(step, total, warmup, peak):
    if step >= warmup:
        return float(peak * (1 + torch.cos(torch.tensor((step - warmup) / (total - warmup) * torch.pi))) / 2)
    return np.float64(peak) / warmup * (step + 1)


def scores_by_loop(counts):
    table, precision, recall, f1 = counts.tolist(), [], [], []
    for k, row in enumerate(table):
        answered = sum(line[k] for line in table)
        precision.append(row[k] / answered if answered else 0.0)
        recall.append(row[k] / sum(row))
        total = precision[-1] + recall[-1]
        f1.append(2 * precision[-1] * recall[-1] / total if total else 0.0)
    return precision, recall, f1


def scores_by_numpy(counts):
    table = counts.numpy()
    right, answered, true = np.diag(table), table.sum(0), table.sum(1)
    precision = np.divide(right, answered, out=np.zeros(len(table)), where=answered > 0)
    return precision, right / true, 2 * right / (answered + true)


def scores_by_double(counts):
    right = counts.diag().double()
    precision, recall = (right / counts.sum(0)).nan_to_num(0), right / counts.sum(1)
    return [precision, recall, (2 * precision * recall / (precision + recall)).nan_to_num(0)]


def best_by_counter(val_losses, patience):
    lowest, best, bad = float("inf"), 0, 0
    for epoch, loss in enumerate(val_losses):
        if loss < lowest:
            lowest, best, bad = loss, epoch, 0
        else:
            bad += 1
            if bad >= patience:
                break
    return best, epoch


def best_by_slices(val_losses, patience):
    for last in range(len(val_losses)):
        best = val_losses.index(min(val_losses[: last + 1]))
        if last - best >= patience:
            return [best, last]
    return [best, len(val_losses) - 1]


def best_by_numpy(val_losses, patience):
    at = [int(np.argmin(val_losses[: end + 1])) for end in range(len(val_losses))]
    last = next((e for e, b in enumerate(at) if e - b >= patience), len(at) - 1)
    return np.int64(at[last]), last


RIGHT = {
    "training.cross_entropy": [
        lambda logits, target: -logits.log_softmax(1)[range(len(target)), target].mean(),
        lambda logits, target: (logits.logsumexp(1) - logits.gather(1, target[:, None])[:, 0]).mean(),
        lambda logits, target: functional.nll_loss(logits.log_softmax(-1), target),
        lambda logits, target: functional.cross_entropy(logits.double(), target),
        lambda logits, target: -logits.softmax(1)[torch.arange(len(target)), target].log().mean(),
        lambda logits, target: torch.tensor(entropy_by_loop(logits, target)),
        entropy_by_numpy,
        entropy_in_place,
        entropy_by_one_hot,
    ],
    "training.learning_rate": [rate_in_one_line, rate_by_torch],
    "training.precision_recall_f1": [scores_by_loop, scores_by_numpy, scores_by_double],
    "training.best_epoch": [best_by_counter, best_by_slices, best_by_numpy],
}


def of_right_class(table, target):
    return torch.stack([row[k] for row, k in zip(table, target, strict=True)])


def torn(rising, falling):
    """A learning rate from its two phases."""
    return lambda step, total, warmup, peak: (
        rising(step, warmup, peak) if step < warmup else falling(step, total, warmup, peak)
    )


def rising(step, warmup, peak):
    return peak / warmup * (step + 1)


def wave(step, total, warmup, peak):
    return peak * 0.5 * (1 + math.cos((step - warmup) / (total - warmup) * math.pi))


def unguarded(counts):
    table = counts.numpy().astype(float)
    with np.errstate(all="ignore"):
        precision, recall = np.diag(table) / table.sum(0), np.diag(table) / table.sum(1)
        return precision, recall, 2 * precision * recall / (precision + recall)


def guarded_once(counts):
    precision, recall, _ = unguarded(counts)
    precision = np.nan_to_num(precision)
    with np.errstate(all="ignore"):
        return precision, recall, 2 * precision * recall / (precision + recall)


def counted(better, late=0, whole=False):
    """Early stopping by a counter, with another rule of what is better or when to stop."""

    def rule(val_losses, patience):
        best, bad = 0, 0
        for epoch in range(1, len(val_losses)):
            if better(val_losses, epoch, best):
                best, bad = epoch, 0
            else:
                bad += 1
            if bad == patience + late and not whole:
                return best, epoch
        return best, len(val_losses) - 1

    return rule


def lower(losses, epoch, best):
    return losses[epoch] < losses[best]


def total_of_bad(val_losses, patience):
    best = bad = 0
    for epoch in range(1, len(val_losses)):
        if val_losses[epoch] < val_losses[best]:
            best = epoch
        elif (bad := bad + 1) == patience:
            return best, epoch
    return best, len(val_losses) - 1


WRONG = {
    "training.cross_entropy": {
        "_without_softmax": lambda logits, target: -of_right_class(logits, target).mean(),
        "_softmax_twice": lambda logits, target: torch.tensor(entropy_by_loop(logits.softmax(1), target)),
        "_without_log": lambda logits, target: -of_right_class(logits.softmax(1), target).mean(),
        "_negative": lambda logits, target: of_right_class(logits.log_softmax(1), target).mean(),
        "_summed": lambda logits, target: torch.tensor(entropy_by_loop(logits, target)) * len(target),
        "_per_picture": lambda logits, target: -of_right_class(logits.log_softmax(1), target),
        "_over_the_pictures": lambda logits, target: -of_right_class(logits.softmax(0).log(), target).mean(),
        "_all_classes": lambda logits, target: -logits.softmax(1).log().mean(),
        "_plain_number": entropy_by_loop,
        "_in_bits": lambda logits, target: -of_right_class(logits.softmax(1), target).log2().mean(),
        "_ratio_overflows": lambda logits, target: (
            -(of_right_class(logits.exp(), target) / logits.exp().sum(1)).log().mean()
        ),
        "_sum_overflows": lambda logits, target: (
            logits.exp().sum(1).log() - of_right_class(logits, target)
        ).mean(),
    },
    "training.learning_rate": {
        "_no_warmup": lambda step, total, warmup, peak: (
            peak if step < warmup else wave(step, total, warmup, peak)
        ),
        "_starts_at_zero": torn(lambda step, warmup, peak: step / warmup * peak, wave),
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
    "training.precision_recall_f1": {
        "_swapped": lambda counts: [scores_by_numpy(counts)[i] for i in (1, 0, 2)],
        "_nan_left": unguarded,
        "_nan_in_f1": guarded_once,
        "_plain_mean": lambda counts: (*scores_by_numpy(counts)[:2], sum(scores_by_numpy(counts)[:2]) / 2),
        "_half": lambda counts: [*scores_by_double(counts)[:2], scores_by_double(counts)[2] / 2],
        "_of_everything": lambda counts: [np.diag(counts.numpy()) / counts.sum().item()] * 3,
        "_accuracy": lambda counts: [np.full(len(counts), counts.trace() / counts.sum())] * 3,
        "_macro": lambda counts: tuple(float(np.mean(scores)) for scores in scores_by_loop(counts)),
    },
    "training.best_epoch": {
        "_highest": counted(lambda losses, epoch, best: losses[epoch] > losses[best]),
        "_looks_ahead": lambda losses, patience: (
            int(np.argmin(losses)),
            best_by_slices(losses, patience)[1],
        ),
        "_never_stops": counted(lower, whole=True),
        "_too_late": counted(lower, late=1),
        "_too_early": counted(lower, late=-1),
        "_never_resets": total_of_bad,
        "_ties_count": counted(lambda losses, epoch, best: losses[epoch] <= losses[best]),
        "_from_one": lambda losses, patience: [1 + epoch for epoch in best_by_slices(losses, patience)],
        "_last_first": lambda losses, patience: best_by_slices(losses, patience)[::-1],
        "_against_the_last": counted(lambda losses, epoch, _best: losses[epoch] < losses[epoch - 1]),
    },
}


def above(logits, target):
    return functional.cross_entropy(logits, target) + 0.01


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("training.cross_entropy", lambda logits, target: above(logits, target).half(), "dtype"),
        ("training.cross_entropy", above, "range"),
        ("training.cross_entropy", lambda logits, target: logits.log_softmax(1), "shape"),
        ("training.learning_rate", lambda *args: 0.9 * rate_in_one_line(*args), "value"),
        ("training.learning_rate", lambda step, total, warmup, peak: torch.tensor(0.1), "type"),
        ("training.precision_recall_f1", lambda counts: scores_by_loop(counts)[:2], "shape"),
        ("training.best_epoch", lambda losses, patience: losses.index(min(losses)), "type"),
        ("training.best_epoch", lambda losses, patience: (0, 0), "value"),
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


def test_scores_are_scikit_learns():
    scores = find("training.precision_recall_f1")
    never_answered = []
    for trial in range(scores.trials):
        (counts,) = scores.arguments(trial)
        never_answered.append(bool((counts.sum(0) == 0).any()))
        cells = [(t, p) for t, row in enumerate(counts.tolist()) for p, n in enumerate(row) for _ in range(n)]
        truth, answers = zip(*cells, strict=True)
        wanted = precision_recall_fscore_support(truth, answers, zero_division=0)[:3]
        assert np.allclose(scores(counts), wanted)
    assert set(never_answered) == {True, False}


def test_the_rate_is_tried_in_both_phases_and_falls_to_zero():
    rate = find("training.learning_rate")
    assert {step < warmup for step, _, warmup, _ in map(rate.arguments, range(rate.trials))} == {True, False}
    rates = [rate(step, 100, 10, 0.5) for step in range(101)]
    assert rates[9] == rates[10] == max(rates) == 0.5
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[0] == 0.05
