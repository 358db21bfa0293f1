"""The one place where any kind of image becomes pixels for showing."""

from typing import Any

import numpy as np
from PIL import Image

from vislearn.errors import InputError

__all__ = ["aspect_of", "is_picture", "stretched_range", "to_array", "to_display"]

_CHANNELS = (1, 3, 4)


def to_array(value: Any) -> np.ndarray:
    """A tensor (any device, any dtype, with or without gradient) or array as a NumPy array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":  # NumPy has no such type
            value = value.float()
        value = value.numpy()
    return np.asarray(value)


def is_picture(value: Any) -> bool:
    """Can this be shown as one picture: a PIL image, (C, H, W) with 1, 3 or 4 channels, (H, W, C) or (H, W)?

    >>> is_picture(np.zeros((3, 8, 8))), is_picture(np.zeros((2, 3, 8, 8))), is_picture(np.zeros(8))
    (True, False, False)
    """
    if isinstance(value, Image.Image):
        return True
    shape = getattr(value, "shape", None)
    if shape is None or 0 in shape:
        return False
    if len(shape) == 2:
        return min(shape) >= 4
    return len(shape) == 3 and (shape[0] in _CHANNELS or shape[2] in _CHANNELS)


def to_display(image: Any) -> np.ndarray:
    """Any picture as uint8 (H, W, 3), ready for a screen.

    Bytes stay as they are; floats in 0…1 and booleans are multiplied by 255; 16-bit integers are scaled
    down. Anything else, a normalised tensor above all, is stretched: its lowest number becomes black, its
    highest white. :func:`stretched_range` tells whether that happened. RGBA is laid on white, NaN is black.

    Args:
        image: a PIL image; a tensor or array (C, H, W), (H, W, C) or (H, W) with 1, 3 or 4 channels.

    Raises:
        InputError: not one picture: a batch, a vector, an empty tensor.

    Source: the trap of showing ``(image * 255).to(uint8)`` of a normalised image.

    >>> to_display(np.full((1, 4, 4), 0.5)).shape, int(to_display(np.full((1, 4, 4), 0.5))[0, 0, 0])
    ((4, 4, 3), 128)
    """
    if not is_picture(image):
        raise InputError(
            "image",
            "must be one picture: PIL, (C, H, W), (H, W, C) or (H, W)",
            got=f"{type(image).__name__} of shape {tuple(getattr(image, 'shape', ()))}",
            fix="Take one of a batch with images[0], or show many with viz.grid.",
        )
    if isinstance(image, Image.Image):
        return _pil_pixels(image)
    pixels = _to_bytes(_channels_last(to_array(image)))
    if pixels.shape[2] == 4:
        return _on_white(pixels)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def aspect_of(image: Any) -> float:
    """Height over width of any picture that :func:`to_display` takes.

    Args:
        image: as for :func:`to_display`.

    Raises:
        InputError: as :func:`to_display` does.

    >>> aspect_of(np.zeros((1, 4, 8)))
    0.5
    """
    height, width = to_display(image).shape[:2]
    return height / width


def stretched_range(image: Any) -> tuple[float, float] | None:
    """The lowest and highest number of a picture that :func:`to_display` has to stretch, else None.

    >>> stretched_range(np.array([[-1.0] * 4, [2.0] * 4] * 2))
    (-1.0, 2.0)
    """
    if isinstance(image, Image.Image):
        array = np.asarray(image) if image.mode in ("F", "I") else np.zeros(1, np.uint8)
    else:
        array = to_array(image)
    if array.dtype in (np.uint8, np.uint16, bool):
        return None
    finite = array[np.isfinite(array)] if array.dtype.kind == "f" else array
    if finite.size == 0:
        return None
    lowest, highest = float(np.min(finite)), float(np.max(finite))
    limit = 1.0 if array.dtype.kind == "f" else 255
    inside = lowest >= -1e-3 and highest <= limit + 1e-3
    return None if inside else (lowest, highest)


def _pil_pixels(image: Image.Image) -> np.ndarray:
    if image.mode == "I;16":
        return _to_bytes(np.asarray(image)[..., None]).repeat(3, axis=2)
    if image.mode in ("I", "F"):
        return _to_bytes(np.asarray(image)[..., None]).repeat(3, axis=2)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        return _on_white(np.asarray(image.convert("RGBA")))
    return np.asarray(image.convert("RGB"))


def _channels_last(array: np.ndarray) -> np.ndarray:
    if array.ndim == 2:
        return array[..., None]
    return array.transpose(1, 2, 0) if array.shape[0] in _CHANNELS else array


def _to_bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return (array / 257).round().astype(np.uint8)
    numbers = np.nan_to_num(array.astype(np.float64), nan=-np.inf, neginf=-np.inf, posinf=np.inf)
    if bounds := stretched_range(array):
        lowest, highest = bounds
        numbers = (numbers - lowest) / max(highest - lowest, 1e-12)
    elif array.dtype.kind != "f":
        numbers = numbers / 255
    return (numbers.clip(0, 1) * 255).round().astype(np.uint8)


def _on_white(pixels: np.ndarray) -> np.ndarray:
    alpha = pixels[..., 3:] / 255
    return (pixels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
