"""Lesson 04's project: other ways to choose a threshold, and other ways to fail."""

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from vislearn.exercises import check
from vislearn.exercises.lessons.detection.overlaps import match
from vislearn.exercises.lessons.detection.threshold import choose_threshold


def judged(predictions, targets, single=True, iou=0.5):
    """Scores and rights of a folder; without ``single`` an object is found as often as one likes."""
    right = []
    for found, target in zip(predictions, targets, strict=True):
        ious = box_iou(found["boxes"], target["boxes"])
        right.append(match(ious, iou) >= 0 if single else ious.amax(1) >= iou)
    return torch.cat([found["scores"] for found in predictions]), torch.cat(right)


def objects_in(targets):
    return sum(len(target["boxes"]) for target in targets)


def by_sorting(predictions, targets, **rule):
    scores, right = judged(predictions, targets, **rule)
    order = scores.argsort(descending=True)
    f1 = 2 * right[order].cumsum(0) / (torch.arange(1, len(order) + 1) + objects_in(targets))
    return scores[order][f1.argmax()]


def on_a_grid(predictions, targets):
    scores, right = judged(predictions, targets)
    steps = torch.linspace(0, 1, 201)
    f1 = [2 * right[scores >= t].sum() / ((scores >= t).sum() + objects_in(targets)) for t in steps]
    return float(steps[torch.stack(f1).argmax()])


def by_precision_and_recall(predictions, targets):
    scores, right = judged(predictions, targets)
    best, chosen = -1.0, 0.0
    for least in scores.unique().tolist():
        hits = right[scores >= least].sum().item()
        precision, recall = hits / (scores >= least).sum().item(), hits / objects_in(targets)
        f1 = 2 * precision * recall / (precision + recall) if hits else 0
        if f1 > best:
            best, chosen = f1, least
    return chosen


def between_right_and_wrong(predictions, targets):
    scores, right = judged(predictions, targets)
    return (scores[right].mean() + scores[~right].mean()).item() / 2


def at_the_last_of_as_many_as_there_are(predictions, targets):
    scores, _right = judged(predictions, targets)
    return scores.sort(descending=True).values[objects_in(targets)].item()


RIGHT = {
    "detection.choose_threshold": [
        by_sorting,
        on_a_grid,
        by_precision_and_recall,
        between_right_and_wrong,
        lambda predictions, targets: np.float32(by_sorting(predictions, targets)),
    ]
}


def by_recall(predictions, targets):
    return min(judged(predictions, targets)[0].tolist())


def by_precision(predictions, targets):
    scores, right = judged(predictions, targets)
    return max(scores.tolist(), key=lambda least: (right[scores >= least].float().mean().item(), least))


def f1_itself(predictions, targets):
    least, (scores, right) = by_sorting(predictions, targets), judged(predictions, targets)
    return 2 * right[scores >= least].sum().item() / ((scores >= least).sum().item() + objects_in(targets))


def in_tenths(predictions, targets):
    scores, right = judged(predictions, targets)
    steps = torch.arange(0, 1, 0.1)
    f1 = [2 * right[scores >= t].sum() / ((scores >= t).sum() + objects_in(targets)) for t in steps]
    return steps[torch.stack(f1).argmax()]


def as_they_come(predictions, targets):
    scores, right = judged(predictions, targets)
    best, kept, hits = (-1.0, 0.0), 0, 0
    for score, hit in zip(scores.tolist(), right.tolist(), strict=True):
        kept, hits = kept + 1, hits + hit
        best = max(best, (2 * hits / (kept + objects_in(targets)), score))
    return best[1]


def picture_by_picture(predictions, targets):
    own = [by_sorting([found], [target]).item() for found, target in zip(predictions, targets, strict=True)]
    return sum(own) / len(own)


WRONG = {
    "detection.choose_threshold": {
        "_half": lambda predictions, targets: 0.55,
        "_everything": by_recall,
        "_almost_nothing": by_precision,
        "_the_f1": f1_itself,
        "_tenths": in_tenths,
        "_not_sorted": as_they_come,
        "_mean_over_pictures": picture_by_picture,
    }
}
UNLISTED = {
    "detection.choose_threshold": [
        at_the_last_of_as_many_as_there_are,
        lambda predictions, targets: 50.0,
        lambda predictions, targets: -1,
        lambda predictions, targets: 0.25,
        lambda predictions, targets: 0.3,
        lambda predictions, targets: 0.8,
    ]
}


def test_a_list_of_thresholds_is_no_threshold():
    verdict = check("detection.choose_threshold", lambda predictions, targets: [0.2, 0.3])
    assert verdict.status == "wrong"
    assert "one number expected" in verdict.message


def test_the_reference_holds_on_other_pictures():
    assert check("detection.choose_threshold", choose_threshold).status == "right"


@pytest.mark.parametrize("rule", [{"single": False}, {"iou": 0.05}])
def test_who_counts_second_boxes_or_boxes_beside_as_right_keeps_too_many(rule):
    verdict = check("detection.choose_threshold", lambda *folder: by_sorting(*folder, **rule))
    assert verdict.status == "wrong"
    assert "second boxes on an object and boxes too far beside one" in verdict.message
