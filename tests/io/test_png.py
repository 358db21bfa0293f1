import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from vislearn.errors import FileError
from vislearn.io import read_image
from vislearn.io.png import grey_bits, pixel_parts


def png(*chunks):
    framed = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def tiny(bits, colour, row, clear=None):
    """One row of pixels, each part of it as its bytes."""
    header = struct.pack(">IIBBBBB", 2, 1, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" + row)), (b"IEND", b"")]
    if clear is not None:
        parts.insert(1, (b"tRNS", clear))
    return png(*parts)


CLEAR = [  # the second pixel is transparent, which is white here
    ("1 bit", tiny(1, 0, b"\x40", struct.pack(">H", 1)), [0, 255]),
    ("1 bit, black is clear", tiny(1, 0, b"\x80", struct.pack(">H", 0)), [255, 255]),
    ("2 bits", tiny(2, 0, b"\x60", struct.pack(">H", 2)), [85, 255]),
    ("4 bits", tiny(4, 0, b"\x35", struct.pack(">H", 5)), [51, 255]),
    ("8 bits", tiny(8, 0, b"\x0a\x14", struct.pack(">H", 20)), [10, 255]),
    ("16 bits", tiny(16, 0, struct.pack(">HH", 40000, 300), struct.pack(">H", 300)), [156, 255]),
    (
        "16 bits of colour",
        tiny(16, 2, struct.pack(">6H", *[40000] * 3, *[300] * 3), struct.pack(">3H", *[300] * 3)),
        [156, 255],
    ),
]


@pytest.mark.parametrize(("name", "data", "expected"), CLEAR, ids=[name for name, *_ in CLEAR])
def test_one_value_is_transparent_at_every_depth(tmp_path, name, data, expected):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    assert read_image(path)[0, 0].tolist() == expected


def test_bits_of_gray():
    assert grey_bits(tiny(2, 0, b"\x60")) == 2
    assert grey_bits(tiny(8, 2, bytes(6))) is None


@pytest.fixture
def noted():
    """A picture with a text, a profile and a date."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("comment", "hello", zip=True)
    notes.add(b"tIME", bytes(7))
    image, data = Image.fromarray(np.arange(200, dtype=np.uint8).reshape(10, 20)), BytesIO()
    image.save(data, "PNG", pnginfo=notes, icc_profile=b"profile")
    return image, data.getvalue()


@pytest.mark.parametrize("kind", [b"zTXt", b"tIME", b"iCCP"])
def test_damage_beside_the_pixels_stops_nobody(tmp_path, noted, kind):
    image, data = noted
    spoilt = bytearray(data)
    spoilt[spoilt.index(kind) + 5] ^= 1
    path = tmp_path / "a.png"
    path.write_bytes(spoilt)
    assert np.array_equal(read_image(path)[0], np.asarray(image))


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT"])
def test_damage_to_the_pixels_is_an_error(tmp_path, noted, kind):
    _image, data = noted
    spoilt = bytearray(data)
    spoilt[spoilt.index(kind) + 4] ^= 1
    path = tmp_path / "a.png"
    path.write_bytes(spoilt)
    with pytest.raises(FileError, match="damaged PNG"):
        read_image(path)


def test_a_long_text_is_no_bomb(tmp_path):
    data = tiny(8, 0, b"\x0a\x14")
    text = b"comment\0\0" + zlib.compress(bytes(3_000_000))
    end = data.index(b"IDAT") - 4
    path = tmp_path / "a.png"
    path.write_bytes(data[:end] + png((b"zTXt", text))[8:] + data[end:])
    assert read_image(path)[0, 0].tolist() == [10, 20]


def test_a_spoilt_animation_leaves_its_first_picture(tmp_path):
    data = tiny(8, 0, b"\x0a\x14")
    end = data.index(b"IDAT") - 4
    path = tmp_path / "a.png"
    path.write_bytes(data[:end] + png((b"acTL", struct.pack(">II", 2, 0)))[8:] + data[end:])
    assert read_image(path)[0, 0].tolist() == [10, 20]


def test_what_is_kept(noted):
    kinds = [
        kind
        for kind in (b"IHDR", b"zTXt", b"tIME", b"iCCP", b"IDAT", b"IEND")
        if kind in pixel_parts(noted[1])
    ]
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
