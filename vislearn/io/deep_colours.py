"""Colours of 16 bits, of which Pillow keeps the upper eight; FFmpeg, which reads films here, keeps all."""

from io import BytesIO

import numpy as np
from PIL import Image

from vislearn.io.depth import MOST
from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["deep_colours"]

_BITS, _COMPRESSION, _PLANES = 258, 259, 284  # TIFF's tags, and two of their values
_NONE, _APART = 1, 2
_SPREAD = 257  # 255 becomes 65535


def deep_colours(data: bytes, image: Image.Image, *, needed: bool) -> np.ndarray | None:
    """uint16 (H, W, 3), or 4 with transparency; None where a picture has no such colours.

    Where FFmpeg can't read the file, or finds another picture in it, Pillow's upper eight bits are spread.

    Args:
        data: the file.
        image: what Pillow made of it.
        needed: whether the upper eight bits are not enough.

    Raises:
        Refusal: all bits are needed, and can't be read.
    """
    if image.mode not in {"RGB", "RGBA"} or not _has_sixteen_bits(image):
        return None
    known = np.asarray(image.convert("RGBA") if image.has_transparency_data else image)
    mixed_up, found = _is_mixed_up(image), _by_ffmpeg(data, image.format)
    if found is not None and (mixed_up or _agree(found, known)):
        return found
    if needed or mixed_up:
        raise Refusal(
            N_("has colours of 16 bits, stored in a way in which not all of them can be read here"),
            N_("Save it as PNG."),
        )
    return known.astype(np.uint16) * _SPREAD


def _agree(found: np.ndarray, known: np.ndarray) -> bool:
    if found.shape[:2] != known.shape[:2] or found.shape[2] < known.shape[2]:
        return False
    upper = (found[..., : known.shape[2]] // _SPREAD).astype(np.int16)
    return bool((np.abs(upper - known) <= 1).all())


def _has_sixteen_bits(image: Image.Image) -> bool:
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS)
        return isinstance(bits, tuple) and set(bits) == {16}
    return image.info.get(MOST, 0) > 255


def _is_mixed_up(image: Image.Image) -> bool:
    """Whether red, green and blue lie apart in a TIFF, uncompressed: Pillow takes bytes for colours then."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(_PLANES) == _APART and tags.get(_COMPRESSION) == _NONE


def _by_ffmpeg(data: bytes, kind: str | None) -> np.ndarray | None:
    import av

    try:
        with av.open(BytesIO(data), "r", format=f"{kind}_pipe".lower()) as file:
            frame = next(file.decode(video=0))
            if frame.format.name.startswith("ya16"):
                frame = frame.reformat(format="rgba64le")
            pixels = frame.to_ndarray()
    except (av.FFmpegError, StopIteration, ValueError, IndexError):  # not in a way that it reads
        return None
    return pixels if pixels.dtype == np.uint16 and pixels.ndim == 3 else None
