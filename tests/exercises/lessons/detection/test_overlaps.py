"""Lesson 04: anchors that fit, and who found what."""

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou, distance_box_iou, generalized_box_iou

from vislearn import ops
from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.metrics.detection.matching import match


def iou_of(a, b):
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return across * down / (area[0] + area[1] - across * down)


def best_by_loop(anchors, boxes):
    return [max(iou_of(anchor, box) for anchor in anchors.tolist()) for box in boxes.tolist()]


def matched_by_table(ious, threshold):
    found = []
    for row in ious:
        g = int(row.argmax())
        hit = bool(row[g] >= threshold)
        found.append(g if hit else -1)
        if hit:
            ious[:, g] = -1  # nobody else can have it: in place
    return found


def matched_by_numpy(ious, threshold):
    table, found = ious.numpy().copy(), torch.full((len(ious),), -1, dtype=torch.int32)
    for d in range(len(table)):
        for g in table[d].argsort()[::-1]:
            if table[d, g] >= threshold and g not in found:
                found[d] = int(g)
                break
    return found


def matched_by_package(ious, threshold):
    no = torch.zeros(1, ious.shape[1], dtype=torch.bool)
    return match(ious[None], no, no[None], torch.tensor([threshold]))[0, 0, 0]


def best_in_place(anchors, boxes):
    table = box_iou(anchors, boxes)
    best = table[0].clone()
    for row in table[1:]:
        torch.maximum(best, row, out=best)
    return best


def matched_by_masking(ious, threshold):
    found, free = torch.full((len(ious),), -1), torch.ones(ious.shape[1], dtype=torch.bool)
    for d, row in enumerate(ious):
        best, g = row.where(free, -1.0).max(0)
        if best >= threshold:
            found[d], free[g] = g, False
    return found


def matched_by_owners(ious, threshold):
    owners = {}
    for d, row in enumerate(ious.tolist()):
        for iou, g in sorted(((iou, g) for g, iou in enumerate(row)), reverse=True):
            if iou >= threshold and g not in owners:
                owners[g] = d
                break
    return np.array([next((g for g, owner in owners.items() if owner == d), -1) for d in range(len(ious))])


RIGHT = {
    "detection.best_overlaps": [
        best_by_loop,
        best_in_place,
        lambda anchors, boxes: box_iou(boxes, anchors).max(dim=1).values,
        lambda anchors, boxes: ops.box_iou(anchors.double(), boxes.double()).amax(0),
        lambda anchors, boxes: torch.stack([box_iou(anchors, box[None]).max() for box in boxes]),
    ],
    "detection.match": [
        matched_by_table,
        matched_by_numpy,
        matched_by_package,
        matched_by_masking,
        matched_by_owners,
    ],
}


def by_pairs(rule):
    """The best of ``rule(anchor, box)`` over the anchors."""
    return lambda anchors, boxes: [max(rule(a, b) for a in anchors.tolist()) for b in boxes.tolist()]


def sides(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def shared(a, b):
    across, down = sides(a, b)
    return max(0, across) * max(0, down)


def unclamped(a, b):
    inter = sides(a, b)[0] * sides(a, b)[1]
    return inter / (area(a) + area(b) - inter)


def longer(box):
    return [box[0], box[1], box[2] + 1, box[3] + 1]


def greedy(pick, order=lambda rows: rows):
    """Matching by ``pick(row, taken, threshold)``."""

    def answer(ious, threshold):
        found, taken = {}, set()
        for d in order(list(range(len(ious)))):
            found[d] = pick(ious[d].tolist(), taken, threshold)
            taken.add(found[d])
        return [found[d] for d in range(len(ious))]

    return answer


def best_free(row, taken, threshold):
    free = [(iou, g) for g, iou in enumerate(row) if g not in taken and iou >= threshold]
    return max(free)[1] if free else -1


def best_if_free(row, taken, threshold):
    g = row.index(max(row))
    return g if row[g] >= threshold and g not in taken else -1


def objects_first(ious, threshold):
    owner = {int(ious[:, g].argmax()): g for g in range(ious.shape[1]) if ious[:, g].max() >= threshold}
    return [owner.get(d, -1) for d in range(len(ious))]


def worst_free(row, taken, threshold):
    free = [(iou, g) for g, iou in enumerate(row) if g not in taken and iou >= threshold]
    return min(free)[1] if free else -1


UNLISTED = {
    "detection.best_overlaps": [
        lambda anchors, boxes: box_iou(anchors, boxes).sum(0),
        lambda anchors, boxes: box_iou(anchors, boxes).amin(0),
        lambda anchors, boxes: box_iou(anchors, boxes).amax(),
        lambda anchors, boxes: box_iou(anchors, boxes).amax(0) >= 0.5,
        lambda anchors, boxes: 1 - box_iou(anchors, boxes).amax(0),
        lambda anchors, boxes: box_iou(anchors, boxes).amax(0, keepdim=True),
        lambda anchors, boxes: box_iou(anchors, boxes)[: len(boxes)].diagonal(),
        lambda anchors, boxes: box_iou(anchors[:, [1, 0, 3, 2]], boxes).amax(0),
        lambda anchors, boxes: generalized_box_iou(anchors, boxes).amax(0),
        lambda anchors, boxes: distance_box_iou(anchors, boxes).amax(0),
    ],
    "detection.match": [
        greedy(worst_free),
        lambda ious, threshold: [g + 1 for g in greedy(best_free)(ious, threshold)],
        lambda ious, threshold: [max(g, 0) for g in greedy(best_free)(ious, threshold)],
        lambda ious, threshold: [g for g in greedy(best_free)(ious, threshold) if g >= 0],
        lambda ious, threshold: greedy(best_free)(ious, 0.5),
        lambda ious, threshold: greedy(best_free)(ious[ious.amax(1).argsort(descending=True)], threshold),
        lambda ious, threshold: ious.argmax(1),
        lambda ious, threshold: (ious >= threshold).sum(1),
    ],
}


WRONG = {
    "detection.best_overlaps": {
        "_union_too_large": by_pairs(lambda a, b: shared(a, b) / (area(a) + area(b))),
        "_never_clamped": by_pairs(unclamped),
        "_per_anchor": lambda anchors, boxes: box_iou(anchors, boxes).max(1)[0],
        "_whole_table": lambda anchors, boxes: box_iou(anchors, boxes),
        "_which_anchor": lambda anchors, boxes: box_iou(anchors, boxes).max(0).indices,
        "_share_of_object": by_pairs(lambda a, b: shared(a, b) / area(b)),
        "_one_pixel_more": by_pairs(lambda a, b: iou_of(longer(a), longer(b))),
        "_mean_of_all": lambda anchors, boxes: box_iou(anchors, boxes).mean(0),
    },
    "detection.match": {
        "_found_twice": greedy(lambda row, _taken, threshold: best_free(row, (), threshold)),
        "_gives_up": greedy(best_if_free),
        "_first_that_will_do": greedy(
            lambda row, taken, threshold: next(
                (g for g, iou in enumerate(row) if iou >= threshold and g not in taken), -1
            )
        ),
        "_more_than": greedy(lambda row, taken, threshold: best_free(row, taken, threshold + 1e-6)),
        "_no_threshold": greedy(lambda row, taken, _threshold: best_free(row, taken, 0)),
        "_objects_choose": objects_first,
        "_last_chooses": greedy(best_free, order=lambda rows: rows[::-1]),
        "_yes_or_no": lambda ious, threshold: [g >= 0 for g in greedy(best_free)(ious, threshold)],
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("detection.best_overlaps", lambda anchors, boxes: 1.0, "type"),
        ("detection.match", lambda ious, threshold: [0], "shape"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, stage):
    verdict = check(name, answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage), verdict


def test_every_table_has_a_fight_a_second_choice_and_a_tie_with_the_threshold():
    known = find("detection.match")
    for trial in range(known.trials):
        ious, threshold = known.arguments(trial)
        assert (ious[:3].argmax(1) == 1).all()
        assert (ious == threshold).any()
        assert -1 in known(ious, threshold)
