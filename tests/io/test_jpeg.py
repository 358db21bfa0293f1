from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.io import jpeg
from vislearn.io.jpeg import is_jpeg
from vislearn.io.reading import read_array


@pytest.fixture(params=["RGB", "L", "CMYK"])
def whole(request):
    data = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    noise = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    Image.fromarray(noise).convert(request.param).save(data, "JPEG", exif=exif)
    return data.getvalue()


def written(tmp_path, data):
    (tmp_path / "a.jpg").write_bytes(data)
    return tmp_path / "a.jpg"


def strays(data):
    at = data.index(b"\xff\xdb")
    return data[:at] + b"\0\0\x13\xff\0" + data[at:]


def odd_version(data):
    at = data.index(b"JFIF") if b"JFIF" in data else None
    return data if at is None else data[: at + 5] + b"\0\0" + data[at + 7 :]


def zeros_before_the_end(data):
    return data[:-2] + bytes(7) + data[-2:]


def spoilt_profile(data):
    at = data.index(b"\xff\xdb")
    return data[:at] + b"\xff\xe2\0\x10ICC_PROFILE\0\x09\x01" + data[at:]


def markers_and_strays(data):
    at = data.index(b"\xff\xdb")
    return data[:at] + b"\xff\x01" + strays(data)[at:]


@pytest.mark.parametrize(
    "slip",
    [strays, odd_version, zeros_before_the_end, spoilt_profile, markers_and_strays],
)
def test_slips_that_cost_no_pixel_are_read_and_turned_upright(tmp_path, whole, slip):
    expected = read_array(written(tmp_path, whole))
    assert expected.shape == (40, 24, 3)
    assert np.array_equal(read_array(written(tmp_path, slip(whole))), expected)


def with_plain_numbers(data):
    """Components 1, 2, 3 in place of R, G, B, whose letters alone would tell what they are."""
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    named = bytearray(data)
    for number in range(3):
        named[frame + 10 + 3 * number] = named[scan + 5 + 2 * number] = number + 1
    return bytes(named)


def test_red_green_and_blue_as_only_a_note_tells_are_read_as_such_despite_strays(tmp_path):
    data = BytesIO()
    red = Image.new("RGB", (16, 16), (200, 30, 90))
    red.save(data, "JPEG", keep_rgb=True)
    whole = with_plain_numbers(data.getvalue())
    for content in (whole, strays(whole)):
        assert abs(read_array(written(tmp_path, content)).astype(int) - (200, 30, 90)).max() <= 2


def lost_tail(data):
    return data[: len(data) * 2 // 3] + data[-2:]


def strays_and_lost_tail(data):
    return strays(lost_tail(data))


def other_bytes_before_the_end(data):
    return data[:-2] + b"\x12\x34" * 10 + data[-2:]


@pytest.mark.parametrize("loss", [lost_tail, strays_and_lost_tail, other_bytes_before_the_end])
def test_what_may_have_cost_pixels_is_still_refused(tmp_path, whole, loss):
    with pytest.raises(FileError, match="damaged"):
        read_array(written(tmp_path, loss(whole)))


def test_an_empty_file_is_none():
    assert not is_jpeg(b"")


def test_the_limit_is_on_the_pixels_that_the_header_claims(tmp_path, whole):
    path = written(tmp_path, whole)
    assert read_array(path, max_megapixels=24 * 40 / 1e6).shape == (40, 24, 3)
    with pytest.raises(FileError, match="megapixels"):
        read_array(path, max_megapixels=(24 * 40 - 1) / 1e6)


def segment(marker, content=b""):
    return bytes([0xFF, marker]) + (2 + len(content)).to_bytes(2, "big") + content


START, SCAN = b"\xff\xd8", segment(0xDA, b"\1\2\3") + b"\x12\0\0\xff\xd9"
TABLES, FRAME = segment(0xDB, b"t" * 300), segment(0xC0, b"frame")
JFIF, ADOBE = segment(0xE0, b"JFIF\0\1\1rest"), segment(0xEE, b"Adobe\0")
EXIF, COMMENT = segment(0xE1, b"Exif\0\0"), segment(0xFE, b"hello")
WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD8))  # TEM and RST0 to RST7


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", False),
        (EXIF, True),
        (TABLES + FRAME, False),
        (JFIF + TABLES + EXIF, True),
        (b"\xff" + EXIF, True),  # a filling byte
        (b"\xff\xff" + TABLES + b"\xff" + EXIF, True),
        (b"\0" + EXIF, False),  # after a stray libjpeg would look on; this asks it later
    ],
)
def test_exif_is_looked_for_up_to_the_pixels(head, expected):
    assert jpeg._has_exif(START + head + SCAN + EXIF) is expected


@pytest.mark.parametrize(
    ("head", "tidy", "with_notes"),
    [
        (TABLES + FRAME, TABLES + FRAME, TABLES + FRAME),
        (b"\0\0" + TABLES + b"\x13\xff\0" + FRAME + b"\x12", TABLES + FRAME, TABLES + FRAME),
        (b"\xff\xff" + TABLES, TABLES, TABLES),
        (EXIF + COMMENT + TABLES, TABLES, EXIF + COMMENT + TABLES),
        (ADOBE + TABLES, ADOBE + TABLES, ADOBE + TABLES),
        (JFIF + TABLES, JFIF + TABLES, JFIF + TABLES),
        (
            segment(0xE0, b"JFIF\0\7\7rest") + TABLES,
            JFIF + TABLES,  # a version that libjpeg knows
            segment(0xE0, b"JFIF\0\7\7rest") + TABLES,
        ),
        *[(bytes([0xFF, marker]) + TABLES, TABLES, TABLES) for marker in WITHOUT_LENGTH],
        *[
            (segment(marker, b"x") + TABLES, TABLES, segment(marker, b"x") + TABLES)
            for marker in (0xE0, 0xEF)
        ],
        *[(segment(marker, b"x"), segment(marker, b"x"), segment(marker, b"x")) for marker in (0xDF, 0xF0)],
    ],
)
def test_what_libjpeg_would_skip_is_left_out(head, tidy, with_notes):
    data = START + head + SCAN
    assert jpeg._without_strays(data) == START + tidy + SCAN
    assert jpeg._without_strays(data, notes=True) == START + with_notes + SCAN


def test_where_no_pixels_begin_nothing_is_changed():
    for data in (b"", START, START + TABLES, START + TABLES + b"\xff\xda", START + b"\xff\xdb\xff"):
        assert jpeg._without_strays(data) == data


@pytest.mark.parametrize(
    ("pixels", "kept"),
    [
        (b"\x12\0\0", b"\x12"),
        (b"\x12", b"\x12"),
        (b"\x12\xff\0\0\0", b"\x12\xff\0"),  # 0xFF among the pixels is written as 0xFF 0x00
        (b"\0\x12\xff\xd9\x12\0", b"\0\x12\xff\xd9\x12"),  # the last end counts
    ],
)
def test_zeros_right_before_the_end_go_where_they_are_complained_of(pixels, kept):
    begin, end = START + segment(0xDA, b"\1"), b"\xff\xd9after"
    data = begin + pixels + end
    assert jpeg._without_strays(data, "extraneous bytes before marker 0xd9") == begin + kept + end
    assert jpeg._without_strays(data, "extraneous bytes before marker 0xd8") == data
