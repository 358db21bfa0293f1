"""Exercise of lesson 12: mend what an annotator left."""

import torch
from torch import Tensor

from vislearn.exercises.registry import N_, exercise

__all__ = ["repair"]

Objects = tuple[Tensor, Tensor]


@exercise(
    "detector.repair",
    hints=[
        N_(
            "Three repairs, in this order: corners, edges of the picture, boxes with nothing left. And one "
            "for the labels."
        ),
        N_(
            "Corners: the smaller x is left, the smaller y is top; `torch.minimum` and `torch.maximum` of "
            "the two corners. Edges: `.clamp(0, width)` for x, `.clamp(0, height)` for y."
        ),
        N_(
            "`keep = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])`, then `boxes[keep]` and "
            "`labels[keep] + 1`."
        ),
    ],
)
def repair(boxes: Tensor, labels: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Repair what an annotation tool has left, so that a detector can learn from it.

    Some boxes were drawn from right to left, or from bottom to top: their corners are in the wrong order.
    Some reach beyond the picture, some lie wholly outside, some have no area. Labels count from 0.

    Args:
        boxes: (N, 4), x and y of one corner, then x and y of the opposite corner, in pixels.
        labels: (N,), the first class is 0.
        height: of the picture, in pixels.
        width: of the picture, in pixels.

    Returns:
        Boxes (M, 4) as left, top, right, bottom, within the picture, each with an area; and their labels
        (M,), from 1, because 0 is the background. Those that can't be repaired are left out.
    """
    first, second = boxes[:, :2], boxes[:, 2:]
    ordered = torch.cat([torch.minimum(first, second), torch.maximum(first, second)], dim=1)
    limit = torch.tensor([width, height, width, height])
    inside = torch.minimum(ordered.clamp(min=0), limit)
    keep = (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
    return inside[keep], labels[keep] + 1


@repair.inputs
def _broken_objects(generator: torch.Generator) -> tuple[Tensor, Tensor, int, int]:
    height, width = torch.randint(40, 60, (2,), generator=generator).tolist()
    width += 30  # never square
    kinds = [  # left, top, right, bottom as shares of the picture
        (0.1, 0.2, 0.4, 0.6),
        (0.6, 0.1, 0.3, 0.5),  # drawn from right to left
        (0.5, 0.9, 0.8, 0.4),  # from bottom to top
        (0.8, 0.3, 1.2, 0.7),  # reaches beyond the right edge
        (0.2, -0.3, 0.5, 0.2),  # beyond the top
        (0.4, 0.6, 0.4, 0.9),  # no width
        (1.1, 0.1, 1.3, 0.4),  # outside
        (0.7, 0.7, 0.95, 0.97),
    ]
    order = torch.randperm(len(kinds), generator=generator)
    shift = 0.04 * torch.rand(len(kinds), 1, generator=generator)
    boxes = ((torch.tensor(kinds) + shift) * torch.tensor([width, height, width, height])).round()
    # Small objects are objects: one of 2 by 3 pixels, one of half a pixel.
    boxes = torch.cat([boxes[order], torch.tensor([[8.0, 9, 10, 12], [20, 5, 20.5, 5.5]])])
    return boxes, torch.randint(0, 5, (len(boxes),), generator=generator), height, width


def _ordered(boxes: Tensor) -> Tensor:
    first, second = boxes[:, :2], boxes[:, 2:]
    return torch.cat([torch.minimum(first, second), torch.maximum(first, second)], dim=1)


def _clipped(boxes: Tensor, height: float, width: float) -> Tensor:
    return torch.minimum(boxes.clamp(min=0), torch.tensor([width, height, width, height]))


def _with_area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])


@repair.mistake(
    N_("The labels still count from 0, and 0 is the background: the first class would never be found. Add 1.")
)
def _labels_from_zero(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _clipped(_ordered(boxes), height, width)
    return boxes[_with_area(boxes)], labels[_with_area(boxes)]


@repair.mistake(
    N_(
        "There are more labels than boxes: who leaves out a box must leave out its label, or all later boxes "
        "get their neighbour's class. Use the same mask for both."
    )
)
def _labels_left_behind(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _clipped(_ordered(boxes), height, width)
    return boxes[_with_area(boxes)], labels + 1


@repair.mistake(
    N_(
        "Boxes with their corners in the wrong order were left out, and with them good objects. A detector "
        "then learns that they are background. Put the corners in order first."
    )
)
def _inverted_dropped(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _clipped(boxes, height, width)
    return boxes[_with_area(boxes)], labels[_with_area(boxes)] + 1


@repair.mistake(
    N_(
        "Boxes still reach beyond the picture: clip them. (Not only to 0: x to the width and y to the height,"
        " too.)"
    )
)
def _not_clipped(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _ordered(boxes)
    return boxes[_with_area(boxes)], labels[_with_area(boxes)] + 1


@repair.mistake(
    N_(
        "Boxes that reach beyond the picture were left out whole. What is visible of an object can be "
        "learned: clip the box."
    )
)
def _outside_dropped(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _ordered(boxes)
    keep = _with_area(boxes) & (boxes == _clipped(boxes, height, width)).all(1)
    return boxes[keep], labels[keep] + 1


@repair.mistake(
    N_(
        "Empty boxes were looked for before clipping. A box that lies wholly outside becomes empty only then:"
        " clip first, look afterwards."
    )
)
def _clipped_too_late(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _ordered(boxes)
    keep = _with_area(boxes)
    return _clipped(boxes[keep], height, width), labels[keep] + 1


@repair.mistake(
    N_("Boxes without an area are still there. torchvision's detectors refuse them: leave them out.")
)
def _empty_kept(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    return _clipped(_ordered(boxes), height, width), labels + 1


_SMALL_LEFT_OUT = N_(
    "Small boxes were left out, though they have an area. A far object is small and no mistake: leave out "
    "only what has no width or no height."
)


@repair.mistake(_SMALL_LEFT_OUT)
def _small_dropped(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    return _larger_than(4, boxes, labels, height, width)


@repair.mistake(_SMALL_LEFT_OUT)
def _below_a_pixel_dropped(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    return _larger_than(1, boxes, labels, height, width)


def _larger_than(least: float, boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _clipped(_ordered(boxes), height, width)
    keep = (boxes[:, 2:] - boxes[:, :2] >= least).all(1)
    return boxes[keep], labels[keep] + 1


@repair.mistake(
    N_("Height and width are mixed up: x goes from left to right and ends at the width, y at the height.")
)
def _height_for_width_in_clip(boxes: Tensor, labels: Tensor, height: int, width: int) -> Objects:
    boxes = _clipped(_ordered(boxes), width, height)
    return boxes[_with_area(boxes)], labels[_with_area(boxes)] + 1
