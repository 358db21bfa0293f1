"""Lesson 12's kinds of box: many ways to be right, and other ways to make each mistake."""

import torch
from torchvision.ops import box_iou

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "detector.kind_of_box"


def in_a_loop(box, label, boxes, labels, taken):
    found = set()
    for other, name, used in zip(boxes, labels, taken, strict=True):
        overlap = float(box_iou(box[None], other[None]))
        if overlap >= 0.5 and name == label:
            found.add("duplicate" if used else "right")
        elif overlap >= 0.5:
            found.add("wrong class")
        elif overlap >= 0.1:
            found.add("badly placed")
    order = ["right", "duplicate", "wrong class", "badly placed"]
    return next((kind for kind in order if kind in found), "background")


def by_largest(box, label, boxes, labels, taken):
    overlap = torch.cat([box_iou(box[None], boxes)[0], torch.zeros(1)])
    same = torch.cat([labels == label, torch.tensor([False])])
    free = torch.cat([~taken, torch.tensor([False])])
    if (overlap * same * free).max() >= 0.5:
        return "right"
    if (overlap * same).max() >= 0.5:
        return "duplicate"
    return "wrong class" if overlap.max() >= 0.5 else "badly placed" if overlap.max() >= 0.1 else "background"


def without_torchvision(box, label, boxes, labels, taken):
    def iou(other):
        left, top = max(box[0], other[0]), max(box[1], other[1])
        right, bottom = min(box[2], other[2]), min(box[3], other[3])
        shared = max(right - left, 0) * max(bottom - top, 0)
        area = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
        return shared / (sum(area) - shared)

    overlaps = [float(iou(other)) for other in boxes]
    mine = [
        not used
        for overlap, name, used in zip(overlaps, labels, taken, strict=True)
        if overlap >= 0.5 and name == label
    ]
    if mine:
        return "right" if any(mine) else "duplicate"
    best = max(overlaps, default=0)
    return "wrong class" if best >= 0.5 else "badly placed" if best >= 0.1 else "background"


def by_early_return(box, label, boxes, labels, taken):
    if len(boxes) == 0:
        return "background"
    overlap = box_iou(boxes, box[None])[:, 0]
    if overlap.max() < 0.1:
        return "background"
    if overlap.max() < 0.5:
        return "badly placed"
    close = labels[overlap >= 0.5] == label
    if not close.any():
        return "wrong class"
    return "duplicate" if taken[overlap >= 0.5][close].all() else "right"


def by_numpy(box, label, boxes, labels, taken):
    overlap = box_iou(box.reshape(1, 4), boxes).numpy().ravel()
    mine = overlap[labels.numpy() == label.item()]
    free = overlap[(labels.numpy() == label.item()) & ~taken.numpy()]
    kinds = [("right", free, 0.5), ("duplicate", mine, 0.5), ("wrong class", overlap, 0.5)]
    for kind, values, least in [*kinds, ("badly placed", overlap, 0.1)]:
        if values.max(initial=0) >= least:
            return kind
    return "background"


def built(*, taken_too=True, class_too=True, best_only=False, low=0.1, poor="badly placed"):
    """An answer put together from parts, any of which can be wrong."""

    def answer(box, label, boxes, labels, taken):
        overlap = box_iou(box[None], boxes)[0]
        if best_only and len(overlap):
            at = [int(overlap.argmax())]
            overlap, labels, taken = overlap[at], labels[at], taken[at]
        same = labels == label if class_too else torch.ones_like(taken)
        close = (overlap >= 0.5) & same
        if (close & ~taken if taken_too else close).any():
            return "right"
        if close.any():
            return "duplicate"
        if (overlap >= 0.5).any():
            return "wrong class"
        return poor if (overlap >= low).any() else "background"

    return answer


def kind_by(overlap, label, labels, taken, least=0.5):
    close, same = overlap >= least, labels == label
    if (close & same).any():
        return "right" if (close & same & ~taken).any() else "duplicate"
    return "wrong class" if close.any() else "badly placed" if (overlap >= 0.1).any() else "background"


def strictly_above(box, label, boxes, labels, taken):
    """What is added to the union to avoid a division by zero takes the edges away."""
    left, top = torch.maximum(box[:2], boxes[:, :2]).unbind(1)
    right, bottom = torch.minimum(box[2:], boxes[:, 2:]).unbind(1)
    shared = (right - left).clamp(min=0) * (bottom - top).clamp(min=0)
    area = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    return kind_by(shared / (area - shared + 0.001), label, labels, taken)


def duplicates_first(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    again = ((overlap >= 0.5) & (labels == label) & taken).any()
    return "duplicate" if again else kind_by(overlap, label, labels, taken)


def wrong_class_first(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    close, same = overlap >= 0.5, labels == label
    if (close & same & ~taken).any():
        return "right"
    if (close & ~same).any():
        return "wrong class"
    return "duplicate" if close.any() else "badly placed" if (overlap >= 0.1).any() else "background"


def counted(*, near=max, close=max, whose=lambda mine, used: True):
    """By the largest overlaps, or by their sums, for "badly placed" with objects of some kind alone."""

    def answer(box, label, boxes, labels, taken):
        overlaps = box_iou(box[None], boxes)[0].tolist()
        found = list(zip(overlaps, (labels == label).tolist(), taken.tolist(), strict=True))
        if close([iou for iou, mine, used in found if mine and not used] or [0]) >= 0.5:
            return "right"
        if close([iou for iou, mine, _used in found if mine] or [0]) >= 0.5:
            return "duplicate"
        if close(overlaps or [0]) >= 0.5:
            return "wrong class"
        return (
            "badly placed"
            if near([iou for iou, mine, used in found if whose(mine, used)] or [0]) >= 0.1
            else "background"
        )

    return answer


def with_max(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    return "background" if overlap.max() < 0.1 else kind_by(overlap, label, labels, taken)


def with_max_of_a_list(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    return "background" if max(list(overlap)) < 0.1 else kind_by(overlap, label, labels, taken)


def with_argmax(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    return "background" if overlap[overlap.argmax()] < 0.1 else kind_by(overlap, label, labels, taken)


def the_best(box, label, boxes, labels, taken):
    overlap = box_iou(box[None], boxes)[0]
    at = overlap.argmax().item()
    return kind_by(overlap[[at]], label, labels[[at]], taken[[at]])


RIGHT = {NAME: [in_a_loop, by_largest, without_torchvision, by_early_return, by_numpy]}


WRONG = {
    NAME: {
        "_taken_ignored": built(taken_too=False),
        "_class_ignored": built(class_too=False),
        "_only_the_best": built(best_only=True),
        "_never_badly_placed": built(poor="background"),
        "_any_overlap": built(low=1e-9),
        "_strictly_above": strictly_above,
        "_near_ones_added_up": counted(near=sum),
        "_close_ones_added_up": counted(close=sum),
        "_all_added_up": counted(near=sum, close=sum),
        "_near_ones_not_taken": counted(whose=lambda mine, used: not used),
        "_near_ones_of_its_class": counted(whose=lambda mine, used: mine),
        "_duplicate_first": duplicates_first,
        "_wrong_class_first": wrong_class_first,
        "_max_of_nothing": with_max,
        "_max_of_an_empty_list": with_max_of_a_list,
        "_argmax_of_nothing": with_argmax,
        "_only_the_best_of_some": the_best,
    },
}


def other_words(*given):
    return find(NAME).reference(*given).upper()


def a_number(*given):
    return len(find(NAME).reference(*given))


def always_right(*_given):
    return "right"


def loose(box, label, boxes, labels, taken):
    return "right" if (box_iou(box[None], boxes)[0] >= 0.2).any() else "background"


def always_background(*_given):
    return "background"


def strict(box, label, boxes, labels, taken):
    """Only nearly the whole of an object counts."""
    overlap = box_iou(box[None], boxes)[0]
    return kind_by(overlap, label, labels, taken, least=0.75)


def unclamped(box, label, boxes, labels, taken):
    """Two negative sides make a positive area."""
    sides = torch.minimum(box[2:], boxes[:, 2:]) - torch.maximum(box[:2], boxes[:, :2])
    shared = sides.prod(dim=1)
    area = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    return kind_by(shared / (area - shared), label, labels, taken)


def of_the_box_alone(box, label, boxes, labels, taken):
    sides = torch.minimum(box[2:], boxes[:, 2:]) - torch.maximum(box[:2], boxes[:, :2])
    return kind_by(sides.clamp(min=0).prod(dim=1) / (box[2:] - box[:2]).prod(), label, labels, taken)


UNLISTED = {
    NAME: [
        *(other_words, a_number, always_right, loose, always_background),
        *(strict, unclamped, of_the_box_alone),
    ]
}


def test_every_kind_comes_up_in_the_trials():
    exercise = find(NAME)
    kinds = {exercise.reference(*exercise.arguments(trial)) for trial in range(exercise.trials)}
    assert kinds == {"right", "duplicate", "wrong class", "badly placed", "background"}


def test_no_objects_is_among_the_trials():
    exercise = find(NAME)
    assert any(len(exercise.arguments(trial)[2]) == 0 for trial in range(exercise.trials))


def test_a_word_with_another_spelling_is_wrong():
    assert check(NAME, other_words).status == "wrong"
