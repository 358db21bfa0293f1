import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.io import read_mask

NUMBERS = np.array([[0, 1, 2], [2, 3, 0]])


def saved(tmp_path, image, ending="png", **options):
    path = tmp_path / f"mask.{ending}"
    image.save(path, **options)
    return path


def palette(colours):
    image = Image.fromarray(NUMBERS.astype(np.uint8))
    image.putpalette(colours)
    return image


def rgba(*pixels):
    return Image.fromarray(np.array([pixels], np.uint8))


KINDS = [
    ("8 bits", Image.fromarray(NUMBERS.astype(np.uint8)), NUMBERS),
    ("16 bits", Image.fromarray(NUMBERS.astype(np.uint16)), NUMBERS),
    ("16 bits, beyond 8", Image.fromarray(np.array([[0, 40000]], np.uint16)), [[0, 40000]]),
    ("1 bit", Image.fromarray(np.array([[True, False]])), [[1, 0]]),
    ("VOC's palette", palette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]), NUMBERS),
    ("a gray palette the wrong way round", palette([255] * 3 + [0] * 9), np.where(NUMBERS, 0, 255)),
    ("gray in three channels", Image.fromarray(np.full((1, 2, 3), 7, np.uint8)), [[7, 7]]),
    ("colours", Image.fromarray(np.array([[[3, 1, 0], [0, 0, 0]]], np.uint8)), [[259, 0]]),
    ("white on nothing", rgba((255, 255, 255, 255), (255, 255, 255, 0)), [[255, 0]]),
    ("black on nothing", rgba((0, 0, 0, 255), (0, 0, 0, 0)), [[255, 0]]),
    ("white on black, nowhere transparent", rgba((255, 255, 255, 255), (0, 0, 0, 255)), [[255, 0]]),
]


@pytest.mark.parametrize(("name", "image", "expected"), KINDS, ids=[name for name, *_ in KINDS])
def test_numbers_come_as_they_are_stored(tmp_path, name, image, expected):
    found = read_mask(saved(tmp_path, image))
    assert found.dtype == np.int64
    assert np.array_equal(found, expected)


def test_few_bits_are_not_spread_over_all_grays(tmp_path):
    image = Image.fromarray(NUMBERS.astype(np.uint8))
    path = saved(tmp_path, image.convert("P"), bits=2)
    data = bytearray(path.read_bytes())
    assert (data[24], data[25]) == (2, 3)
    data[25] = 0  # gray instead of a palette: the same bits
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    at = data.index(b"PLTE") - 4
    del data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    path.write_bytes(data)
    assert np.array_equal(read_mask(path), NUMBERS)


def test_a_mask_stands_upright_as_its_picture_does(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, Image.fromarray(NUMBERS.astype(np.uint8)), exif=exif)
    assert read_mask(path).shape == (3, 2)


def test_floats_are_refused(tmp_path):
    with pytest.raises(FileError, match="floating-point numbers"):
        read_mask(saved(tmp_path, Image.new("F", (2, 2)), "tif"))


def test_damage_and_absence_are_told_as_for_pictures(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        read_mask(tmp_path / "no.png")
    (tmp_path / "a.png").write_bytes(b"a,b")
    with pytest.raises(FileError, match="holds text"):
        read_mask(tmp_path / "a.png")


def test_a_lossy_mask_has_many_values(tmp_path):
    box = np.zeros((32, 32), np.uint8)
    box[5:20, 7:23] = 255
    assert len(np.unique(read_mask(saved(tmp_path, Image.fromarray(box), "jpg")))) > 2


def test_what_is_half_transparent_or_less_is_not_seen(tmp_path):
    pixels = np.zeros((1, 3, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, [127, 128, 255]
    found = read_mask(saved(tmp_path, Image.fromarray(pixels)))
    assert (found != 0).tolist() == [[False, True, True]]


def test_gray_with_alpha_is_one_number_for_each_pixel(tmp_path):
    pixels = np.dstack([NUMBERS, np.array([[255, 255, 0], [255, 255, 255]])]).astype(np.uint8)
    found = read_mask(
        saved(tmp_path, Image.merge("LA", [*map(Image.fromarray, np.moveaxis(pixels, -1, 0).copy())]))
    )
    assert found.tolist() == [[0, 1, 0], [2, 3, 0]]
