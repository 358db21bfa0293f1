"""Exercise of lesson 12: cut a window out of a picture, and keep the objects that can still be seen."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import box_area, clip_boxes_to_image

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["crop"]

Sample = tuple[Tensor, Tensor, Tensor]
Window = tuple[int, int, int, int]


@exercise(
    "detector.crop",
    hints=[
        N_(
            "Three steps for the boxes: into the window's coordinates, cut at its edges, then compare "
            "areas. In the window its upper left corner is (0, 0)."
        ),
        N_(
            "Move: `boxes - torch.tensor([left, top, left, top])`. Cut: x from 0 to the window's width, y"
            " from 0 to its height; `torchvision.ops.clip_boxes_to_image(moved, (height, width))` does "
            "both."
        ),
        N_(
            "`seen = box_area(cut) / box_area(boxes)`, `keep = seen >= least`, then `cut[keep]` and "
            "`labels[keep]`. The pixels: `image[:, top:bottom, left:right]`."
        ),
    ],
)
def crop(
    image: Tensor, boxes: Tensor, labels: Tensor, window: tuple[int, int, int, int], least: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Cut a window out of a picture, and take along the objects that can still be seen.

    Args:
        image: (3, H, W).
        boxes: (N, 4), left, top, right, bottom in pixels, each with an area.
        labels: (N,).
        window: left, top, right, bottom within the picture, whole pixels.
        least: an object stays if at least this share of its box's area lies in the window; above 0.

    Returns:
        The window's pixels; the boxes that stay, counted from the window's corner and cut at its edges; and
        their labels.
    """
    left, top, right, bottom = window
    moved = boxes - torch.tensor([left, top, left, top])
    width, height = right - left, bottom - top
    cut = torch.minimum(moved.clamp(min=0), torch.tensor([width, height, width, height]))
    seen = (cut[:, 2:] - cut[:, :2]).clamp(min=0).prod(dim=1) / (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    keep = seen >= least
    return image[:, top:bottom, left:right], cut[keep], labels[keep]


@crop.inputs
def _picture_and_window(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Window, float]:
    left, top = 5 + draw(6, generator), 12 + draw(6, generator)  # never alike
    right, bottom = left + 40, top + 24  # nor is the window square
    image = torch.randint(0, 256, (3, bottom + 9, right + 11), generator=generator, dtype=torch.uint8)
    shares = [  # of the window: left, top, right, bottom
        (0.2, 0.25, 0.5, 0.75),  # whole
        (-0.1, 0.25, 0.3, 0.75),  # three quarters of it
        (0.5, -0.25, 0.7, 0.25),  # half, cut at the top: just enough
        (0.9, 0.5, 1.15, 1.0),  # two fifths
        (0.6, 0.75, 0.9, 1.25),  # half, cut at the bottom: just enough
        (0.95, 0.25, 1.2, 0.5),  # a strip
        (1.05, 0.25, 1.2, 0.75),  # outside
        (-0.1, -0.25, 1.1, 1.25),  # larger than the window; five ninths of it
        (0.05, 0.8, 0.1, 0.85),  # small, and whole
        (0.7, 0.25, 0.9, 0.6),  # whole, beyond the window's height in x
        (-0.12, -0.3, 0.12, 0.3),  # a quarter, at the corner
    ]
    order = torch.randperm(len(shares), generator=generator)
    size, corner = torch.tensor([40.0, 24.0, 40.0, 24.0]), torch.tensor([left, top, left, top])
    boxes = torch.tensor(shares)[order] * size + corner
    labels = torch.randint(1, 11, (len(boxes),), generator=generator)
    return image, boxes, labels, (left, top, right, bottom), 0.499  # half of a box is half, whoever rounds


def _cut(boxes: Tensor, window: Sequence[int]) -> Tensor:
    left, top, right, bottom = window
    return clip_boxes_to_image(boxes - torch.tensor([left, top, left, top]), (bottom - top, right - left))


def _seen(boxes: Tensor, window: Sequence[int]) -> Tensor:
    return box_area(_cut(boxes, window)) / box_area(boxes)


def _pixels(image: Tensor, window: Sequence[int]) -> Tensor:
    left, top, right, bottom = window
    return image[:, top:bottom, left:right]


@crop.mistake(
    N_(
        "The picture is cut, and the boxes count from the old corner: they lie too far right and too low."
        " Take the window's left and top from them."
    )
)
def _not_moved(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    left, top, right, bottom = window
    limits = torch.tensor([left, top, left, top]), torch.tensor([right, bottom, right, bottom])
    keep = _seen(boxes, window) >= least
    return (
        _pixels(image, window),
        torch.minimum(torch.maximum(boxes, limits[0]), limits[1])[keep],
        labels[keep],
    )


@crop.mistake(
    N_(
        "The boxes were moved, and still reach beyond the window. Cut them: x at 0 and its width, y at 0 "
        "and its height."
    )
)
def _not_cut(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    keep = _seen(boxes, window) >= least
    left, top = window[:2]
    return _pixels(image, window), (boxes - torch.tensor([left, top, left, top]))[keep], labels[keep]


@crop.mistake(
    N_(
        "Every object of which a pixel is left was kept. A strip is no digit that one can know: compare "
        "the area that is left with the area before, and ask for `least` of it."
    )
)
def _strips_kept(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, _least: float) -> Sample:
    keep = _seen(boxes, window) > 0
    return _pixels(image, window), _cut(boxes, window)[keep], labels[keep]


@crop.mistake(
    N_(
        "Objects that lie outside are still there, as boxes without an area. torchvision's detectors "
        "refuse them."
    )
)
def _all_kept(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, _least: float) -> Sample:
    return _pixels(image, window), _cut(boxes, window), labels


@crop.mistake(
    N_(
        "Every object that the window cuts was left out. Of some more than half can be seen, and the "
        "detector would learn that it is background."
    )
)
def _cut_left_out(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, _least: float) -> Sample:
    keep = _seen(boxes, window) > 0.999  # whole, but for rounding
    return _pixels(image, window), _cut(boxes, window)[keep], labels[keep]


@crop.mistake(
    N_(
        "An object was judged by the share of the *window* that it fills. What counts is how much of the "
        "object is left: divide by the area of its own box, before the cut."
    )
)
def _share_of_window(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    left, top, right, bottom = window
    keep = box_area(_cut(boxes, window)) / ((right - left) * (bottom - top)) >= least
    return _pixels(image, window), _cut(boxes, window)[keep], labels[keep]


@crop.mistake(
    N_(
        "There are more labels than boxes: who leaves out a box must leave out its label, or all later boxes "
        "get their neighbour's class. Use the same mask for both."
    )
)
def _labels_left_behind(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    return _pixels(image, window), _cut(boxes, window)[_seen(boxes, window) >= least], labels


@crop.mistake(
    N_(
        "Rows and columns are mixed up in the picture: a tensor's axes are (channel, y, x), so `image[:, "
        "top:bottom, left:right]`."
    )
)
def _axes_mixed_up(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    left, top, right, bottom = window
    keep = _seen(boxes, window) >= least
    return image[:, left:right, top:bottom], _cut(boxes, window)[keep], labels[keep]


@crop.mistake(N_("The boxes were moved by (top, left). In a box x comes first: `[left, top, left, top]`."))
def _moved_crosswise(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    left, top, right, bottom = window
    cut = clip_boxes_to_image(boxes - torch.tensor([top, left, top, left]), (bottom - top, right - left))
    keep = box_area(cut) / box_area(boxes) >= least
    return _pixels(image, window), cut[keep], labels[keep]


@crop.mistake(
    N_(
        "Width and height of the window are mixed up where boxes are cut: x ends at the width, y at the "
        "height."
    )
)
def _limits_crosswise(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    left, top, right, bottom = window
    cut = clip_boxes_to_image(boxes - torch.tensor([left, top, left, top]), (right - left, bottom - top))
    keep = box_area(cut) / box_area(boxes) >= least
    return _pixels(image, window), cut[keep], labels[keep]


@crop.mistake(
    N_("The boxes are right, but the picture is the whole one still: `image[:, top:bottom, left:right]`.")
)
def _picture_stays(image: Tensor, boxes: Tensor, labels: Tensor, window: Window, least: float) -> Sample:
    keep = _seen(boxes, window) >= least
    return image, _cut(boxes, window)[keep], labels[keep]
