"""Exercise of lesson 08: what must happen to boxes and named points when their picture is mirrored."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["mirrored"]

Marks = tuple[Tensor, Tensor]


@exercise(
    "looking.mirrored",
    hints=[
        N_(
            "A box first: the edge at x goes to `width - x`, and the left edge becomes the *right* one. y "
            "stays as it is."
        ),
        N_(
            "A point names a pixel. Of `width` pixels the first has the number 0, the last `width - 1`: so "
            "pixel x goes to `width - 1 - x`."
        ),
        N_(
            "Who looks into a mirror has the right eye where the left one was. Let the names change places, "
            "too: `points[:, twins]`."
        ),
    ],
)
def mirrored(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Move boxes and named points along when their picture is mirrored left to right.

    Args:
        boxes: (N, 4), left, top, right, bottom: edges, which lie between pixels, from 0 to width.
        points: (N, K, 2), x and y of K named points of each object: numbers of pixels, from 0 to width - 1.
        twins: (K,), int64: which name each one changes places with. Of right eye, left eye and nose it is
            [1, 0, 2].
        width: of the picture, in pixels.

    Returns:
        Boxes (N, 4), left < right; and points (N, K, 2), each under the name that it has now.
    """
    left, top, right, bottom = boxes.unbind(1)
    moved = torch.stack([width - 1 - points[..., 0], points[..., 1]], dim=-1)
    return torch.stack([width - right, top, width - left, bottom], dim=1), moved[:, twins]


@mirrored.inputs
def _boxes_and_points(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, int]:
    width, count = 60 + draw(30, generator), 2 + draw(2, generator)
    corner = torch.randint(0, 20, (count, 2), generator=generator).float()
    sides = torch.randint(9, 25, (count, 2), generator=generator)
    twins = torch.tensor([[1, 0, 2], [1, 0, 2, 4, 3], [3, 2, 1, 0]][draw(3, generator)])
    share = torch.rand(count, len(twins), 2, generator=generator)
    points = (corner[:, None] + share * sides[:, None]).round()
    return torch.cat([corner, corner + sides], dim=1), points, twins, width


def _boxes(boxes: Tensor, width: float) -> Tensor:
    left, top, right, bottom = boxes.unbind(1)
    return torch.stack([width - right, top, width - left, bottom], dim=1)


def _points(points: Tensor, last: float) -> Tensor:
    return torch.stack([last - points[..., 0], points[..., 1]], dim=-1)


@mirrored.mistake(
    N_(
        "Everything is where it should be, but under the old names: what is called right eye is now the left "
        "one. torchvision's flip leaves it so, too. `points[:, twins]` lets names change places."
    )
)
def _names_kept(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return _boxes(boxes, width), _points(points, width - 1)


@mirrored.mistake(
    N_(
        "The names have changed places, the points have not moved. Both must happen: x becomes `width - 1 - "
        "x`, and then `[:, twins]`."
    )
)
def _only_the_names(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return _boxes(boxes, width), points[:, twins]


@mirrored.mistake(N_("The boxes are right, the points have stayed where they were: they have an x, too."))
def _points_stay(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return _boxes(boxes, width), points


@mirrored.mistake(N_("The points are right, the boxes have stayed where they were."))
def _boxes_stay(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return boxes, _points(points, width - 1)[:, twins]


@mirrored.mistake(
    N_(
        "The points lie one pixel too far right: pixel 0 becomes pixel `width - 1`, not `width`, which does "
        "not exist. (A box's edges lie *between* pixels: there `width - x` is right.)"
    )
)
def _points_as_edges(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return _boxes(boxes, width), _points(points, width)[:, twins]


@mirrored.mistake(
    N_(
        "The boxes lie one pixel too far left: their edges lie between pixels, from 0 to `width`, and go to "
        "`width - x`. (`width - 1 - x` is for points, which name a pixel.)"
    )
)
def _edges_as_points(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    return _boxes(boxes, width - 1), _points(points, width - 1)[:, twins]


@mirrored.mistake(
    N_(
        "The boxes are inside out: left is greater than right. In the mirror the left edge becomes the right "
        "one, so the two must change places."
    )
)
def _inside_out(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    left, top, right, bottom = boxes.unbind(1)
    return torch.stack([width - left, top, width - right, bottom], 1), _points(points, width - 1)[:, twins]


@mirrored.mistake(
    N_("This is upside down: y has changed, and x has not. Left to right means x, the first of each pair.")
)
def _upside_down(boxes: Tensor, points: Tensor, twins: Tensor, width: int) -> Marks:
    left, top, right, bottom = boxes.unbind(1)
    moved = torch.stack([points[..., 0], width - 1 - points[..., 1]], dim=-1)
    return torch.stack([left, width - bottom, right, width - top], 1), moved[:, twins]
