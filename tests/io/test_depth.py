import struct

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.io import read_image


def tiff(values, *, bits=16, photometric=1, sample_format=1):
    """A TIFF of one row, uncompressed; ``values`` are its bytes, little-endian."""
    width = len(values) * 8 // bits
    tags = [(256, width), (257, 1), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, 1)]
    tags += [(279, len(values)), (339, sample_format)]
    padded = values + b"\0" * (len(values) % 2)
    entries = b"".join(struct.pack("<HHII", number, 4, 1, value) for number, value in tags)
    return (
        b"II*\0"
        + struct.pack("<I", 8 + len(padded))
        + padded
        + struct.pack("<H", len(tags))
        + entries
        + bytes(4)
    )


TAGS = [
    ("16 bits", tiff(struct.pack("<2H", 0, 65535)), [0, 255]),
    ("12 bits", tiff(bytes([0x80, 0x0F, 0xFF]), bits=12), [128, 255]),
    ("signed 16 bits", tiff(struct.pack("<2h", 16384, 32767), sample_format=2), [128, 255]),
    ("signed 8 bits", tiff(bytes([64, 127]), bits=8, sample_format=2), [129, 255]),
    ("white is 0", tiff(struct.pack("<2H", 0, 65535), photometric=0), [255, 0]),
]


@pytest.mark.parametrize(("name", "data", "expected"), TAGS, ids=[name for name, *_ in TAGS])
def test_the_tags_say_which_value_is_white(tmp_path, name, data, expected):
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    assert read_image(path)[0, 0].tolist() == expected


@pytest.mark.parametrize(
    "data",
    [
        tiff(struct.pack("<2h", -1, 300), sample_format=2),
        tiff(bytes([200, 3]), bits=8, sample_format=2),
        tiff(struct.pack("<2f", 0.0, 1.0), bits=32, sample_format=3),
        tiff(struct.pack("<2i", 0, 70000), bits=32, sample_format=2),
    ],
    ids=["signed", "signed bytes", "floats", "32 bits"],
)
def test_numbers_without_a_known_meaning_are_refused_with_advice_that_fits(tmp_path, data):
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    with pytest.raises(FileError, match="only you know what they mean") as caught:
        read_image(path)
    assert "scale=" in caught.value.fix
    assert "delete" not in caught.value.fix


def test_floats_with_a_scale_are_read_and_what_is_no_number_is_not(tmp_path):
    path = tmp_path / "a.tif"
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)).save(path)
    assert read_image(path, scale=1.0)[0, 0].tolist() == [0, 128, 255]
    with pytest.raises(FileError, match=r"up to 1, which is above its white, scale=0\.9"):
        read_image(path, scale=0.9)
    Image.fromarray(np.array([[0.0, np.nan]], np.float32)).save(path)
    with pytest.raises(FileError, match="no finite numbers"):
        read_image(path, scale=1.0)


def test_sixteen_bits_are_rounded_as_whole_numbers_are(tmp_path):
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(values).save(tmp_path / "a.png")
    expected = (values.astype(np.uint32) * 255 + 32767) // 65535
    assert np.array_equal(read_image(tmp_path / "a.png")[0], expected)


@pytest.mark.parametrize(("highest", "warned"), [(0, False), (20, True), (8191, True), (8192, False)])
@pytest.mark.filterwarnings("always")
def test_only_pictures_far_too_dark_are_doubted(tmp_path, recwarn, highest, warned):
    Image.fromarray(np.array([[0, highest]], np.uint16)).save(tmp_path / "a.png")
    read_image(tmp_path / "a.png")
    assert bool(len(recwarn)) is warned
