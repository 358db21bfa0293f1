"""Lesson 03: scores from a confusion matrix, and when to stop."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from vislearn.exercises import check
from vislearn.exercises.registry import find


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
    "training.precision_recall_f1": [scores_by_loop, scores_by_numpy, scores_by_double],
    "training.best_epoch": [best_by_counter, best_by_slices, best_by_numpy],
}


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


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("training.precision_recall_f1", lambda counts: scores_by_loop(counts)[:2], "shape"),
        ("training.best_epoch", lambda losses, patience: losses.index(min(losses)), "type"),
        ("training.best_epoch", lambda losses, patience: (0, 0), "value"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, stage):
    verdict = check(name, answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage)


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
