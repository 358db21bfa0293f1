"""Exercise of lesson 04: how a box is written as four numbers relative to an anchor."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["encode"]


@exercise(
    "detection.encode",
    hints=[
        N_(
            "Corners are of no use here. For boxes and anchors alike you need the middle and the size: "
            "width is right minus left, the middle is left plus half the width. What is still missing?"
        ),
        N_(
            "The first two numbers: middle of the box minus middle of the anchor, divided by the "
            "*anchor's* width or height. The last two: the logarithm of the box's width or height "
            "divided by the anchor's."
        ),
        N_(
            "`sizes = boxes[:, 2:] - boxes[:, :2]` and `middles = boxes[:, :2] + sizes / 2`, the same "
            "for the anchors; then `torch.cat([(middles - a_middles) / a_sizes, (sizes / "
            "a_sizes).log()], dim=1)`."
        ),
    ],
)
def encode(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Write each box as the network has to say it: moved and stretched from its anchor.

    dx and dy say how far the middle of the box lies from that of the anchor, in widths and heights of the
    anchor. dw and dh are the natural logarithm of the box's width and height over the anchor's.

    Args:
        boxes: (N, 4), float32: left, top, right, bottom.
        anchors: (N, 4), float32, likewise; anchor i belongs to box i.

    Returns:
        (N, 4), float32: dx, dy, dw, dh.
    """
    sizes, anchor_sizes = boxes[:, 2:] - boxes[:, :2], anchors[:, 2:] - anchors[:, :2]  # (N, 2)
    middles, anchor_middles = boxes[:, :2] + sizes / 2, anchors[:, :2] + anchor_sizes / 2
    return torch.cat([(middles - anchor_middles) / anchor_sizes, (sizes / anchor_sizes).log()], dim=1)


@encode.inputs
def _pairs(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    count = 2 + draw(4, generator)
    corners = 10 + 60 * torch.rand(count, 2, generator=generator)
    sizes = torch.tensor([18.0, 40.0]) + 15 * torch.rand(count, 2, generator=generator)  # taller than wide
    boxes = torch.cat([corners, corners + sizes], dim=1)
    signs = 1 - 2 * torch.randint(2, (2, count, 2), generator=generator)
    stretched = sizes * (1.3 + 0.4 * torch.rand(count, 2, generator=generator)) ** signs[0]
    moved = corners + signs[1] * (3 + 6 * torch.rand(count, 2, generator=generator))
    return boxes, torch.cat([moved, moved + stretched], dim=1)


def _parts(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Middles and sizes, (N, 2) each."""
    sizes = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + sizes / 2, sizes


@encode.mistake(
    N_(
        "dw and dh are the plain quotients of the sizes. Take their logarithm: then 0 means the same "
        "size, and twice as large is as far from 0 as half as large."
    )
)
def _no_logarithm(boxes: Tensor, anchors: Tensor) -> Tensor:
    (middles, sizes), (at, of) = _parts(boxes), _parts(anchors)
    return torch.cat([(middles - at) / of, sizes / of], dim=1)


@encode.mistake(
    N_(
        "dx and dy are in pixels. Divide them by the anchor's width and height, so that large and small "
        "objects get numbers of the same size."
    )
)
def _pixels(boxes: Tensor, anchors: Tensor) -> Tensor:
    (middles, sizes), (at, of) = _parts(boxes), _parts(anchors)
    return torch.cat([middles - at, (sizes / of).log()], dim=1)


@encode.mistake(
    N_(
        "dx and dy are measured in the box's own size. The network doesn't know it yet; it knows the "
        "anchor. Divide by the anchor's width and height."
    )
)
def _own_size(boxes: Tensor, anchors: Tensor) -> Tensor:
    (middles, sizes), (at, of) = _parts(boxes), _parts(anchors)
    return torch.cat([(middles - at) / sizes, (sizes / of).log()], dim=1)


@encode.mistake(
    N_(
        "dx and dy compare the upper left corners. Compare the middles: left plus half the width, top plus "
        "half the height."
    )
)
def _corners(boxes: Tensor, anchors: Tensor) -> Tensor:
    (_middles, sizes), (_at, of) = _parts(boxes), _parts(anchors)
    return torch.cat([(boxes[:, :2] - anchors[:, :2]) / of, (sizes / of).log()], dim=1)


@encode.mistake(
    N_(
        "All signs are turned: this leads from the box to the anchor, or nearly so. Box minus anchor, "
        "and box divided by anchor."
    )
)
def _from_box_to_anchor(boxes: Tensor, anchors: Tensor) -> Tensor:
    (middles, sizes), (at, of) = _parts(boxes), _parts(anchors)
    return torch.cat([(at - middles) / of, (of / sizes).log()], dim=1)


@encode.mistake(
    N_(
        "This is the code of the anchors as seen from the boxes. It is the other way round: divide by "
        "the anchor."
    )
)
def _exchanged(boxes: Tensor, anchors: Tensor) -> Tensor:
    return encode(anchors, boxes)


@encode.mistake(
    N_(
        "dw and dh use the logarithm of base 2 or 10. torchvision, and `exp` when it decodes, use the "
        "natural one: `torch.log`."
    )
)
def _base_2(boxes: Tensor, anchors: Tensor) -> Tensor:
    code = encode(boxes, anchors)
    return torch.cat([code[:, :2], code[:, 2:] / torch.tensor(2.0).log()], dim=1)


@encode.mistake(
    N_(
        "dw and dh use the logarithm of base 2 or 10. torchvision, and `exp` when it decodes, use the "
        "natural one: `torch.log`."
    )
)
def _base_10(boxes: Tensor, anchors: Tensor) -> Tensor:
    code = encode(boxes, anchors)
    return torch.cat([code[:, :2], code[:, 2:] / torch.tensor(10.0).log()], dim=1)


@encode.mistake(
    N_("The order is dx, dw, dy, dh here. torchvision's is dx, dy, dw, dh: both moves, then both stretches.")
)
def _by_axis(boxes: Tensor, anchors: Tensor) -> Tensor:
    return encode(boxes, anchors)[:, [0, 2, 1, 3]]


@encode.mistake(N_("x and y are exchanged. The first number is dx, along the width; then come dy, dw, dh."))
def _rows_first(boxes: Tensor, anchors: Tensor) -> Tensor:
    return encode(boxes, anchors)[:, [1, 0, 3, 2]]
