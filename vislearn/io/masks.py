"""Masks as they are stored: numbers of objects or classes, which no conversion to a picture may touch."""

from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.io.jpeg import decode_jpeg, is_jpeg
from vislearn.io.orientation import orientation, upright
from vislearn.io.pillow import load
from vislearn.io.png import grey_bits
from vislearn.io.reading import MAX_MEGAPIXELS, read_file
from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["has_one_channel", "read_mask", "stored_numbers"]

_OPAQUE = 128  # alpha from which a pixel is seen
_ONE_CHANNEL = ("1", "L", "P", "I")


def read_mask(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """The numbers in a mask file, as they are stored: int64 (H, W).

    Palette pictures give their indices (their gray levels, where the palette is gray), gray ones their values
    up to 16 bits, unspread and unscaled. Coloured ones give R + 256·G + 65536·B, or the gray value where all
    three are equal everywhere. Where parts are transparent, those are 0; if what is left is black throughout,
    it is 255.

    Args:
        path: any picture file; use a format that loses nothing, such as PNG.
        max_megapixels: as for :func:`vislearn.io.read_image`.

    Raises:
        FileError: missing, damaged, too large, not a picture, or of floating-point numbers.
    """
    return read_file(path, lambda data: _decode(data, max_megapixels))


def _decode(data: bytes, max_megapixels: float) -> np.ndarray:
    if is_jpeg(data):
        return _colours(decode_jpeg(data, None, max_megapixels))
    image = load(data, max_megapixels)
    return upright(_values(image, data), orientation(image))


def _values(image: Image.Image, data: bytes) -> np.ndarray:
    if image.mode == "F":
        raise Refusal(
            N_("holds floating-point numbers, not numbers of objects"), N_("Save it as PNG of 8 or 16 bits.")
        )
    if image.mode == "P" and (gray := _gray_palette(image)) is not None:
        return gray[np.asarray(image)]
    if has_one_channel(image):
        return stored_numbers(image, data)
    if image.mode in {"RGB", "CMYK", "YCbCr"}:
        return _colours(np.asarray(image.convert("RGB")))
    pixels = np.asarray(image.convert("RGBA"))
    seen = pixels[..., 3] >= _OPAQUE
    values = _colours(pixels[..., :3])
    if not seen.all() and not values[seen].any():
        values[:] = 255
    return np.where(seen, values, 0)


def has_one_channel(image: Image.Image) -> bool:
    """Is a pixel one number: gray of any depth, or the index of a palette's colour?

    Args:
        image: as Pillow opened it.
    """
    return image.mode in _ONE_CHANNEL or image.mode.startswith("I;")


def stored_numbers(image: Image.Image, data: bytes) -> np.ndarray:
    """The numbers of a picture of one channel as its file has them, int64 (H, W).

    Pillow spreads 1, 2 and 4 bits over 0..255; here 3 of 2 bits is 3 again.

    Args:
        image: as Pillow loaded it.
        data: the file.
    """
    values = np.asarray(image).astype(np.int64)
    bits = grey_bits(data) if image.format == "PNG" and image.mode == "L" else None
    return values // (255 // (2**bits - 1)) if bits and bits < 8 else values


def _gray_palette(image: Image.Image) -> np.ndarray | None:
    """The gray level of each of 256 indices, int64; None: an index in use has a colour."""
    palette = np.zeros((256, 3), np.int64)
    colours = np.array(image.getpalette("RGB") or [], np.int64).reshape(-1, 3)[:256]
    palette[: len(colours)] = colours
    used = palette[np.unique(np.asarray(image))]
    return palette[:, 0] if (used == used[:, :1]).all() else None


def _colours(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = np.moveaxis(pixels.astype(np.int64), -1, 0)
    if (red == green).all() and (red == blue).all():
        return red
    return red + 256 * green + 65536 * blue
