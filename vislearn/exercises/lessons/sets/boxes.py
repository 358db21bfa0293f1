"""What the exercises on annotations draw: names, and boxes of whole pixels."""

import torch
from torch import Tensor

__all__ = ["NAMES", "whole_boxes"]

NAMES = ("rickshaw", "bus", "goat", "boat")


def whole_boxes(count: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """Boxes, float32 (N, 4), left, top, right, bottom, in whole pixels.

    None lies at the very edge on the left, so that counting from 1 must show.

    Args:
        count: how many.
        height: of the picture, pixels.
        width: of the picture, pixels.
        generator: draws them.

    >>> whole_boxes(0, 50, 60, torch.Generator()).shape
    torch.Size([0, 4])
    """
    lefts, tops = (torch.randint(1, side // 2, (count,), generator=generator) for side in (width, height))
    wide, high = (torch.randint(3, side // 2, (count,), generator=generator) for side in (width, height))
    return torch.stack([lefts, tops, lefts + wide, tops + high], dim=1).float()
