"""Exercises of lesson 04: do the anchors fit, and which detection found which object?"""

from collections.abc import Callable

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["best_overlaps", "match"]


@exercise(
    "detection.best_overlaps",
    hints=[
        N_(
            "IoU is intersection over union. The intersection of two boxes starts at the larger of the left "
            "edges and ends at the smaller of the right ones; the same holds for top and bottom."
        ),
        N_(
            "Every anchor against every object at once: `anchors[:, None]` is (A, 1, 4), `boxes[None]` is "
            "(1, M, 4). `torch.maximum(anchors[:, None, :2], boxes[None, :, :2])` is (A, M, 2), the upper "
            "left corners of the intersections."
        ),
        N_(
            "The sides are `(lower_right - upper_left).clamp(min=0)`, the intersection their product, the "
            "union area of one plus area of the other minus the intersection. At the end `.amax(dim=0)`: "
            "over the anchors."
        ),
    ],
)
def best_overlaps(anchors: Tensor, boxes: Tensor) -> Tensor:
    """Say for each object how well the best of all anchors fits it, as IoU.

    IoU of two boxes is the area of their intersection divided by the area of their union: 0 if they do not
    touch, 1 if they are the same.

    Args:
        anchors: (A, 4), float32: left, top, right, bottom.
        boxes: (M, 4), float32, the objects, likewise.

    Returns:
        (M,), float32: for each object the largest IoU with any anchor.
    """
    upper_left = torch.maximum(anchors[:, None, :2], boxes[None, :, :2])  # (A, M, 2)
    lower_right = torch.minimum(anchors[:, None, 2:], boxes[None, :, 2:])  # (A, M, 2)
    intersection = (lower_right - upper_left).clamp(min=0).prod(dim=2)  # (A, M)
    anchor_areas = (anchors[:, 2:] - anchors[:, :2]).prod(dim=1)
    box_areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    union = anchor_areas[:, None] + box_areas[None] - intersection  # (A, M)
    return (intersection / union).amax(dim=0)


@best_overlaps.inputs
def _places(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    objects = 2 + draw(3, generator)
    corners = torch.rand(objects, 2, generator=generator) * 60
    boxes = torch.cat([corners, corners + 12 + 20 * torch.rand(objects, 2, generator=generator)], dim=1)
    near = boxes + 6 * torch.randn(objects, 4, generator=generator)  # one anchor near each object
    far = 200 + 90 * torch.rand(3, 2, generator=generator)  # and three that touch nothing
    anchors = torch.cat([near, torch.cat([far, far + 15], dim=1)])
    return anchors[torch.randperm(len(anchors), generator=generator)], boxes


def _ious(
    anchors: Tensor, boxes: Tensor, *, pixel: float = 0, clamp: bool = True, minus: float = 1
) -> Tensor:
    """IoU (A, M) with one thing left out or put in."""
    sides = torch.minimum(anchors[:, None, 2:], boxes[None, :, 2:]) + pixel
    sides = sides - torch.maximum(anchors[:, None, :2], boxes[None, :, :2])
    shared = (sides.clamp(min=0) if clamp else sides).prod(dim=2)
    areas = [(rows[:, 2:] - rows[:, :2] + pixel).prod(dim=1) for rows in (anchors, boxes)]
    return shared / (areas[0][:, None] + areas[1][None] - minus * shared)


@best_overlaps.mistake(
    N_(
        "The union counts the shared part twice. It is the sum of both areas *minus* the intersection; two "
        "equal boxes would else have the IoU 0.5."
    )
)
def _union_too_large(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes, minus=0).amax(dim=0)


@best_overlaps.mistake(
    N_(
        "Boxes that do not touch get an overlap: their sides are both negative, and minus times minus is "
        "plus. Clamp the sides to 0 before you multiply them."
    )
)
def _never_clamped(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes, clamp=False).amax(dim=0)


@best_overlaps.mistake(
    N_(
        "One value per anchor. The question is asked for each object: take the largest over the anchors, the "
        "other axis."
    )
)
def _per_anchor(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes).amax(dim=1)


@best_overlaps.mistake(
    N_("This is the whole table of IoUs, every anchor with every object. Keep the best for each object.")
)
def _whole_table(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes)


@best_overlaps.mistake(
    N_("These are the numbers of the best anchors. You are asked how well they fit: the IoU.")
)
def _which_anchor(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes).argmax(dim=0)


@best_overlaps.mistake(
    N_(
        "This divides by the object's area alone, so an anchor as large as the picture would fit everything. "
        "Divide by the union."
    )
)
def _share_of_object(anchors: Tensor, boxes: Tensor) -> Tensor:
    ious = _ious(anchors, boxes, minus=0)  # shared / (a + b)
    sums = _areas(anchors)[:, None] + _areas(boxes)[None]
    return (ious * sums / _areas(boxes)).amax(dim=0)


@best_overlaps.mistake(
    N_(
        "Each side is one pixel too long. Old data sets counted that way; torchvision's right and lower "
        "edges lie just outside: the width is right minus left."
    )
)
def _one_pixel_more(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes, pixel=1).amax(dim=0)


@best_overlaps.mistake(
    N_("This is the mean over all anchors, most of which are nowhere near. An object needs one that fits.")
)
def _mean_of_all(anchors: Tensor, boxes: Tensor) -> Tensor:
    return _ious(anchors, boxes).mean(dim=0)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)


@exercise(
    "detection.match",
    hints=[
        N_(
            "Go through the detections in their order, the surest first. Each may choose one object. What "
            "must you remember from one to the next?"
        ),
        N_(
            "Keep a set of objects that are still free. A detection looks only at those, takes the one with "
            "the largest IoU if that is at least `threshold`, and removes it from the set."
        ),
        N_(
            "`best = max(free, key=lambda g: ious[d, g])` finds it among the free ones, if there are any; "
            "append `best` and `free.remove(best)`, or append -1."
        ),
    ],
)
def match(ious: Tensor, threshold: float) -> Tensor:
    """Say which object each detection found, by COCO's rule.

    The surest detection chooses first. Each takes, of the objects that nobody has taken before, the one with
    the largest IoU, if that IoU is at least the threshold. Otherwise it has found nothing.

    Args:
        ious: (D, G), float32: IoU of each detection with each object; the surest detection comes first.
        threshold: from which IoU on an object counts as found.

    Returns:
        (D,), int64: for each detection the number of its object, 0 … G-1, or -1.
    """
    free = set(range(ious.shape[1]))
    found = []
    for row in ious.tolist():
        best = max(free, key=lambda g: row[g], default=-1)
        if best >= 0 and row[best] >= threshold:
            found.append(best)
            free.remove(best)
        else:
            found.append(-1)
    return torch.tensor(found)


@match.inputs
def _crowded(generator: torch.Generator) -> tuple[Tensor, float]:
    objects = 3 + draw(2, generator)
    detections = objects + 2 + draw(2, generator)  # more than objects: somebody must go away empty
    threshold = (0.5, 0.75)[draw(2, generator)]
    ious = torch.rand(detections, objects, generator=generator) * 0.98
    # the first three want the same object; the third has a good second choice
    ious[:3, 1] = 0.8 + 0.19 * torch.rand(3, generator=generator)
    ious[0, 0], ious[1, 0], ious[1, 2], ious[2, 2] = threshold + 0.02, 0.1, 0.15, threshold + 0.04
    ious[3], ious[3, 0] = ious[3] * 0.4, threshold  # reaches the threshold, no more
    return ious, threshold


def _by(
    ious: Tensor, threshold: float, choose: Callable[[list[float], set[int]], int], keep: bool = False
) -> Tensor:
    """Matching with another way to choose; ``keep`` leaves taken objects free."""
    free, found = set(range(ious.shape[1])), []
    for row in ious.tolist():
        best = choose(row, free)
        taken = best in free and row[best] >= threshold
        found.append(best if taken else -1)
        if taken and not keep:
            free.discard(best)
    return torch.tensor(found)


def _best(row: list[float], free: set[int]) -> int:
    return max(free, key=row.__getitem__, default=-1)


@match.mistake(
    N_(
        "An object is found twice. The second box on it is a duplicate and must count as wrong: remember "
        "which objects are taken."
    )
)
def _found_twice(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, threshold, _best, keep=True)


@match.mistake(
    N_(
        "A detection whose favourite is taken gives up here. That is the rule of PASCAL VOC. By COCO's it "
        "takes the best of the objects that are still free."
    )
)
def _gives_up(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, threshold, lambda row, _free: row.index(max(row)))


@match.mistake(
    N_("Any object above the threshold is taken, the first in the row. Take the one with the largest IoU.")
)
def _first_that_will_do(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, threshold, lambda row, free: next((g for g in sorted(free) if row[g] >= threshold), -1))


@match.mistake(N_("An IoU of exactly the threshold counts as found: `>=`, not `>`."))
def _more_than(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, threshold + 1e-7, _best)


@match.mistake(
    N_("Every detection gets an object, however badly it lies. Below the threshold it has found nothing: -1.")
)
def _no_threshold(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, 0.0, _best)


@match.mistake(
    N_(
        "Here the objects choose: each takes the detection that fits it best. But it is the detections that "
        "choose, the surest first, even if a less sure one would fit better."
    )
)
def _objects_choose(ious: Tensor, threshold: float) -> Tensor:
    found = torch.full((len(ious),), -1)
    for g, column in enumerate(ious.T):
        if column.max() >= threshold:
            found[column.argmax()] = g
    return found


@match.mistake(
    N_("The last detection chooses first here. The surest comes first in the table: begin with row 0.")
)
def _last_chooses(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious.flip(0), threshold, _best).flip(0)


@match.mistake(
    N_("This says whether each detection found something. You are asked which object: 0 … G-1, or -1.")
)
def _yes_or_no(ious: Tensor, threshold: float) -> Tensor:
    return _by(ious, threshold, _best) >= 0
