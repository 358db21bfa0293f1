"""What torchvision's resize and crop, and torch's enlarging of logits, do to pixels: by Pillow and NumPy."""

from typing import Any

import numpy as np
from PIL import Image, ImageOps

from vislearn.deploy.recipe import Recipe
from vislearn.errors import InputError

__all__ = ["enlarged", "prepared"]

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def prepared(image: Any, recipe: Recipe) -> np.ndarray:
    """A picture as the exported network wants it: uint8 (3, H, W).

    Within a level of torchvision's on tensors, two where it is bicubic.

    Args:
        image: a PIL image, what is transparent in it laid on white; or a uint8 array (H, W, 3).
        recipe: says how.

    Raises:
        InputError: no picture.
    """
    picture = _picture(image)
    if recipe.resize is not None:
        size = _size(picture.size, recipe.resize)
        if size != picture.size:  # as torchvision does, which leaves such pictures alone
            picture = picture.resize(size, _FILTERS[recipe.interpolation])
    if recipe.crop is not None:
        picture = _middle(picture, recipe.crop)
    return np.asarray(picture).transpose(2, 0, 1)


def enlarged(logits: np.ndarray, height: int, width: int) -> np.ndarray:
    """Logits at another size, between their neighbours, as torch's bilinear interpolation has them.

    Args:
        logits: float (K, h, w).
        height: of the result, pixels.
        width: likewise.

    Returns:
        Float (K, height, width).

    >>> enlarged(np.array([[[0.0, 1.0]]]), 1, 4)
    array([[[0.  , 0.25, 0.75, 1.  ]]])
    """
    rows, columns = _weights(logits.shape[1], height), _weights(logits.shape[2], width)
    return rows @ logits @ columns.T


def _picture(image: Any) -> Image.Image:
    if isinstance(image, Image.Image):
        if not image.has_transparency_data:
            return image.convert("RGB")
        # as io lays it on white, which deployed models do without: it needs a decoder of JPEGs
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3:
        return Image.fromarray(image)
    got = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
    raise InputError("image", "must be a PIL image, or a uint8 array (H, W, 3)", got=got)


def _size(size: tuple[int, int], resize: tuple[int, ...]) -> tuple[int, int]:
    """Width and height after resizing; one number is that of the shorter side."""
    if len(resize) == 2:
        return resize[1], resize[0]
    width, height = size
    side = resize[0]
    if width <= height:
        return side, int(side * height / width)
    return int(side * width / height), side


def _middle(picture: Image.Image, crop: tuple[int, int]) -> Image.Image:
    """The middle of a picture; one that is too small gets a black border first."""
    height, width = crop
    across, down = max(0, width - picture.width), max(0, height - picture.height)
    if across or down:  # the odd pixel is added at the right and below, as torchvision does
        border = (across // 2, down // 2, across - across // 2, down - down // 2)
        picture = ImageOps.expand(picture, border)
    left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))


def _weights(few: int, many: int) -> np.ndarray:
    """(many, few): how much each old pixel counts in each new one, centres half a pixel from the edge."""
    place = ((np.arange(many) + 0.5) * few / many - 0.5).clip(0, few - 1)
    below = np.minimum(place.astype(int), max(few - 2, 0))
    weights = np.zeros((many, few), np.float32)
    np.add.at(weights, (np.arange(many), below), 1 - (place - below))
    np.add.at(weights, (np.arange(many), np.minimum(below + 1, few - 1)), place - below)
    return weights
