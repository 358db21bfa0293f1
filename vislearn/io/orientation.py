"""How the camera was held: EXIF orientation, read and undone."""

import numpy as np
from PIL import Image

__all__ = ["SIDEWAYS", "orientation", "upright"]

_TAG = 0x0112
SIDEWAYS = {5, 6, 7, 8}  # the values that swap height and width


def orientation(image: Image.Image) -> int:
    """1 ... 8 as in EXIF, 1 where nothing sensible is noted; Pillow also finds what programs hide in XMP.

    Args:
        image: as Pillow opened it.

    >>> orientation(Image.new("RGB", (4, 2)))
    1
    """
    try:
        turn = int(image.getexif().get(_TAG, 1))
    except Exception:  # a spoilt EXIF block is no damage to the pixels, whatever Pillow makes of it
        return 1
    return turn if 1 <= turn <= 8 else 1


def upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Undo EXIF orientation ``turn`` on (H, W) or (H, W, C).

    >>> upright(np.array([[1, 2]]), 6).tolist()
    [[1], [2]]
    """
    if turn in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    if turn in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if turn in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
