"""Lesson 04: average precision."""

import numpy as np
import pytest
import torch

from vislearn import metrics
from vislearn.exercises import check
from vislearn.exercises.registry import find


def by_loop(scores, right, objects):
    ranking = sorted(zip(scores.tolist(), right.tolist(), strict=True), reverse=True)
    points, hits = [], 0
    for rank, (_score, found) in enumerate(ranking, start=1):
        hits += found
        points.append((hits / objects, hits / rank))
    levels = [level / 100 for level in range(101)]
    return sum(max((p for r, p in points if r >= level), default=0) for level in levels) / 101


def by_numpy(scores, right, objects):
    hits = np.cumsum(right.numpy()[np.argsort(-scores.numpy())])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / objects
    envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0)
    return envelope[np.searchsorted(recall, np.linspace(0, 1, 101))].mean()


def by_boxes(scores, right, objects):
    """Through real boxes and the package's own matching."""
    places = torch.arange(objects + len(scores)) * 20.0
    rows = torch.stack([places, places, places + 9, places + 9], dim=1)
    free, at = iter(range(objects)), iter(range(objects, len(rows)))
    found = torch.tensor([next(free) if hit else next(at) for hit in right.tolist()])
    predictions = {
        "boxes": rows[found],
        "scores": scores,
        "labels": torch.ones(len(scores), dtype=torch.int64),
    }
    truth = {"boxes": rows[:objects], "labels": torch.ones(objects, dtype=torch.int64)}
    return metrics.average_precision([predictions], [truth])


def by_table(scores, right, objects):
    hits = right[scores.argsort(descending=True)].double().cumsum(0)
    reached = (hits / objects)[:, None] >= torch.linspace(0, 1, 101, dtype=torch.float64)
    return ((hits / torch.arange(1, len(hits) + 1))[:, None] * reached).amax(0).mean().item()


def in_place(scores, right, objects):
    right = right[scores.neg_().argsort()]
    best = [0.0] * 101
    for count in range(1, len(right) + 1):
        hits = int(right[:count].sum())
        for level in range(100 * hits // objects + 1):
            best[level] = max(best[level], hits / count)
    return np.float32(np.mean(best))


RIGHT = {"detection.average_precision": [by_loop, by_numpy, by_boxes, by_table, in_place]}

UNLISTED = {
    "detection.average_precision": [
        lambda scores, right, objects: 100 * by_loop(scores, right, objects),
        lambda scores, right, objects: 1 - by_loop(scores, right, objects),
        lambda scores, right, objects: 1.01 * by_loop(scores, right, objects),
        lambda scores, right, objects: by_loop(scores, ~right, objects),
        lambda scores, right, objects: by_loop(scores, right, len(right)),
        lambda scores, right, objects: by_loop(scores[scores > 0.5], right[scores > 0.5], objects),
        lambda scores, right, objects: round(by_loop(scores, right, objects), 1),
        lambda scores, right, objects: right.sum().item() / objects,
        lambda scores, right, objects: 2 * right.sum().item() / (len(right) + objects),
        lambda scores, right, objects: scores[right].mean().item(),
    ],
}


def curve(scores, right, objects):
    hits = np.cumsum(right.numpy()[np.argsort(-np.asarray(scores))])
    return hits / np.arange(1, len(hits) + 1), hits / objects


def mean_at(precision, recall, levels):
    return float(np.mean([max(precision[recall >= level - 1e-9], default=0) for level in levels]))


HUNDRED = [level / 100 for level in range(101)]


def first_reached(scores, right, objects):
    precision, recall = curve(scores, right, objects)
    reached = [np.flatnonzero(recall >= level) for level in HUNDRED]
    return sum(precision[at[0]] if len(at) else 0 for at in reached) / 101


def only_reached(scores, right, objects):
    precision, recall = curve(scores, right, objects)
    return mean_at(precision, recall, [level for level in HUNDRED if level <= recall.max()])


def exact_area(scores, right, objects):
    precision, recall = curve(scores, right, objects)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * falling))


def at_hits(scores, right, objects):
    precision, _recall = curve(scores, right, objects)
    return float(precision[right.numpy()[np.argsort(-scores.numpy())]].sum() / objects)


WRONG = {
    "detection.average_precision": {
        "_unsorted": lambda scores, right, objects: mean_at(
            *curve(-np.arange(len(scores)), right, objects), HUNDRED
        ),
        "_least_sure_first": lambda scores, right, objects: mean_at(
            *curve(-scores.numpy(), right, objects), HUNDRED
        ),
        "_no_envelope": first_reached,
        "_share_of_found": lambda scores, right, objects: by_loop(scores, right, right.sum().item()),
        "_only_reached": only_reached,
        "_eleven_points": lambda scores, right, objects: mean_at(
            *curve(scores, right, objects), [level / 10 for level in range(11)]
        ),
        "_exact_area": exact_area,
        "_mean_at_hits": at_hits,
        "_plain_precision": lambda scores, right, objects: right.sum().item() / len(right),
    },
}


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        (lambda scores, right, objects: torch.tensor(by_loop(scores, right, objects)), "type"),
        (lambda scores, right, objects: right.sum().item() / objects, "value"),
    ],
)
def test_other_answers_get_a_plain_message(answer, stage):
    verdict = check("detection.average_precision", answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage), verdict


def test_scores_differ_some_objects_are_missed_and_no_recall_is_one_of_the_101():
    known = find("detection.average_precision")
    for trial in range(known.trials):
        scores, right, objects = known.arguments(trial)
        assert len(scores.unique()) == len(scores)
        assert 0 < right.sum() < objects
        assert not any(100 * hits % objects == 0 for hits in range(1, int(right.sum()) + 1))
