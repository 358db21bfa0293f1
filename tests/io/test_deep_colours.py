import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.io import deep_colours, read_image
from vislearn.io.reading import doubt_about

TYPES = {2: 4, 3: 2, 4: 6}  # PNG's number for so many channels
CHANCE = np.random.default_rng(0)


def png(pixels):
    """A PNG of 16 bits, (H, W, 2 gray and transparency | 3 colours | 4 both)."""
    height, width, channels = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, TYPES[channels], 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    framed = (struct.pack(">I", len(data)) + kind + data + checksum(kind + data) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def checksum(data):
    return struct.pack(">I", zlib.crc32(data))


def ppm(pixels, most=65535):
    height, width, _channels = pixels.shape
    return f"P6 # as cameras write it\n{width} {height}\n{most}\n".encode() + pixels.astype(">u2").tobytes()


def tiff(pixels, apart=False):
    """An uncompressed TIFF, RGB with 16 bits: one strip, or one for each colour."""
    height, width, _channels = pixels.shape
    strips, at = (3, 1)[not apart], 8 + 2 + 10 * 12 + 4
    bits, places, counts = at, at + 6, at + 18
    first, each = at + 30, pixels.nbytes // strips
    one = [(273, 4, 1, first), (279, 4, 1, each)] if strips == 1 else []
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, bits), (259, 3, 1, 1), (262, 3, 1, 2)]
    tags += one or [(273, 4, 3, places), (279, 4, 3, counts)]
    tags += [(277, 3, 1, 3), (278, 3, 1, height), (284, 3, 1, 1 + apart)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    entries += bytes(10 * 12 - len(entries))
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    head += struct.pack("<HHH3I3I", 16, 16, 16, *(first + each * strip for strip in range(3)), *[each] * 3)
    return head + (np.moveaxis(pixels, 2, 0) if apart else pixels).astype("<u2").tobytes()


def tiff_of_planes(pixels):
    return tiff(pixels, apart=True)


def saved(folder, data):
    path = folder / "picture"
    path.write_bytes(data)
    return path


def pixels_of(path, **how):
    return read_image(path, **how).permute(1, 2, 0).numpy()


@pytest.mark.parametrize("form", [png, ppm, tiff, tiff_of_planes])
def test_colours_are_scaled_to_the_nearest_of_8_bits(tmp_path, form):
    colours = CHANCE.integers(0, 65536, (9, 14, 3), dtype=np.uint16)
    expected = np.rint(colours / 65535 * 255)
    assert (pixels_of(saved(tmp_path, form(colours))) == expected).all()


@pytest.mark.parametrize("form", [png, ppm, tiff, tiff_of_planes])
def test_twelve_bits_in_sixteen_are_doubted_and_read_by_their_scale(tmp_path, form):
    colours = CHANCE.integers(0, 4096, (9, 14, 3), dtype=np.uint16)
    colours[0, 0] = 4095
    path = saved(tmp_path, form(colours))
    assert "none above 4095, so it becomes nearly black" in str(doubt_about(path))
    assert (pixels_of(path, scale=4095) == np.rint(colours / 4095 * 255)).all()
    assert doubt_about(path, scale=4095) is None
    with pytest.raises(FileError, match="holds values up to 4095, which is above"):
        read_image(path, scale=4000)


@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_of_sixteen_bits_is_laid_on_white(tmp_path, channels):
    stored = CHANCE.integers(0, 65536, (9, 14, channels), dtype=np.uint16)
    stored[0, :7, -1], stored[1, :7, -1] = 0, 65535
    colours, opaque = np.split(stored / 65535, [channels - 1], axis=2)
    expected = np.broadcast_to(255 * (colours * opaque + 1 - opaque), (9, 14, 3))
    found = pixels_of(saved(tmp_path, png(stored)))
    assert np.abs(found - expected).max() <= 1
    assert (found[0, :7] == 255).all()
    assert (found[1, :7] == np.rint(expected[1, :7])).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_scale_means_the_numbers_of_the_file_also_where_it_says_its_white(tmp_path, channels):
    """A decoder spreads PPM's numbers over 0..65535."""
    stored = CHANCE.integers(0, 1001, (9, 14, channels), dtype=np.uint16)
    stored[0, 0] = 1000
    data = ppm(stored, most=4095).replace(b"P6", b"P5" if channels == 1 else b"P6", 1)
    path = saved(tmp_path, data)
    assert (np.abs(pixels_of(path) - stored / 4095 * 255) <= 0.51).all()
    assert (np.abs(pixels_of(path, scale=1000) - stored / 1000 * 255) <= 0.51).all()
    with pytest.raises(FileError, match=r"up to 1000, which is above its white, scale=999\. Give scale=1000"):
        read_image(path, scale=999)
    stored //= 20
    path = saved(tmp_path, ppm(stored, most=4095).replace(b"P6", b"P5" if channels == 1 else b"P6", 1))
    assert "room for values up to 4095 and holds none above 50" in str(doubt_about(path))


def test_what_neither_program_reads_right_is_refused(tmp_path, monkeypatch):
    path = saved(tmp_path, tiff_of_planes(CHANCE.integers(0, 65536, (9, 14, 3), dtype=np.uint16)))
    monkeypatch.setattr(deep_colours, "_by_ffmpeg", lambda *_given: None)
    with pytest.raises(FileError, match=r"not all of them can be read here\. Save it as PNG"):
        read_image(path)


def test_of_the_upper_bits_alone_it_is_told_too_that_they_are_nearly_black(tmp_path, monkeypatch):
    path = saved(tmp_path, png(CHANCE.integers(0, 4096, (9, 14, 3), dtype=np.uint16)))
    monkeypatch.setattr(deep_colours, "_by_ffmpeg", lambda *_given: None)
    assert "nearly black" in str(doubt_about(path))


@pytest.mark.parametrize("found", [None, np.zeros((2, 3, 3), np.uint16), np.zeros((9, 14, 3), np.uint16)])
def test_where_the_programs_disagree_the_upper_bits_count_and_no_scale_is_ignored(
    tmp_path, monkeypatch, found
):
    colours = CHANCE.integers(1000, 65536, (9, 14, 3), dtype=np.uint16)
    path = saved(tmp_path, png(colours))
    monkeypatch.setattr(deep_colours, "_by_ffmpeg", lambda *_given: found)
    assert (pixels_of(path) == colours >> 8).all()
    with pytest.raises(FileError, match=r"not all of them can be read here\. Save it as PNG\."):
        read_image(path, scale=65535)


def test_pictures_of_8_bits_are_none_of_its_business(tmp_path, monkeypatch):
    monkeypatch.setattr(deep_colours, "_by_ffmpeg", lambda *_given: pytest.fail("was asked"))
    for ending in ("png", "tif", "ppm"):
        path = tmp_path / f"a.{ending}"
        Image.new("RGB", (3, 2), (1, 2, 3)).save(path)
        assert pixels_of(path, scale=100)[0, 0].tolist() == [1, 2, 3]


def test_what_ffmpeg_cannot_read_is_none():
    assert deep_colours._by_ffmpeg(b"no picture", "PNG") is None
    assert deep_colours._by_ffmpeg(b"P6 2 2 255\n" + bytes(12), "PPM") is None  # of 8 bits
