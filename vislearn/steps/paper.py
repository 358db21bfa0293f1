"""White paper to draw boxes on where there is no picture."""

import math

import numpy as np
import torch

__all__ = ["around", "from_the_corner", "on_paper"]

_MARGIN = 0.08  # of the longest side


def on_paper(
    boxes: torch.Tensor, region: tuple[float, float, float, float], side: int
) -> tuple[np.ndarray, torch.Tensor]:
    """A sheet that shows a part of the plane, and the boxes in its pixels.

    Args:
        boxes: (N, 4) xyxy.
        region: the part, xyxy.
        side: the longer side of the sheet, pixels.

    Returns:
        uint8 (H, W, 3), white, and float64 (N, 4).

    >>> sheet, boxes = on_paper(torch.tensor([[2.0, 1, 6, 3]]), (0, 0, 8, 4), 80)
    >>> sheet.shape, boxes.tolist()
    ((40, 80, 3), [[20.0, 10.0, 60.0, 30.0]])
    """
    left, top, right, bottom = region
    scale = side / max(right - left, bottom - top)
    height, width = (_whole(length * scale) for length in (bottom - top, right - left))
    corners = _plain(boxes).view(-1, 2, 2)  # (N, corner, x and y)
    moved = (corners - corners.new_tensor([left, top])) * scale
    return np.full((height, width, 3), 255, np.uint8), moved.flatten(1)


def around(boxes: torch.Tensor) -> tuple[float, float, float, float]:
    """The part of the plane that holds all boxes (N, 4), and a margin on every side; xyxy."""
    if len(boxes) == 0:
        return 0.0, 0.0, 1.0, 1.0
    corners = _plain(boxes).view(-1, 2)
    (left, top), (right, bottom) = corners.amin(0).tolist(), corners.amax(0).tolist()
    margin = _MARGIN * max(right - left, bottom - top, 1e-9)
    return left - margin, top - margin, right + margin, bottom + margin


def from_the_corner(boxes: torch.Tensor) -> tuple[float, float, float, float]:
    """The part from a picture's own corner to a little beyond all boxes (N, 4), N > 0; xyxy."""
    right, bottom = ((1 + _MARGIN) * _plain(boxes)[:, 2:].amax(dim=0).clamp(min=1)).tolist()
    return 0.0, 0.0, right, bottom


def _whole(length: float) -> int:
    """Pixels that hold a length; the last digits of a float need no pixel of their own."""
    return max(1, math.ceil(length - 1e-6))


def _plain(boxes: torch.Tensor) -> torch.Tensor:
    return boxes.detach().double().cpu().as_subclass(torch.Tensor)
