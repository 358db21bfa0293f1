"""JPEGs, strictly: what could have cost pixels is refused, what could not is read."""

import numpy as np
import simplejpeg

from vislearn.io.orientation import SIDEWAYS, upright
from vislearn.io.pillow import decode_with_pillow, exif_orientation
from vislearn.io.refusals import too_large

__all__ = ["decode_jpeg", "is_jpeg"]

_SCAN, _EXIF, _COMMENT, _TEMPORARY = 0xDA, 0xE1, 0xFE, 0x01
_RESTARTS, _APPLICATIONS = range(0xD0, 0xD8), range(0xE0, 0xF0)
_START, _END = b"\xff\xd8", b"\xff\xd9"


def is_jpeg(data: bytes) -> bool:
    """Does the file begin as JPEGs do?

    >>> is_jpeg(bytes([0xFF, 0xD8, 0xFF, 0xE0]))
    True
    """
    return data.startswith(_START + b"\xff")


def decode_jpeg(data: bytes, min_size_hw: tuple[int, int] | None, max_megapixels: float) -> np.ndarray:
    """JPEG -> uint8 (H, W, 3), RGB, upright.

    libjpeg reports damage as warnings, which Pillow swallows; here each is an error. Some concern no pixel:
    stray bytes between the segments of the header, an odd version number, zeros before the end mark. Those
    are taken out, and what is left must decode without any warning.

    Args:
        data: the file.
        min_size_hw: as for :func:`vislearn.io.read_image`.
        max_megapixels: likewise.

    Raises:
        Refusal: its header claims more pixels than ``max_megapixels``.
        ValueError: damaged; the text is libjpeg's.
    """
    try:
        return _decode_strictly(data, min_size_hw, max_megapixels)
    except ValueError as trouble:
        tidy = _without_strays(data, str(trouble))
        if tidy == data:
            raise
    return upright(_decode_strictly(tidy, min_size_hw, max_megapixels), _orientation(data))


def _decode_strictly(data: bytes, min_size_hw: tuple[int, int] | None, max_megapixels: float) -> np.ndarray:
    height, width, colours, _subsampling = simplejpeg.decode_jpeg_header(data)
    if height * width > max_megapixels * 1e6:
        raise too_large(height, width, max_megapixels)
    if colours in {"CMYK", "YCCK"}:
        simplejpeg.decode_jpeg(data, "CMYK")  # for its warnings
        return decode_with_pillow(data, None, max_megapixels).pixels
    turn = _orientation(data)
    least_height, least_width = min_size_hw or (0, 0)
    if turn in SIDEWAYS:
        least_height, least_width = least_width, least_height
    # Without limits the picture keeps its size. Scales between 1/2 and 1 are slower than full size: libjpeg
    # has no vector code for them.
    pixels = simplejpeg.decode_jpeg(data, "RGB", min_height=least_height, min_width=least_width, min_factor=2)
    return upright(pixels, turn)


def _orientation(data: bytes) -> int:
    """1 ... 8 as in EXIF; libjpeg reads headers, with strays in them, that Pillow doesn't."""
    if not _has_exif(data):
        return 1
    return exif_orientation(data) or exif_orientation(_without_strays(data, notes=True)) or 1


def _has_exif(data: bytes) -> bool:
    """Is there a segment that could hold EXIF or XMP before the pixels? A walk of a few microseconds."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1]
        if marker == _EXIF:
            return True
        if marker == _SCAN:  # the pixels begin
            return False
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _without_strays(data: bytes, complaint: str = "", *, notes: bool = False) -> bytes:
    """The same pixels without what libjpeg would skip on its way to them; unchanged where there is no way.

    Kept are the tables, the frame, and the two notes that decide on colours (JFIF and Adobe); all others only
    with ``notes``. After the start of the pixels nothing is touched but zeros right before the end mark, if
    those are what libjpeg complains of.
    """
    tidy, at = bytearray(_START), 2
    while (at := _next_marker(data, at)) >= 0:
        marker = data[at + 1]
        if marker in _RESTARTS or marker == _TEMPORARY:  # markers without a length
            at += 2
            continue
        if marker == _SCAN:
            return bytes(tidy) + (_without_zeros(data[at:]) if complaint.endswith("0xd9") else data[at:])
        segment = data[at : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        if notes or (marker not in _APPLICATIONS and marker != _COMMENT):
            tidy += segment
        elif segment[4:9] == b"JFIF\0":
            tidy += segment[:9] + b"\1\1" + segment[11:]
        elif segment[4:9] == b"Adobe":
            tidy += segment
        at += len(segment)
    return data


def _next_marker(data: bytes, at: int) -> int:
    """Where the next 0xFF is that a marker follows, as libjpeg looks for it; -1: nowhere."""
    at = data.find(b"\xff", at)
    while 0 <= at < len(data) - 3 and data[at + 1] in (0x00, 0xFF):
        at = data.find(b"\xff", at + 1)
    return at if at < len(data) - 3 else -1


def _without_zeros(scan: bytes) -> bytes:
    end = scan.rfind(_END)
    pixels = scan[:end].rstrip(b"\0")
    if pixels.endswith(b"\xff"):  # 0xFF among the pixels is written as 0xFF 0x00
        pixels += b"\0"
    return pixels + scan[end:]
