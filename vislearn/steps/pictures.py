"""What every stage's note needs to know about a picture, whatever kind it is of."""

from typing import Any

import numpy as np
import torch
from PIL import Image

__all__ = ["first_picture", "numbers", "size_hw"]


def first_picture(value: Any) -> Image.Image | torch.Tensor | None:
    """The picture in a value: itself, or the first in a pair, list or mapping; None without one.

    A tensor counts as a picture when it has two or more axes: (..., H, W).

    >>> first_picture((3, torch.zeros(1, 8, 8))).shape
    torch.Size([1, 8, 8])
    """
    if isinstance(value, Image.Image) or (isinstance(value, torch.Tensor) and value.ndim >= 2):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return next((found for part in value if (found := first_picture(part)) is not None), None)
    return None


def size_hw(picture: Image.Image | torch.Tensor) -> tuple[int, int]:
    """Height and width in pixels.

    >>> size_hw(torch.zeros(3, 4, 5))
    (4, 5)
    """
    if isinstance(picture, Image.Image):
        return picture.height, picture.width
    return picture.shape[-2], picture.shape[-1]


def numbers(picture: Image.Image | torch.Tensor) -> torch.Tensor:
    """The pixels as a plain tensor: (C, H, W) for a PIL image, any shape as it is for a tensor."""
    if isinstance(picture, torch.Tensor):
        return picture.as_subclass(torch.Tensor)
    array = torch.from_numpy(np.array(picture))
    return array.permute(2, 0, 1) if array.ndim == 3 else array[None]
