"""Lesson 06's suppression: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision import ops

from vislearn.exercises import check
from vislearn.exercises.registry import find


def loop(
    *,
    order=lambda scores: sorted(range(len(scores)), key=lambda i: -scores[i]),
    drops=lambda iou, threshold: iou > threshold,
    against=lambda kept, _seen: kept,
    answer=lambda kept, _order: kept,
):
    """NMS box by box over Python numbers, any part of which can be wrong."""

    def suppress(boxes, scores, iou_threshold):
        overlap = ops.box_iou(boxes, boxes).tolist()
        ranked, kept, seen = order(scores.tolist()), [], []
        for index in ranked:
            if not any(drops(overlap[index][other], iou_threshold) for other in against(kept, seen)):
                kept.append(index)
            seen.append(index)
        return answer(kept, ranked)

    return suppress


def with_mask(boxes, scores, iou_threshold):
    alive, keep = torch.ones(len(boxes), dtype=torch.bool), []
    while alive.any():
        best = torch.where(alive, scores, -torch.inf).argmax()
        keep.append(best)
        alive &= ops.box_iou(boxes[best].unsqueeze(0), boxes)[0] <= iou_threshold
    return torch.stack(keep)


def in_place(boxes, scores, iou_threshold):
    keep = []
    for _round in range(len(boxes)):
        best = int(scores.argmax())
        if scores[best] < 0:
            break
        keep.append(best)
        scores[ops.box_iou(boxes[best : best + 1], boxes)[0] > iou_threshold] = -1
    return torch.tensor(keep)


def apart_by_offset(boxes, scores, labels, iou_threshold):
    return ops.nms(boxes + labels[:, None] * 1000, scores, iou_threshold)


def one_loop(boxes, scores, labels, iou_threshold):
    keep = []
    for index in scores.argsort(descending=True).tolist():
        mine = [other for other in keep if labels[other] == labels[index]]
        if not mine or ops.box_iou(boxes[[index]], boxes[mine]).max() <= iou_threshold:
            keep.append(index)
    return keep


def crossed_out(boxes, scores, labels, iou_threshold):
    """One matrix of who may drop whom; classes that differ never may."""
    order = scores.argsort(descending=True)
    overlap = ops.box_iou(boxes[order], boxes[order]) * (labels[order, None] == labels[order])
    alive = torch.ones(len(order), dtype=torch.bool)
    for at in range(len(order)):
        if alive[at]:
            alive[at + 1 :] &= overlap[at, at + 1 :] <= iou_threshold
    return order[alive]


def by_class(finish, pick=lambda mine, kept: mine[kept]):
    def suppress(boxes, scores, labels, iou_threshold):
        parts = []
        for label in sorted(set(labels.tolist())):
            mine = torch.where(labels == label)[0]
            parts.append(pick(mine, ops.nms(boxes[mine], scores[mine], iou_threshold)))
        return finish(parts, scores)

    return suppress


def joined_surest_first(parts, scores):
    return torch.tensor(sorted(torch.cat(parts).tolist(), key=lambda i: -scores[i]))


def surest_of_each(boxes, scores, labels, iou_threshold):
    best = {}
    for index in scores.argsort().tolist():
        best[labels[index].item()] = index
    return sorted(best.values(), key=lambda i: -scores[i])


RIGHT = {
    "vision.suppress": [
        lambda boxes, scores, threshold: np.array(loop()(boxes, scores, threshold)),
        lambda boxes, scores, threshold: with_mask(boxes.double(), scores, threshold).int(),
        loop(),
        with_mask,
        in_place,
    ],
    "vision.suppress_by_class": [
        apart_by_offset,
        one_loop,
        by_class(joined_surest_first),
        crossed_out,
        lambda boxes, scores, labels, threshold: np.array(
            one_loop(boxes.double(), scores, labels, threshold)
        ),
    ],
}

UNLISTED = {
    "vision.suppress": [
        ops.nms,
        torch.ops.torchvision.nms,
        lambda boxes, scores, threshold: ops.batched_nms(boxes, scores, torch.zeros(len(boxes)), threshold),
        lambda boxes, scores, threshold: with_mask(boxes, scores, min(threshold, 0.6)),
        lambda boxes, scores, threshold: with_mask(boxes, scores, threshold)[:3],
        lambda boxes, scores, threshold: with_mask(boxes, scores, threshold).float(),
    ],
    "vision.suppress_by_class": [
        ops.batched_nms,
        lambda *given: torch.tensor(one_loop(*given))[:5],
        lambda boxes, scores, labels, threshold: one_loop(boxes, scores, labels.clamp(max=5), threshold),
        lambda boxes, scores, labels, threshold: one_loop(boxes, -scores, labels, threshold),
        lambda boxes, scores, labels, threshold: one_loop(boxes, scores, labels, 1 - threshold),
        lambda *given: [at for at in one_loop(*given) if given[2][at] > 0],
        lambda boxes, scores, labels, threshold: apart_by_offset(boxes, scores, labels / 10, threshold),
    ],
}


WRONG = {
    "vision.suppress": {
        "_least_sure_first": loop(order=lambda scores: sorted(range(len(scores)), key=lambda i: scores[i])),
        "_as_given": loop(order=lambda scores: range(len(scores))),
        "_dropped_at_the_threshold": loop(drops=lambda iou, threshold: iou >= threshold),
        "_always_half": loop(drops=lambda iou, _threshold: iou > 0.5),
        "_wrong_way_round": loop(drops=lambda iou, threshold: iou <= threshold),
        "_boxes_themselves": lambda boxes, scores, threshold: [
            boxes[index] for index in ops.nms(boxes, scores, threshold)
        ],
        "_as_mask": lambda boxes, scores, threshold: (
            torch.arange(len(boxes))[:, None] == ops.nms(boxes, scores, threshold)
        ).any(1),
        "_places_in_the_order": loop(answer=lambda kept, order: [order.index(index) for index in kept]),
        "_not_surest_first": loop(answer=lambda kept, _order: sorted(kept)),
        "_dropped_ones_drop": loop(against=lambda _kept, seen: seen),
        "_one_round": loop(against=lambda kept, _seen: kept[:1]),
        "_only_the_last_kept": loop(against=lambda kept, _seen: kept[-1:]),
    },
    "vision.suppress_by_class": {
        "_classes_forgotten": lambda boxes, scores, labels, threshold: loop()(boxes, scores, threshold),
        "_class_after_class": by_class(lambda parts, _scores: torch.cat(parts)),
        "_counted_within_the_class": by_class(joined_surest_first, pick=lambda _mine, kept: kept),
        "_one_per_class": surest_of_each,
        "_always_half_by_class": lambda boxes, scores, labels, _threshold: one_loop(
            boxes, scores, labels, 0.5
        ),
        "_a_list_of_classes": by_class(lambda parts, _scores: tuple(parts)),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("vision.suppress", lambda boxes, scores, threshold: len(boxes), "the number 11 returned"),
        ("vision.suppress", lambda boxes, scores, threshold: boxes[scores], "IndexError"),
        ("vision.suppress", lambda boxes, scores, threshold: ops.nms(boxes, scores, 0.9), "expected"),
        ("vision.suppress_by_class", lambda *given: ops.batched_nms(*given)[:-1], "shape"),
        ("vision.suppress", ops.nms, "`nms` computes them"),
        ("vision.suppress_by_class", ops.batched_nms, "`batched_nms` computes them"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_tell_the_sides_of_the_threshold_and_a_chain_apart():
    exercise = find("vision.suppress")
    for trial in range(exercise.trials):
        boxes, scores, threshold = exercise.arguments(trial)
        overlap = ops.box_iou(boxes, boxes)
        assert (overlap == threshold).any()
        assert len(scores.unique()) == len(scores)
