"""Pillow within bounds: a list of formats, nothing started, nothing printed, one limit of size."""

import logging
import os
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from vislearn.io import png
from vislearn.io.deep_colours import deep_colours
from vislearn.io.depth import MOST, colours_to_eight_bit, is_deep, to_eight_bit
from vislearn.io.names import FORMATS
from vislearn.io.orientation import SIDEWAYS, orientation, upright
from vislearn.io.refusals import Refusal, too_large

__all__ = ["Decoded", "decode_with_pillow", "exif_orientation", "header_size", "load", "on_white"]

# Without a handler of anybody's, Pillow's complaints about odd TIFFs would be printed.
logging.getLogger("PIL").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Decoded:
    """A picture, and what is doubtful about it."""

    pixels: np.ndarray  # uint8 (H, W, 3)
    doubt: Refusal | None = None


class _Bounds:
    """Pillow's warnings off and its own limit of size away, as long as anybody here is decoding.

    Both are settings of the whole process, and several threads decode at once: the first in sets them, the
    last out puts them back. ``warnings.catch_warnings`` in each thread would put back what another had set,
    for good.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0
        self._limit: int | None = None
        self._filter: tuple | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                warnings.filterwarnings("ignore", module=r"PIL\.")
                self._filter, self._limit = warnings.filters[0], Image.MAX_IMAGE_PIXELS
                Image.MAX_IMAGE_PIXELS = None
            self._inside += 1

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                Image.MAX_IMAGE_PIXELS = self._limit
                with suppress(ValueError):  # somebody has put other filters in place meanwhile
                    warnings.filters.remove(self._filter)  # type: ignore[attr-defined]  # a list, if not by its type


_HEADER = 4096  # bytes in which a PPM's four words stand, with comments between them
_bounds = _Bounds()


_stderr_lock = threading.Lock()


def decode_with_pillow(data: bytes, scale: float | None, max_megapixels: float) -> Decoded:
    """Any picture but a JPEG -> RGB, upright.

    Args:
        data: the file.
        scale: as for :func:`vislearn.io.read_image`.
        max_megapixels: likewise.

    Raises:
        Refusal: too large, or its numbers mean nothing by themselves.
        UnidentifiedImageError: of no format that is read here.
        Exception: damaged; decoders raise whatever they stumble over.
    """
    image = load(data, max_megapixels)
    with _bounds:
        pixels, doubt = _rgb(image, data, scale)
        return Decoded(upright(pixels, orientation(image)), doubt)


def load(data: bytes, max_megapixels: float) -> Image.Image:
    """A picture with its pixels as they are stored; of several frames, the first.

    Args:
        data: the file.
        max_megapixels: the largest picture that is decoded.

    Raises:
        Refusal: its header claims more pixels.
        UnidentifiedImageError: of no format that is read here.
        Exception: damaged; decoders raise whatever they stumble over.
    """
    try:
        return _load(data, max_megapixels)
    except Refusal:
        raise
    except Exception:
        if not data.startswith(b"\x89PNG") or (tidy := png.pixel_parts(data)) == data:
            raise
    return _load(tidy, max_megapixels)


def _load(data: bytes, max_megapixels: float) -> Image.Image:
    with _bounds:
        image = Image.open(BytesIO(data), formats=FORMATS)
        if image.width * image.height > max_megapixels * 1e6:
            raise too_large(image.height, image.width, max_megapixels)
        if image.format == "PNG":
            Image.open(
                BytesIO(data), formats=["PNG"]
            ).verify()  # checksums, and the end mark: load() reads past both
        with _libtiff_muted(image):
            image.load()
        if image.format == "PNG":
            png.transparent_value(data, image)
            image.info[MOST] = 2 ** data[24] - 1
        elif image.format == "PPM" and data[1:2] in b"2356":
            image.info[MOST] = int(re.sub(rb"#[^\n]*", b"", data[:_HEADER]).split(maxsplit=4)[3])
    return image


def exif_orientation(data: bytes) -> int | None:
    """1 ... 8 as in EXIF, from the header alone; None where Pillow can't read the header.

    Args:
        data: the file.
    """
    with _bounds:
        try:
            return orientation(Image.open(BytesIO(data), formats=FORMATS))
        except Exception:  # whatever Pillow makes of a spoilt header; who asks has a decoder of its own
            return None


def header_size(data: bytes) -> tuple[int, int]:
    """Height and width after turning the picture upright, from the header alone.

    Args:
        data: the file.

    Raises:
        UnidentifiedImageError: of no format that is read here.
    """
    with _bounds:
        image = Image.open(BytesIO(data), formats=FORMATS)
        sideways = orientation(image) in SIDEWAYS
    return (image.width, image.height) if sideways else (image.height, image.width)


@contextmanager
def _libtiff_muted(image: Image.Image) -> Iterator[None]:
    """Keep errors that libtiff prints from C to itself; what they mean arrives as an exception too."""
    if not any(tile[0] == "libtiff" for tile in getattr(image, "tile", ())):
        yield
        return
    with _stderr_lock, open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the null device is no path of ours
        try:
            kept = os.dup(2)
        except OSError:  # a program without a console: nothing can be printed
            yield
            return
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _rgb(image: Image.Image, data: bytes, scale: float | None) -> tuple[np.ndarray, Refusal | None]:
    """uint8 (H, W, 3), transparency laid on white; and the doubt."""
    if is_deep(image):
        gray, doubt = to_eight_bit(image, scale)
        if isinstance(clear := image.info.get("transparency"), int):
            gray[np.asarray(image) == clear] = 255
        return np.repeat(gray[..., None], 3, axis=2), doubt
    if (colours := deep_colours(data, image, needed=scale is not None)) is not None:
        return colours_to_eight_bit(colours, scale, image.info.get(MOST, 65535))
    return np.array(on_white(image)), None


def on_white(image: Image.Image) -> Image.Image:
    """A picture in mode RGB, what is transparent laid on white.

    Args:
        image: of any mode of 8 bits.

    >>> on_white(Image.new("RGBA", (1, 1), (0, 0, 0, 0))).getpixel((0, 0))
    (255, 255, 255)
    """
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
