"""Any picture file to RGB, or one sentence saying why not."""

import math
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from vislearn.errors import DoubtWarning, FileError, InputError
from vislearn.files import require_path
from vislearn.io.jpeg import decode_jpeg, is_jpeg
from vislearn.io.pillow import Decoded, decode_with_pillow, header_size
from vislearn.io.refusals import COPY_AGAIN, Refusal, not_a_picture, undecodable
from vislearn.language import N_
from vislearn.problems import Problem, problem_of

if TYPE_CHECKING:
    import torch

__all__ = [
    "MAX_MEGAPIXELS",
    "decode_pil",
    "doubt_about",
    "read_array",
    "read_file",
    "read_image",
    "read_pil",
    "size_of",
]

MAX_MEGAPIXELS = 200.0  # no camera makes more; decoded they take 600 MB
_PIECE = 2**20  # bytes
T = TypeVar("T")


def read_image(
    path: str | Path,
    *,
    min_size_hw: tuple[int, int] | None = None,
    scale: float | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> "torch.Tensor":
    """Any picture file -> uint8 (3, H, W) in 0..255, RGB, upright.

    Decided aloud: gray becomes three equal channels; transparency is laid on white; 16-bit is scaled to
    8 (not cut off, but for colours in a TIFF that has tiles, is turned, or a BigTIFF); CMYK is converted
    without colour profiles; EXIF orientation is applied; of several frames the first counts. Damage is never
    papered over, as far as the format shows it: JPEG has no checksums, so a flipped bit inside one may pass
    as a changed pixel. What is damaged beside the pixels (a comment, a profile, a date) stops nobody.

    Args:
        path: JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, JPEG 2000, PPM; the content decides, not the ending.
        min_size_hw: decode JPEGs at the smallest of 1/8, 2/8, 3/8, 4/8 scale that keeps this height and
            width (pixels), if there is one: faster when the picture is shrunk afterwards. Other formats
            ignore it.
        scale: which value is white where pixels have more than 8 bits, such as 4095 for a camera's 12 bits
            stored in 16. None: what the file says, 65535 as a rule; a warning if that makes all of it nearly
            black.
        max_megapixels: a larger picture is refused before it takes memory; a file of 600 bytes can claim
            gigabytes.

    Returns:
        A contiguous tensor of its own.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, too large, or not a picture.
    """
    import torch  # three seconds that drawing and building data need not pay

    pixels = read_array(path, min_size_hw=min_size_hw, scale=scale, max_megapixels=max_megapixels)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def read_pil(
    path: str | Path, *, scale: float | None = None, max_megapixels: float = MAX_MEGAPIXELS
) -> Image.Image:
    """The same picture as :func:`read_image`, as a PIL image in mode RGB.

    Args:
        path: as for :func:`read_image`.
        scale: likewise.
        max_megapixels: likewise.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, too large, or not a picture.
    """
    return Image.fromarray(read_array(path, scale=scale, max_megapixels=max_megapixels))


def decode_pil(data: bytes, name: str) -> Image.Image:
    """The same for a picture that is not a file here, such as one that somebody uploads.

    Args:
        data: what the file holds.
        name: what it is called, for the sentence about what is wrong with it.

    Raises:
        FileError: empty, cut off, damaged, too large, or not a picture.
    """
    decoded = _decoded(data, name, lambda data: _decode(data, None, None, MAX_MEGAPIXELS))
    return Image.fromarray(_said(decoded, name))


def read_array(
    path: str | Path,
    *,
    min_size_hw: tuple[int, int] | None = None,
    scale: float | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> np.ndarray:
    """The same picture as :func:`read_image`, as a uint8 array (H, W, 3).

    Args:
        path: as for :func:`read_image`.
        min_size_hw: likewise.
        scale: likewise.
        max_megapixels: likewise.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, too large, or not a picture.
        InputError: ``scale`` is not above 0.
    """
    if scale is not None and not 0 < scale < math.inf:
        raise InputError("scale", "must be above 0: the value that is white", got=scale)
    decoded = read_file(path, lambda data: _decode(data, min_size_hw, scale, max_megapixels))
    return _said(decoded, path)


def _said(decoded: Decoded, name: str | Path) -> np.ndarray:
    if decoded.doubt:
        warnings.warn(DoubtWarning(decoded.doubt.about(name)), stacklevel=3)
    return decoded.pixels


def doubt_about(
    path: str | Path, *, scale: float | None = None, max_megapixels: float = MAX_MEGAPIXELS
) -> Problem | None:
    """What :func:`read_image` would warn of, if anything.

    Args:
        path: as for :func:`read_image`.
        scale: likewise.
        max_megapixels: likewise.

    Raises:
        FileError: as :func:`read_image` does.
    """
    doubt = read_file(path, lambda data: _decode(data, None, scale, max_megapixels)).doubt
    return problem_of(doubt.about(path)) if doubt else None


def size_of(path: str | Path) -> tuple[int, int]:
    """Height and width of the picture that :func:`read_image` makes of a file, from its header alone.

    Args:
        path: as for :func:`read_image`.

    Raises:
        FileError: missing, a folder, empty, or not a picture; damage to the pixels isn't looked for.
    """
    return read_file(path, header_size)


def read_file(path: str | Path, decode: Callable[[bytes], T]) -> T:
    """What ``decode`` makes of a file, or a sentence that names the file.

    Args:
        path: any file.
        decode: from its bytes; may raise whatever decoders raise.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, too large, or not a picture.
    """
    # where caches are cold, making a Path takes as long as opening the file
    named = path if path and isinstance(path, str) else require_path(path)
    return _decoded(_read_bytes(named), path, decode)


def _decoded(data: bytes, name: str | Path, decode: Callable[[bytes], T]) -> T:
    if not data:
        raise FileError(name, N_("is empty (0 bytes)"), fix=COPY_AGAIN)
    try:
        return decode(data)
    except Exception as trouble:  # decoders raise whatever they stumble over: OSError to struct.error
        refusal = _refusal(data, trouble)
    raise refusal.about(name)


def _refusal(data: bytes, trouble: Exception) -> Refusal:
    if isinstance(trouble, Refusal):
        return trouble
    if isinstance(trouble, UnidentifiedImageError):
        return not_a_picture(data)
    if isinstance(trouble, MemoryError):
        return Refusal(N_("needs more memory than there is"), N_("Make the picture smaller."))
    return undecodable(data, trouble)


def _decode(
    data: bytes, min_size_hw: tuple[int, int] | None, scale: float | None, max_megapixels: float
) -> Decoded:
    if is_jpeg(data):
        return Decoded(decode_jpeg(data, min_size_hw, max_megapixels))
    return decode_with_pillow(data, scale, max_megapixels)


def _read_bytes(path: str | Path) -> bytes:
    try:
        return _in_one_piece(path)
    except (FileNotFoundError, ValueError):  # no file has a name with a zero byte in it
        raise FileError(path, N_("does not exist"), fix=N_("Check the name and the folder.")) from None
    except OSError as trouble:
        if Path(path).is_dir():
            raise FileError(
                path, N_("is a folder, not a picture"), fix=N_("Name a file inside it.")
            ) from None
        problem, fix = N_("can't be read ({reason})"), N_("Check its permissions.")
        raise FileError(path, problem, fix=fix, reason=trouble.strerror) from None


def _in_one_piece(path: str | Path) -> bytes:
    """A fifth of the time of ``read_bytes``: a file that is read whole needs neither buffer nor position."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        size = os.fstat(file).st_size
        data = os.read(file, size + 1)
        while len(data) != size and (more := os.read(file, _PIECE)):  # no plain file, or it grows
            data += more
        return data
    finally:
        os.close(file)
