"""Exercises of lesson 06: suppress what overlaps something surer, among all boxes and within a class."""

import torch
import torchvision
from torch import Tensor

from vislearn import ops
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["suppress", "suppress_by_class"]

_BATCHED = [torchvision.ops.batched_nms, ops.batched_nms]
_FIXED_THRESHOLD = N_("The threshold is 0.5 here, whatever is asked for: compare with `iou_threshold`.")


@exercise(
    "vision.suppress",
    forbids=[torchvision.ops.nms, torch.ops.torchvision.nms, ops.nms, *_BATCHED],
    hints=[
        N_(
            "Take the surest box, keep it, drop whatever overlaps it too much. Then? The same again with what"
            " is left."
        ),
        N_(
            "`order = scores.argsort(descending=True)` holds indices, surest first. Each round: `best, rest ="
            " order[0], order[1:]`. Keep `best`; `rest` becomes the new `order`, without those dropped."
        ),
        N_(
            "`overlap = box_iou(boxes[best][None], boxes[rest])[0]` has one IoU for each of the rest, and "
            "`order = rest[overlap <= iou_threshold]`. Go on `while len(order) > 0`."
        ),
    ],
)
def suppress(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Write non-maximum suppression (NMS), without `torchvision.ops.nms`; `box_iou` is welcome.

    Args:
        boxes: (N, 4), float32, xyxy.
        scores: (N,), no two of them equal.
        iou_threshold: a box is dropped if its IoU with a kept box is above this; at it, it stays.

    Returns:
        (K,), int64: the indices of the boxes that are kept, the surest first.
    """
    from torchvision.ops import box_iou

    order = scores.argsort(descending=True)
    keep = []
    while len(order) > 0:
        best, rest = order[0], order[1:]
        keep.append(int(best))
        overlap = box_iou(boxes[best][None], boxes[rest])[0]
        order = rest[overlap <= iou_threshold]
    return torch.tensor(keep, dtype=torch.int64)


@suppress.inputs
def _crowd(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, float]:
    # For each threshold how far the chain's boxes lie apart: neighbours overlap by more, its ends by less.
    threshold, apart_by = ((0.5, 8), (0.25, 14), (0.75, 3))[trial % 3]
    chain = torch.tensor([[0.0, 0, 30, 40]]).repeat(3, 1)
    chain[:, ::2] += apart_by * torch.arange(3)[:, None]
    exact = torch.tensor([[100.0, 0, 120, 20], [100, 0, 120, 20 * threshold]])  # at the threshold, not above
    apart = torch.tensor([[0.0, 100, 30, 140], [100, 100, 140, 140]])
    jittered = apart.repeat(2, 1) + torch.randint(-2, 3, (4, 4), generator=generator)
    boxes = torch.cat([chain, exact, apart, jittered])
    # The chain's middle is surer than its right end, and the left end than both.
    scores = torch.cat(
        [torch.tensor([0.9, 0.8, 0.7]), torch.tensor([0.62, 0.55]), torch.rand(6, generator=generator)]
    )
    scores = scores + 0.001 * torch.rand(len(scores), generator=generator)
    mixed = torch.randperm(len(boxes), generator=generator)
    return boxes[mixed], scores[mixed], threshold


def _order(scores: Tensor) -> list[int]:
    return list(scores.argsort(descending=True).tolist())


def _indices(kept: list[int]) -> Tensor:
    return torch.tensor(kept, dtype=torch.int64)


@suppress.mistake(
    N_(
        "The least sure box comes first, so it drops the better ones. Sort downwards: "
        "`argsort(descending=True)`."
    )
)
def _least_sure_first(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, -scores, iou_threshold)


@suppress.mistake(
    N_(
        "The boxes speak in the order in which they were given; the scores play no role. Sort them by score "
        "first, surest first."
    )
)
def _as_given(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, -torch.arange(len(scores)).float(), iou_threshold)


@suppress.mistake(
    N_("A box exactly at the threshold is dropped. It stays: dropped is only what lies above, `>`.")
)
def _dropped_at_the_threshold(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, scores, iou_threshold - 1e-6)


@suppress.mistake(_FIXED_THRESHOLD)
def _always_half(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, scores, 0.5)


@suppress.mistake(
    N_(
        "You keep what overlaps and drop what doesn't: the threshold is taken the wrong way round. Boxes with"
        " an IoU *above* it go."
    )
)
def _wrong_way_round(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order, kept = _order(scores), []
    while order:
        best, *rest = order
        kept.append(best)
        overlap = ops.box_iou(boxes[[best]], boxes[rest])[0].tolist()
        order = [index for index, iou in zip(rest, overlap, strict=True) if iou > iou_threshold]
    return _indices(kept)


@suppress.mistake(
    N_(
        "These are the boxes themselves. Return their *indices*: with them one picks boxes, scores and labels"
        " alike."
    )
)
def _boxes_themselves(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return boxes[ops.nms(boxes, scores, iou_threshold)]


@suppress.mistake(N_("This is a mask with one truth value per box. Return indices, the surest box first."))
def _as_mask(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return torch.zeros(len(boxes), dtype=torch.bool).index_fill(
        0, ops.nms(boxes, scores, iou_threshold), True
    )


@suppress.mistake(
    N_(
        "These are places in the sorted order, not indices of the boxes as you were given them. Look them up:"
        " `order[place]`."
    )
)
def _places_in_the_order(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return scores.argsort(descending=True).argsort()[ops.nms(boxes, scores, iou_threshold)]


@suppress.mistake(
    N_(
        "The right boxes, in the order of their indices. The surest comes first: what cuts the list off later"
        " must cut off the worst."
    )
)
def _not_surest_first(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, scores, iou_threshold).sort().values


@suppress.mistake(
    N_(
        "A box that was dropped still drops others. Only boxes that are *kept* may: compare with those, round"
        " by round."
    )
)
def _dropped_ones_drop(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order = scores.argsort(descending=True)
    clash = (ops.box_iou(boxes[order], boxes[order]) > iou_threshold).triu(diagonal=1)
    return order[~clash.any(dim=0)]


@suppress.mistake(
    N_("There is only one round: what the surest box drops. The next one left must speak, too. Use a loop.")
)
def _one_round(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    order = scores.argsort(descending=True)
    overlap = ops.box_iou(boxes[order[:1]], boxes[order])[0]
    overlap[0] = 0
    return order[overlap <= iou_threshold]


@suppress.mistake(
    N_(
        "Each box is compared only with the one kept last. It may overlap one kept earlier: compare with all "
        "of them."
    )
)
def _only_the_last_kept(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    kept: list[int] = []
    for index in _order(scores):
        if not kept or ops.box_iou(boxes[[index]], boxes[[kept[-1]]]).item() <= iou_threshold:
            kept.append(index)
    return _indices(kept)


@exercise(
    "vision.suppress_by_class",
    forbids=_BATCHED,
    hints=[
        N_("Who may drop whom? Only boxes of the same class. So treat one class at a time."),
        N_(
            "For each `label` in `labels.unique()`: `mine = (labels == label).nonzero()[:, 0]` are the "
            "indices of its boxes. `nms(boxes[mine], scores[mine], iou_threshold)` counts *within* these: "
            "`mine[...]` translates back."
        ),
        N_(
            "Put the classes together with `torch.cat`, then bring all into one order: "
            "`kept[scores[kept].argsort(descending=True)]`."
        ),
    ],
)
def suppress_by_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    """Let NMS run within each class, without `batched_nms`: a cup never drops a cat. `nms` is welcome.

    Args:
        boxes: (N, 4), float32, xyxy, with N above 0.
        scores: (N,), no two of them equal.
        labels: (N,), int64: the class of each box.
        iou_threshold: as for `nms`.

    Returns:
        (K,), int64: the indices of the boxes that are kept, the surest of all first.
    """
    from torchvision.ops import nms

    kept = []
    for label in labels.unique():
        mine = (labels == label).nonzero()[:, 0]
        kept.append(mine[nms(boxes[mine], scores[mine], iou_threshold)])
    together = torch.cat(kept)
    return together[scores[together].argsort(descending=True)]


@suppress_by_class.inputs
def _crowd_of_classes(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, Tensor, float]:
    places = torch.tensor([[0.0, 0, 30, 40], [60, 10, 100, 50]]).repeat(6, 1)
    pair = torch.tensor([[200.0, 0, 230, 40], [212, 0, 242, 40]])  # IoU .43: one is dropped at .25 alone
    # Whoever writes down which there are is wrong; one is 0, as in the lesson, and some are neighbours.
    third = draw(80, generator) + 9
    classes = torch.tensor([0, 1, third, third + 1])[torch.randperm(4, generator=generator)]
    labels = classes[torch.tensor([0, 0, 1, 1, 0, 1, 1, 0, 2, 2, 3, 0, 1, 1])]
    boxes = torch.cat([places + torch.randint(-2, 3, places.shape, generator=generator), pair])
    # Of class 0 and of class 1: whoever moves classes apart by 100 pixels puts one on the other.
    apart = torch.tensor([[150.0, 150, 180, 190], [50, 50, 80, 90]])
    boxes, labels = torch.cat([boxes, apart]), torch.cat([labels, torch.tensor([0, 1])])
    scores = torch.rand(len(boxes), generator=generator)
    mixed = torch.randperm(len(boxes), generator=generator)
    return boxes[mixed], scores[mixed], labels[mixed], (0.5, 0.85, 0.25)[trial % 3]


def _by_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> list[Tensor]:
    kept = []
    for label in labels.unique():
        mine = (labels == label).nonzero()[:, 0]
        kept.append(mine[ops.nms(boxes[mine], scores[mine], iou_threshold)])
    return kept


@suppress_by_class.mistake(
    N_(
        "The classes are forgotten: a box of one class drops boxes of another, so a cat behind a cup is lost."
        " Compare within a class only."
    )
)
def _classes_forgotten(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    return ops.nms(boxes, scores, iou_threshold)


@suppress_by_class.mistake(
    N_(
        "The right boxes, but class after class. The surest of *all* comes first: sort the joined indices by "
        "their scores."
    )
)
def _class_after_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    return torch.cat(_by_class(boxes, scores, labels, iou_threshold))


@suppress_by_class.mistake(
    N_(
        "`nms` counts within the boxes you gave it, so these indices belong to the boxes of one class. "
        "Translate them back: `mine[...]`."
    )
)
def _counted_within_the_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    kept = []
    for label in labels.unique():
        mine = labels == label
        kept.append(ops.nms(boxes[mine], scores[mine], iou_threshold))
    together = torch.cat(kept)
    return together[scores[together].argsort(descending=True)]


@suppress_by_class.mistake(
    N_(
        "This keeps one box per class, its surest. A picture may hold several things of a class: NMS keeps "
        "one box per *place*."
    )
)
def _one_per_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    best = torch.stack([torch.where(labels == label, scores, -1.0).argmax() for label in labels.unique()])
    return best[scores[best].argsort(descending=True)]


@suppress_by_class.mistake(_FIXED_THRESHOLD)
def _always_half_by_class(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> Tensor:
    together = torch.cat(_by_class(boxes, scores, labels, 0.5))
    return together[scores[together].argsort(descending=True)]


@suppress_by_class.mistake(
    N_("This returns one tensor per class. Put them together: `torch.cat`, then sort by score.")
)
def _a_list_of_classes(boxes: Tensor, scores: Tensor, labels: Tensor, iou_threshold: float) -> list[Tensor]:
    return _by_class(boxes, scores, labels, iou_threshold)
