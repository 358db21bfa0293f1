"""PNGs: which parts hold the picture, and the depth that Pillow forgets."""

import struct
import zlib

from PIL import Image

__all__ = ["grey_bits", "pixel_parts", "transparent_value"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_GREY, _RGB = 0, 2


def pixel_parts(data: bytes) -> bytes:
    """The same picture without texts, times, profiles and animation, where it may be damaged without harm.

    What the pixels need is kept as it is, spoilt checksums included; EXIF is kept if its checksum is right.

    Args:
        data: a PNG file.
    """
    kept, at = [_SIGNATURE], len(_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 12 + struct.unpack(">I", data[at : at + 4])[0]
        kind = data[at + 4 : at + 8]
        if kind in _PICTURE or (kind == b"eXIf" and _is_sound(data[at:end])):
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _is_sound(chunk: bytes) -> bool:
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def grey_bits(data: bytes) -> int | None:
    """Bits of a gray PNG's pixels, 1 ... 16; None: it has colours.

    Args:
        data: a PNG file.
    """
    return data[24] if data[25] == _GREY else None


def transparent_value(data: bytes, image: Image.Image) -> None:
    """Put ``info["transparency"]`` on the scale that ``image`` has after loading.

    The file names a value as deep as its pixels are: 3 for white in 2 bits, three numbers up to 65535 in
    colours of 16 bits. Pillow spreads the pixels over 0..255, and leaves the value as it was.

    Args:
        data: the file.
        image: what Pillow made of it; its ``info`` is changed.
    """
    value = image.info.get("transparency")
    if isinstance(value, int) and (bits := grey_bits(data)) and bits < 8:
        image.info["transparency"] = value * (255 // (2**bits - 1))
    elif isinstance(value, tuple) and data[24] == 16 and data[25] == _RGB:
        image.info["transparency"] = tuple(entry >> 8 for entry in value)
