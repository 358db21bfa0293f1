"""Lesson 03: scores from a confusion matrix, and when to stop."""

import numpy as np
import pytest
import torch
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


def scores_class_by_class(counts):
    scores = torch.zeros(3, len(counts))
    for k in range(len(counts)):
        hits, extra, missed = counts[k, k], counts[:, k].sum() - counts[k, k], counts[k].sum() - counts[k, k]
        scores[0, k] = hits / (hits + extra) if hits + extra else 0
        scores[1, k] = hits / (hits + missed)
        scores[2, k] = 2 * hits / (2 * hits + extra + missed)
    return tuple(scores)


def scores_by_where(counts):
    right, answered = counts.diag().float(), counts.sum(0)
    precision = torch.where(answered > 0, right / answered, 0.0)
    recall = right / counts.sum(1)
    f1 = torch.zeros(len(counts))
    some = precision + recall > 0
    f1[some] = 2 / (1 / precision[some] + 1 / recall[some])
    return precision, recall, f1


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


def best_by_while(val_losses, patience):
    best = epoch = 0
    while epoch + 1 < len(val_losses) and epoch - best < patience:
        epoch += 1
        if val_losses[epoch] < val_losses[best]:
            best = epoch
    return best, epoch


def best_by_running_minimum(val_losses, patience):
    lowest = torch.tensor(val_losses, dtype=torch.float64).cummin(0).values.tolist()
    best_at = [lowest.index(value) for value in lowest]
    stops = [epoch for epoch, best in enumerate(best_at) if epoch - best == patience]
    last = stops[0] if stops else len(val_losses) - 1
    return best_at[last], last


RIGHT = {
    "training.precision_recall_f1": [
        scores_by_loop,
        scores_by_numpy,
        scores_by_double,
        scores_class_by_class,
        scores_by_where,
    ],
    "training.best_epoch": [
        best_by_counter,
        best_by_slices,
        best_by_numpy,
        best_by_while,
        best_by_running_minimum,
    ],
}


def geometric_mean(counts):
    precision, recall, _f1 = scores_by_where(counts)
    return precision, recall, (precision * recall).sqrt()


def of_errors_too(counts):
    """Specificity in the place of recall."""
    precision, _recall, f1 = scores_by_where(counts)
    others = counts.sum() - counts.sum(1)
    return precision, (others - counts.sum(0) + counts.diag()) / others, f1


def patience_of(number):
    return lambda val_losses, _patience: best_by_while(val_losses, number)


UNLISTED = {
    "training.precision_recall_f1": [
        geometric_mean,
        of_errors_too,
        lambda counts: [1 - scores for scores in scores_by_where(counts)],
        lambda counts: [scores.round() for scores in scores_by_where(counts)],
        lambda counts: [100 * scores for scores in scores_by_where(counts)],
        lambda counts: [scores.nan_to_num(1) for scores in unguarded_tensors(counts)],
        lambda counts: torch.stack(scores_by_where(counts)).T,
    ],
    "training.best_epoch": [
        patience_of(2),
        patience_of(3),
        lambda val_losses, patience: best_by_while([round(loss, 2) for loss in val_losses], patience),
        lambda val_losses, patience: (best_by_while(val_losses, patience)[1],) * 2,
        lambda val_losses, patience: (len(val_losses) - 1 - patience, len(val_losses) - 1),
        lambda val_losses, patience: (min(val_losses), best_by_while(val_losses, patience)[1]),
        lambda val_losses, patience: best_by_while(val_losses, patience)[0],
    ],
}


def unguarded_tensors(counts):
    precision, recall = counts.diag() / counts.sum(0), counts.diag() / counts.sum(1)
    return precision, recall, 2 * precision * recall / (precision + recall)


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
