"""Pictures of more than 8 bits: which value is white, and down to 8 bits without losing the range."""

from typing import Any

import numpy as np
from PIL import Image

from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["MOST", "colours_to_eight_bit", "is_deep", "to_eight_bit"]

MOST = "most"  # in a loaded picture's info: the largest number that its file has room for
_SIXTEEN_BIT = 65535
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF's tags, and two of their values
_WHITE_IS_ZERO, _SIGNED = 0, 2
_FAR_BELOW = 8  # white lies so many times above the highest value: more likely the data have fewer bits


def is_deep(image: Image.Image) -> bool:
    """Does a loaded picture hold numbers beyond 0..255?

    >>> is_deep(Image.new("I;16", (1, 1))), is_deep(Image.new("L", (1, 1)))
    (True, False)
    """
    return image.mode.startswith("I") or image.mode == "F" or _is_signed(image)


def to_eight_bit(image: Image.Image, scale: float | None) -> tuple[np.ndarray, Refusal | None]:
    """0..white -> uint8 (H, W) in 0..255, rounded; Pillow's own conversion clips everything above 255.

    Args:
        image: of one channel, loaded.
        scale: the value that becomes white; None: what the file says, 65535 for ordinary 16 bits.

    Returns:
        The pixels, and what is doubtful about them.

    Raises:
        Refusal: nobody but the person who made the file knows what its numbers mean.
    """
    values = _numbers(image)
    white = scale or _white(image)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise Refusal(N_("holds values that are no finite numbers"), N_("Replace them before you save it."))
    if white is None or low < 0 or high > white:
        raise _beyond(low, high, scale)
    if _tag(image, _PHOTOMETRIC) == _WHITE_IS_ZERO and image.mode == "I;16":  # Pillow inverts 8 bits only
        values, high = white - values, white - low
    doubt = _too_dark(high, white) if scale is None else None
    return _of_255(values, white).astype(np.uint8), doubt


def colours_to_eight_bit(
    pixels: np.ndarray, scale: float | None, most: int = _SIXTEEN_BIT
) -> tuple[np.ndarray, Refusal | None]:
    """uint16 (H, W, 3), or 4 with transparency, which is laid on white -> uint8 (H, W, 3).

    Args:
        pixels: spread over 0..65535.
        scale: the value that becomes white; None: ``most``.
        most: the largest number that the file has room for.

    Returns:
        The pixels, and what is doubtful about them.

    Raises:
        Refusal: a colour lies above ``scale``.
    """
    values, white = _stored(pixels[..., :3].astype(np.float32), most), scale or most
    low, high = float(values.min()), float(values.max())
    if high > white:
        raise _beyond(low, high, scale)
    shades = _of_255(values, white)
    if pixels.shape[2] == 4:
        opaque = pixels[..., 3:] / np.float32(_SIXTEEN_BIT)
        shades = np.floor(shades * opaque + 255 * (1 - opaque) + np.float32(0.5))
    return shades.astype(np.uint8), _too_dark(high, white) if scale is None else None


def _of_255(values: np.ndarray, white: float) -> np.ndarray:
    """0..white -> whole numbers in 0..255, the nearest."""
    return np.floor(values * np.float32(255 / white) + np.float32(0.5))


def _beyond(low: float, high: float, scale: float | None) -> Refusal:
    if scale is not None and low >= 0:
        return Refusal(
            N_("holds values up to {high:g}, which is above its white, scale={scale:g}"),
            N_("Give scale={high:g} or more, the white of all the pictures."),
            high=high,
            scale=scale,
        )
    return Refusal(
        N_("holds values from {low:g} to {high:g}, and only you know what they mean"),
        N_("Say which one is white: scale={most:g}, or --scale of a command. None may lie below 0."),
        low=low,
        high=high,
        most=max(high, 1.0),
    )


def _numbers(image: Image.Image) -> np.ndarray:
    stored = np.asarray(image)
    if image.mode == "L":  # signed: Pillow hands the bits on as they are
        return stored.view(np.int8).astype(np.float32)
    values = stored.astype(np.float64 if stored.itemsize > 2 else np.float32)  # 16 bits fit into 24
    return _stored(values, image.info.get(MOST, _SIXTEEN_BIT)) if image.format == "PPM" else values


def _stored(values: np.ndarray, most: int) -> np.ndarray:
    """The file's own numbers, where a decoder has spread them over 0..65535, as PPM's."""
    return values if most == _SIXTEEN_BIT else np.rint(values * np.float32(most / _SIXTEEN_BIT))


def _too_dark(high: float, white: float) -> Refusal | None:
    """Said of a picture of which nothing will be seen."""
    if high == 0 or high >= white / _FAR_BELOW:
        return None
    likely = 2 ** int(high).bit_length() - 1
    return Refusal(
        N_("has room for values up to {white:g} and holds none above {high:g}, so it becomes nearly black"),
        N_(
            "If that is right, say scale={white:g}; if {likely} is its white, scale={likely}: on the "
            "command line --scale. Numbers of objects or classes are read by vislearn.io.read_mask."
        ),
        white=white,
        high=high,
        likely=likely,
    )


def _white(image: Image.Image) -> float | None:
    """The value of white, if the file says so."""
    if _is_signed(image):
        return 127 if image.mode == "L" else 32767
    if image.format == "TIFF" and image.mode.startswith("I;16"):
        return 2 ** int(_tag(image, _BITS) or 16) - 1  # 12 bits arrive as they are, in 16
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in {"PNG", "PPM"}):
        return image.info.get(MOST, _SIXTEEN_BIT)
    return None  # 32 bits, floats: nobody knows


def _is_signed(image: Image.Image) -> bool:
    return (
        _tag(image, _SAMPLE_FORMAT) == _SIGNED and _tag(image, _BITS) in {8, 16} and image.mode in {"L", "I"}
    )


def _tag(image: Image.Image, number: int) -> int | None:
    """One of TIFF's notes about the samples; of several samples, the first's."""
    value: Any = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) and value else value
