"""Exercise of lesson 06, its project: find the bright discs on pictures that nobody has seen."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision import ops

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["find_discs"]

_PICTURES, _DISCS, _SIZE = 6, 6, 160
# Of the discs on 36 pictures (other seeds), the reference finds all, with the coins' radii 56 to 75 %.
_ENOUGH = 0.8


@exercise(
    "vision.find_discs",
    trials=1,
    hints=[
        N_(
            "It is 6.4 again, in one function: boxes everywhere with their scores, away with the low "
            "ones, NMS."
        ),
        N_(
            "`boxes, scores = everywhere(picture, (10, 13, 16, 20))` gives boxes and scores as in 6.4. Keep "
            "those with a score above 0.15."
        ),
        N_("`keep = ops.nms(boxes, scores, 0.2)`, and return `boxes[keep]`: the boxes, not the indices."),
    ],
)
def find_discs(picture: Tensor) -> Tensor:
    """Find every bright disc on a darker ground.

    Args:
        picture: (H, W), float32, 0 to 1. The discs' radii are 10 to 20 pixels.

    Returns:
        (K, 4), float32: one box for each disc, xyxy in pixels.
    """
    boxes, scores, step = [], [], 4
    for radius in (10, 13, 16, 20):
        reach = torch.arange(-radius - 5, radius + 6)
        away = (reach[:, None] ** 2 + reach**2).sqrt()
        disc, ring = (away <= radius).float(), ((away > radius) & (away <= radius + 5)).float()
        kernel = disc / disc.sum() - ring / ring.sum()
        padded = F.pad(picture[None, None], [radius + 5] * 4, mode="reflect")
        contrast = F.conv2d(padded, kernel[None, None])[0, 0, ::step, ::step]
        rows, columns = torch.meshgrid(*[step * torch.arange(side) for side in contrast.shape], indexing="ij")
        centres = torch.stack([columns, rows], dim=-1).reshape(-1, 2) + 0.5
        boxes.append(torch.cat([centres - radius, centres + radius], dim=1))
        scores.append(contrast.flatten())
    found, score = torch.cat(boxes), torch.cat(scores)
    found, score = found[score > 0.15], score[score > 0.15]
    return found[ops.nms(found, score, 0.2)]


@find_discs.inputs
def _an_example(generator: torch.Generator) -> tuple[Tensor]:
    return (_drawn(generator)[0],)


def _drawn(chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """A picture (H, W) with six discs, each in another ninth of it, and their boxes (6, 4)."""
    rows = torch.arange(_SIZE)[:, None] + 0.5
    columns = torch.arange(_SIZE)[None] + 0.5
    picture = 0.1 + 0.2 * columns / _SIZE + 0.02 * torch.randn(_SIZE, _SIZE, generator=chance)
    boxes = []
    for part in torch.randperm(9, generator=chance)[:_DISCS].tolist():
        radius = 10 + 10 * torch.rand((), generator=chance)
        free = torch.rand(2, generator=chance) * (_SIZE / 3 - 2 * radius - 4) + radius + 2
        y, x = free + torch.tensor([part // 3, part % 3]) * (_SIZE / 3)
        inside = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
        picture = torch.where(inside, picture + 0.35, picture)
        boxes.append(torch.stack([x - radius, y - radius, x + radius, y + radius]))
    return picture.clamp(0, 1), torch.stack(boxes)


@find_discs.judge
def _facts(function: Callable[..., Any], _picture: Tensor) -> dict[str, Any]:
    chance = torch.Generator().manual_seed(6)
    found = doubles = elsewhere = 0
    in_order = True
    for _number in range(_PICTURES):
        picture, truth = _drawn(chance)
        boxes = _usable(function(picture))
        in_order &= bool((boxes[:, 2:] > boxes[:, :2]).all())
        overlap = ops.box_iou(truth, boxes)
        on_each = (overlap >= 0.3).sum(dim=1)  # (6,)
        found += int((overlap >= 0.5).any(dim=1).sum())
        doubles += int((on_each - 1).clamp(min=0).sum())
        elsewhere += int((overlap < 0.1).all(dim=0).sum())
    return {
        N_("Boxes are xyxy: the right edge is right of the left one, the bottom below the top"): in_order,
        N_("At least 80 % of the discs on six pictures get a box that fits (IoU 0.5)"): found
        >= _ENOUGH * _PICTURES * _DISCS,
        N_("No more than one second box on a disc per picture"): doubles <= _PICTURES,
        N_("No more than one box where no disc is per picture"): elsewhere <= _PICTURES,
    }


def _usable(boxes: Any) -> Tensor:
    """Boxes (K, 4), float32."""
    if isinstance(boxes, list | tuple) and boxes and all(isinstance(box, Tensor) for box in boxes):
        boxes = torch.stack(list(boxes)) if all(box.shape == (4,) for box in boxes) else boxes
    try:
        boxes = torch.as_tensor(boxes)
    except (TypeError, ValueError, RuntimeError):
        raise Unusable(_("boxes of shape (K, 4) expected, {got} returned.", got=describe(boxes))) from None
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise Unusable(_("boxes of shape (K, 4) expected, {got} returned.", got=describe(boxes)))
    return boxes.detach().cpu().float()


@find_discs.mistake(
    N_(
        "Every disc is found, but many times over. Let NMS choose one box for each: `ops.nms(boxes, "
        "scores, 0.2)`."
    )
)
def _without_nms(picture: Tensor) -> Tensor:
    return find_discs(picture).repeat_interleave(3, dim=0)


@find_discs.mistake(
    N_(
        "The discs are found, but there are boxes where no disc is. Drop the boxes with low scores before "
        "NMS, those up to 0.15."
    )
)
def _without_a_threshold(picture: Tensor) -> Tensor:
    corners = 10 * torch.rand(5, 2)
    return torch.cat([find_discs(picture), torch.cat([corners, corners + 2], dim=1)])


@find_discs.mistake(
    N_(
        "No box stands where nothing is, but too few discs get one that fits. Do you look for radii from 10 "
        "to 20, and not for the coins'? And is your least score low enough? 0.15 works."
    )
)
def _too_few(picture: Tensor) -> Tensor:
    return find_discs(picture)[:3]


@find_discs.mistake(
    N_(
        "These boxes are no xyxy: a right edge lies left of the left edge, or a bottom above its top. "
        'Perhaps they are centre, width and height: `ops.box_convert(boxes, "cxcywh", "xyxy")`.'
    )
)
def _as_centres(picture: Tensor) -> Tensor:
    return ops.box_convert(find_discs(picture), "xyxy", "cxcywh")
