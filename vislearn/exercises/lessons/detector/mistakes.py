"""Exercise of lesson 12: what kind of box is this, right or wrong in which way?"""

import torch
from torch import Tensor
from torchvision.ops import box_iou

from vislearn.exercises.registry import N_, exercise

__all__ = ["kind_of_box"]


@exercise(
    "detector.kind_of_box",
    trials=24,
    hints=[
        N_("One line gives all overlaps: `overlap = box_iou(box[None], boxes)[0]`. Then ask in order."),
        N_(
            "`close = overlap >= 0.5` and `same = labels == label` are masks. Right: somewhere close and "
            "same and not taken. Duplicate: somewhere close and same. Wrong class: somewhere close."
        ),
        N_(
            'What is left is no closer than .5: `"badly placed"` if `(overlap >= 0.1).any()`, else '
            '`"background"`. `.any()` of an empty mask is False, so a picture without objects needs no case.'
        ),
    ],
)
def kind_of_box(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    """Say of one predicted box what it is.

    Ask in this order, IoU being that of the box with an object:

    - "right": IoU >= .5 with an object of its class that is not taken;
    - "duplicate": IoU >= .5 with an object of its class, but taken;
    - "wrong class": IoU >= .5 with an object of another class;
    - "badly placed": IoU >= .1 with an object, of whatever class;
    - "background": none of these.

    Args:
        box: (4,), left, top, right, bottom.
        label: (), what the detector calls it.
        boxes: (N, 4), the objects of the picture; N may be 0.
        labels: (N,), their classes.
        taken: bool (N,), whether a surer box has found the object already.

    Returns:
        One of the five words.
    """
    overlap = box_iou(box[None], boxes)[0]
    close, same = overlap >= 0.5, labels == label
    if (close & same & ~taken).any():
        return "right"
    if (close & same).any():
        return "duplicate"
    if close.any():
        return "wrong class"
    return "badly placed" if (overlap >= 0.1).any() else "background"


@kind_of_box.inputs
def _picture(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """One after another: each kind, the ones that look alike, the edges, and a picture without objects."""
    case = trial % len(_CASES)
    offsets, label, other_label, taken = _CASES[case]
    left, top = (20 + 20 * torch.rand(2, generator=generator)).round().tolist()
    object_box = torch.tensor([left, top, left + 20, top + 20])
    boxes = torch.stack(
        [torch.tensor([100.0, 90, 120, 115]), object_box, object_box + torch.tensor([1.0, 2, 1, 2])]
    )
    labels = torch.tensor([5, 3, other_label])
    box = object_box + torch.tensor(offsets)
    here = torch.tensor([False, *taken])
    if case == len(_CASES) - 1:
        boxes, labels, here = boxes[:0], labels[:0], here[:0]
    order = torch.randperm(len(boxes), generator=generator)
    return box, torch.tensor(label), boxes[order], labels[order], here[order]


# How far the box's edges lie from those of its object, a 3 of 20 × 20 pixels; what the box is called; the
# class of the object beside, which overlaps the box a little less; who is taken.
_ON_IT, _BESIDE = (1.0, 0.0, 1.0, 0.0), (12.0, 0.0, 12.0, 0.0)
_CASES = [
    (_ON_IT, 3, 7, (False, False)),  # right
    (_ON_IT, 3, 7, (True, False)),  # duplicate
    (_ON_IT, 3, 3, (True, False)),  # one taken, the other still free: right
    (_ON_IT, 4, 7, (False, False)),  # wrong class
    (_ON_IT, 4, 7, (True, True)),  # wrong class, taken or not
    (_BESIDE, 3, 7, (False, False)),  # badly placed
    (_BESIDE, 4, 7, (False, False)),  # badly placed and wrong class
    ((60.0, 0.0, 60.0, 0.0), 3, 7, (False, False)),  # background
    (_ON_IT, 5, 7, (False, False)),  # its class lies elsewhere: wrong class
    ((19.0, 0.0, 19.0, 0.0), 3, 7, (False, False)),  # touches, below .1: background
    (_ON_IT, 3, 7, (False, True)),  # the neighbour is taken: right
    (_ON_IT, 7, 7, (False, False)),  # its class is that of the one beside: right
    ((0.0, 0.0, -10.0, 0.0), 3, 7, (False, False)),  # half of the object, IoU exactly .5: right
    ((0.0, 0.0, -18.0, 0.0), 3, 7, (False, False)),  # a strip of it, IoU exactly .1: badly placed
    ((34.0, 34.0, 34.0, 34.0), 3, 7, (False, False)),  # apart in both directions: background
    (_BESIDE, 3, 3, (True, True)),  # badly placed, though all that is near is taken
    ((17.5, 0.0, 17.5, 0.0), 3, 7, (False, False)),  # below .1 with either, above it with both: background
    (_ON_IT, 3, 7, (False, False)),  # no objects at all: background
]


@kind_of_box.mistake(
    N_(
        "A second box on the same object was called right. An object can be found once: whether it is "
        "`taken` decides between right and duplicate."
    )
)
def _taken_ignored(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    return kind_of_box(box, label, boxes, labels, torch.zeros_like(taken))


@kind_of_box.mistake(
    N_(
        "The class was not looked at: a well-placed box with the wrong name is no right one. Compare "
        "`labels` with `label`."
    )
)
def _class_ignored(box: Tensor, _label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    return kind_of_box(box, torch.tensor(1), boxes, torch.ones_like(labels), taken)


@kind_of_box.mistake(
    N_(
        "Only the object with the largest overlap was looked at. If it is taken or of another class, a "
        "second object, also with an IoU of .5, may make the box right: ask about all that are close."
    )
)
def _only_the_best(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    if not len(boxes):
        return "background"
    best = box_iou(box[None], boxes)[0].argmax()[None]
    return kind_of_box(box, label, boxes[best], labels[best], taken[best])


@kind_of_box.mistake(
    N_(
        'A box that overlaps an object a little, by .1 to .5, was called "background". It has seen something '
        'and placed it badly: "badly placed".'
    )
)
def _never_badly_placed(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    kind = kind_of_box(box, label, boxes, labels, taken)
    return "background" if kind == "badly placed" else kind


@kind_of_box.mistake(
    N_(
        "Any overlap at all was called badly placed. Boxes that touch an object by less than .1 have found "
        'nothing: "background".'
    )
)
def _any_overlap(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    kind = kind_of_box(box, label, boxes, labels, taken)
    touches = bool((box_iou(box[None], boxes)[0] > 0).any())
    return "badly placed" if kind == "background" and touches else kind


@kind_of_box.mistake(
    N_(
        "All is right but the edges: an IoU of exactly .5 counts, and so does one of .1. Ask with `>=`, not "
        "with `>`, and add nothing to the union."
    )
)
def _strictly_above(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    smaller = box_iou(box[None], boxes)[0] - 1e-4  # no other IoU here lies so near
    close, same = smaller >= 0.5, labels == label
    for word, found in (
        ("right", close & same & ~taken),
        ("duplicate", close & same),
        ("wrong class", close),
        ("badly placed", smaller >= 0.1),
    ):
        if found.any():
            return word
    return "background"


# Three places to add the overlaps up, told the same.
_ADDED_UP = N_(
    "The overlaps with several objects were added up. A box lies on one object at a time: ask whether it has "
    "enough with any single one, `(overlap >= 0.1).any()`."
)


def _by_shares(
    overlap: Tensor, mine: Tensor, taken: Tensor, *, close: bool = False, near: bool = True
) -> str:
    """The words by sums of overlaps, where asked, else by each."""

    def enough(mask: Tensor, least: float, added: bool) -> bool:
        share = overlap * mask
        return bool(share.sum() >= least if added else (share >= least).any())

    for word, mask, least, added in (
        ("right", mine & ~taken, 0.5, close),
        ("duplicate", mine, 0.5, close),
        ("wrong class", torch.ones_like(mine), 0.5, close),
        ("badly placed", torch.ones_like(mine), 0.1, near),
    ):
        if enough(mask, least, added):
            return word
    return "background"


@kind_of_box.mistake(_ADDED_UP)
def _near_ones_added_up(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    return _by_shares(box_iou(box[None], boxes)[0], labels == label, taken)


@kind_of_box.mistake(_ADDED_UP)
def _close_ones_added_up(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    return _by_shares(box_iou(box[None], boxes)[0], labels == label, taken, close=True, near=False)


@kind_of_box.mistake(_ADDED_UP)
def _all_added_up(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    return _by_shares(box_iou(box[None], boxes)[0], labels == label, taken, close=True)


@kind_of_box.mistake(
    N_(
        'Objects that are taken were left out when it came to "badly placed". That word asks about every '
        "object: a box beside a taken one has seen something, and placed it badly."
    )
)
def _near_ones_not_taken(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    kind = kind_of_box(box, label, boxes, labels, taken)
    near = box_iou(box[None], boxes)[0] >= 0.1
    return "background" if kind == "badly placed" and not (near & ~taken).any() else kind


@kind_of_box.mistake(
    N_(
        'Objects of other classes were left out when it came to "badly placed". That word asks about every '
        "object, of whatever class."
    )
)
def _near_ones_of_its_class(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    kind = kind_of_box(box, label, boxes, labels, taken)
    near = box_iou(box[None], boxes)[0] >= 0.1
    return "background" if kind == "badly placed" and not (near & (labels == label)).any() else kind


@kind_of_box.mistake(
    N_(
        '"duplicate" was asked before "right". A taken object of its class may lie beside one that is still '
        "free: then the box is right. Ask in the order of the task."
    )
)
def _duplicate_first(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    again = (box_iou(box[None], boxes)[0] >= 0.5) & (labels == label) & taken
    return "duplicate" if again.any() else kind_of_box(box, label, boxes, labels, taken)


@kind_of_box.mistake(
    N_(
        '"wrong class" was asked before "duplicate". Beside a taken object of its class an object of another '
        "may lie: the box is a duplicate then. Ask in the order of the task."
    )
)
def _wrong_class_first(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    kind = kind_of_box(box, label, boxes, labels, taken)
    other = (box_iou(box[None], boxes)[0] >= 0.5) & (labels != label)
    return "wrong class" if kind == "duplicate" and other.any() else kind


# torch and Python have an error of their own for each.
_NO_LARGEST = N_(
    "Of a picture without objects nothing is the largest: N may be 0, and `max` and `argmax` then fail. "
    "`(overlap >= 0.5).any()` is simply False there."
)


@kind_of_box.mistake(_NO_LARGEST)
def _max_of_nothing(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    box_iou(box[None], boxes)[0].max()
    return kind_of_box(box, label, boxes, labels, taken)


@kind_of_box.mistake(_NO_LARGEST)
def _max_of_an_empty_list(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    max(box_iou(box[None], boxes)[0].tolist())
    return kind_of_box(box, label, boxes, labels, taken)


@kind_of_box.mistake(_NO_LARGEST)
def _argmax_of_nothing(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    box_iou(box[None], boxes)[0].argmax()
    return kind_of_box(box, label, boxes, labels, taken)


@kind_of_box.mistake(
    N_(
        "Only the object with the largest overlap was looked at, and a picture without objects has none: "
        "`argmax` fails there. Ask about all that are close, `(overlap >= 0.5).any()`: no case of its own."
    )
)
def _only_the_best_of_some(box: Tensor, label: Tensor, boxes: Tensor, labels: Tensor, taken: Tensor) -> str:
    best = box_iou(box[None], boxes)[0].argmax()[None]
    return kind_of_box(box, label, boxes[best], labels[best], taken[best])
