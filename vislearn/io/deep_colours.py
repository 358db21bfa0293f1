"""Colours of 16 bits, of which Pillow keeps the upper eight; FFmpeg, which reads films here, keeps all."""

from io import BytesIO

import numpy as np
from PIL import Image

from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["deep_colours"]

_BITS = 258  # TIFF's tag


def deep_colours(data: bytes, image: Image.Image, *, needed: bool) -> np.ndarray | None:
    """uint16 (H, W, 3), or 4 with transparency; None where a picture has no such colours.

    Args:
        data: the file.
        image: what Pillow made of it. Where the two programs disagree, its colours count.
        needed: whether the upper eight bits are not enough.

    Raises:
        Refusal: all bits are needed, and can't be read.
    """
    if image.mode not in {"RGB", "RGBA"} or not _has_sixteen_bits(data, image):
        return None
    found = _by_ffmpeg(data, image.format)
    if found is not None and _agree(found, np.asarray(image)):
        return found
    if needed:
        raise Refusal(
            N_("has colours of 16 bits, stored in a way in which only their upper 8 are read here"),
            N_("Save it as PNG."),
        )
    return None


def _agree(found: np.ndarray, known: np.ndarray) -> bool:
    if found.shape[:2] != known.shape[:2] or found.shape[2] < known.shape[2]:
        return False
    upper = (found[..., : known.shape[2]] // 257).astype(np.int16)
    return bool((np.abs(upper - known) <= 1).all())


def _has_sixteen_bits(data: bytes, image: Image.Image) -> bool:
    if image.format == "PNG":
        return data[24] == 16
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS)
        return isinstance(bits, tuple) and set(bits) == {16}
    return image.format == "PPM" and len(data) > 6 * image.width * image.height


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
