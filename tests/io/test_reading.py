import os
import struct
import tracemalloc
import zlib
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile, ImageOps

from vislearn.datasets.bundled.pictures import source_file
from vislearn.errors import FileError, InputError
from vislearn.io import decode_pil, read_image, read_mask, read_pil
from vislearn.io.reading import doubt_about, read_array, read_file, size_of


@pytest.fixture
def photograph():
    with Image.open(source_file("cat")) as file:
        return file.convert("RGB").resize((61, 40))


def saved(tmp_path, image, ending, **options):
    path = tmp_path / f"picture.{ending}"
    image.save(path, **options)
    return path


def flat(mode, size, value):
    return Image.new(mode, size, value)


def test_truncated_pictures_are_never_allowed_globally():
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_tensor_is_channels_first_and_its_own(tmp_path, photograph):
    image = read_image(saved(tmp_path, photograph, "png"))
    assert image.shape == (3, 40, 61)
    assert image.dtype == torch.uint8
    assert image.is_contiguous()
    image.zero_()  # writable, without a warning
    assert np.array_equal(read_pil(tmp_path / "picture.png"), photograph)


@pytest.mark.parametrize(
    ("mode", "value", "ending", "expected"),
    [
        ("1", 1, "png", (255, 255, 255)),
        ("L", 100, "png", (100, 100, 100)),
        ("L", 100, "jpg", (100, 100, 100)),
        ("LA", (100, 0), "png", (255, 255, 255)),
        ("LA", (0, 128), "png", (127, 127, 127)),
        ("RGB", (10, 20, 30), "png", (10, 20, 30)),
        ("RGBA", (10, 20, 30, 255), "png", (10, 20, 30)),
        ("RGBA", (255, 0, 0, 0), "png", (255, 255, 255)),
        ("RGBA", (255, 0, 0, 51), "webp", (255, 204, 204)),
        ("CMYK", (0, 255, 255, 0), "jpg", (254, 0, 0)),
        ("CMYK", (0, 0, 0, 255), "tif", (0, 0, 0)),
        ("I;16", 65535, "png", (255, 255, 255)),
        ("I;16", 32896, "png", (128, 128, 128)),
        ("I;16", 65535, "tif", (255, 255, 255)),
        ("YCbCr", (81, 90, 240), "jpg", (238, 14, 14)),
    ],
)
def test_every_kind_of_picture_becomes_rgb_by_value(tmp_path, mode, value, ending, expected):
    options = {"lossless": True} if ending == "webp" else {}
    path = saved(tmp_path, flat(mode, (16, 8), value), ending, **options)
    image = read_image(path)
    assert image.shape == (3, 8, 16)
    assert (image.reshape(3, -1).float().mean(1) - torch.tensor(expected)).abs().max() <= 1.5


def test_palette_pictures_with_and_without_transparency(tmp_path):
    image = flat("P", (4, 4), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    assert read_image(saved(tmp_path, image, "png"))[:, 0, 0].tolist() == [0, 0, 255]
    assert read_image(saved(tmp_path, image, "png", transparency=1))[:, 0, 0].tolist() == [255, 255, 255]
    assert read_image(saved(tmp_path, image, "gif", transparency=1))[:, 0, 0].tolist() == [255, 255, 255]


def test_sixteen_bits_keep_the_whole_range(tmp_path):
    ramp = np.linspace(0, 65535, 256).round().astype(np.uint16)[None].repeat(2, 0)
    image = read_image(saved(tmp_path, Image.fromarray(ramp), "png"))
    assert image[0, 0].tolist() == list(range(256))


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_pictures_stand_upright_as_pillow_turns_them(tmp_path, photograph, turn, ending):
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path, photograph, ending, exif=exif)
    with Image.open(path) as file:
        expected = np.asarray(ImageOps.exif_transpose(file).convert("RGB"))
    image = np.asarray(read_pil(path))
    assert image.shape == ((61, 40, 3) if turn > 4 else (40, 61, 3))
    assert np.abs(image.astype(int) - expected).max() <= 2


def test_a_spoilt_exif_block_does_not_spoil_the_pixels(tmp_path, photograph):
    path = saved(tmp_path, photograph, "jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert read_image(path).shape == (3, 40, 61)
    path = saved(tmp_path, photograph, "png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert read_image(path).shape == (3, 40, 61)


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 95},
        {"quality": 30, "subsampling": "4:2:0"},
        {"quality": 80, "subsampling": "4:4:4"},
        {"quality": 80, "progressive": True},
        {"quality": 80, "restart_marker_rows": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_fast_path_gives_what_pillow_gives(tmp_path, photograph, options, mode):
    path = saved(tmp_path, photograph.convert(mode), "jpg", **options)
    with Image.open(path) as file:
        expected = np.asarray(file.convert("RGB"), dtype=int)
    assert np.abs(read_array(path) - expected).max() <= 2


@pytest.mark.parametrize(
    ("size_wh", "turn", "wanted_hw", "decoded_hw"),
    [
        ((640, 480), 1, (100, 100), (120, 160)),
        ((640, 480), 6, (100, 100), (160, 120)),
        ((640, 480), 6, (160, 60), (160, 120)),  # wanted upright: 160 high is the stored width
        ((640, 480), 1, (241, 300), (480, 640)),  # half would be too small; 5/8 would be slower than all
        ((640, 480), 1, (481, 641), (480, 640)),
        ((640, 480), 1, (480, 640), (480, 640)),
    ],
)
def test_decoding_at_reduced_scale_keeps_the_size_asked_for(
    tmp_path, photograph, size_wh, turn, wanted_hw, decoded_hw
):
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(tmp_path, photograph.resize(size_wh), "jpg", exif=exif, quality=95)
    small = read_image(path, min_size_hw=wanted_hw)
    assert small.shape[1:] == decoded_hw
    expected = read_pil(path).resize(decoded_hw[::-1], Image.Resampling.BOX)
    difference = np.abs(small.permute(1, 2, 0).numpy().astype(int) - np.asarray(expected))
    assert difference.mean() < 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"name,label\n1.jpg,cat\n", "holds text"),
        ("ছবি নয়".encode() * 60, "holds text"),
        (b"<!DOCTYPE html><html>404</html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"PK\x03\x04" + bytes(100), "is a ZIP archive"),
        (b"\x01\x02\x03\x04" + bytes(100), r"begins with b'\\x01"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "damaged"),
    ],
    ids=["empty", "text", "bengali text", "html", "git-lfs", "heic", "zip", "unknown", "jpeg header only"],
)
def test_a_file_that_is_no_picture_is_named_with_problem_and_remedy(tmp_path, content, problem):
    path = tmp_path / "cat.jpg"
    path.write_bytes(content)
    with pytest.raises(FileError, match=problem) as caught:
        read_image(path)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    assert caught.value.fix.endswith((".", "pull"))


def test_a_file_that_comes_in_pieces_is_read_whole(tmp_path, monkeypatch):
    data, read, asked = bytes(range(100)), os.read, []
    file = tmp_path / "a.png"
    file.write_bytes(data)

    def little(descriptor, size):
        asked.append(size)
        return read(descriptor, min(size, 7))

    monkeypatch.setattr(os, "read", little)
    assert read_file(file, bytes) == data
    assert len(asked) > len(data) / 7


@pytest.mark.parametrize("name", ["nowhere.jpg", "a\0b.jpg"])
def test_a_name_that_no_file_has_is_told_so(name):
    with pytest.raises(FileError, match=r"\.jpg does not exist"):
        read_image(name)


def test_an_empty_name_is_that_of_a_folder():
    with pytest.raises(FileError, match="is a folder"):
        read_image("")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        read_image(tmp_path / "cat.jpg")
    with pytest.raises(FileError, match="is a folder"):
        read_image(tmp_path)


@pytest.mark.parametrize("ending", ["jpg", "png", "bmp", "gif", "tif", "webp", "ppm"])
def test_a_picture_cut_off_anywhere_is_an_error_or_has_all_its_pixels(tmp_path, photograph, ending):
    path = saved(tmp_path, photograph, ending)
    whole, expected = path.read_bytes(), read_array(path)
    for length in sorted(
        {*range(1, len(whole), max(1, len(whole) // 60)), *range(len(whole) - 30, len(whole))}
    ):
        path.write_bytes(whole[:length])
        if len(whole) - length <= 12:  # the last bytes may be an end mark that formats forgive
            try:
                assert np.array_equal(read_array(path), expected)
            except FileError:
                continue
        else:
            with pytest.raises(FileError, match=r"cut off|damaged|not a picture"):
                read_image(path)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": "4:4:4"}], ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_every_kind_of_jpeg_is_checked_for_its_end(tmp_path, photograph, mode, options):
    whole = saved(tmp_path, photograph.convert(mode), "jpg", **options).read_bytes()
    path = tmp_path / "cut.jpg"
    for missing in (1, 2, 3, 50, len(whole) // 2):
        path.write_bytes(whole[:-missing])
        with pytest.raises(FileError, match=r"cut off|damaged"):
            read_image(path)
        path.write_bytes(whole[:-missing] + bytes(missing))  # a download that stopped: zeros at the end
        with pytest.raises(FileError, match=r"cut off|damaged"):
            read_image(path)


def test_a_flipped_bit_in_a_png_is_found(tmp_path, photograph):
    whole = saved(tmp_path, photograph, "png").read_bytes()
    path = tmp_path / "flipped.png"
    for place in range(whole.index(b"IDAT") + 4, len(whole) - 12, 97):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        path.write_bytes(spoilt)
        with pytest.raises(FileError, match=r"damaged"):
            read_image(path)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_missing_pixels_in_a_jpeg_are_found_though_pillow_fills_them_with_gray(tmp_path, mode):
    with Image.open(source_file("flower")) as file:
        data = BytesIO()
        file.convert(mode).save(data, "JPEG")
    whole = data.getvalue()
    path = tmp_path / "holed.jpg"
    path.write_bytes(whole[: len(whole) // 2] + whole[-2:])  # half the scan, then a proper end mark
    with Image.open(path) as file:
        file.load()  # no complaint
    with pytest.raises(FileError, match=r"damaged"):
        read_image(path)


def png_that_claims(height, width):
    header = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 2, 0, 0, 0)
    chunks = [header, b"IDAT" + zlib.compress(bytes(100)), b"IEND"]
    framed = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def jpeg_that_claims(height, width):
    data = BytesIO()
    Image.new("RGB", (16, 16)).save(data, "JPEG")
    whole = bytearray(data.getvalue())
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def bmp_that_claims(height, width):
    data = BytesIO()
    Image.new("RGB", (16, 16)).save(data, "BMP")
    return data.getvalue()[:18] + struct.pack("<ii", width, height) + data.getvalue()[26:]


CLAIMS = [png_that_claims, jpeg_that_claims, bmp_that_claims]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__[:4])
@pytest.mark.parametrize("read", [read_image, read_pil, read_array, read_mask])
def test_one_limit_of_size_for_all_readers_before_any_memory_is_taken(tmp_path, claim, read):
    path = tmp_path / "bomb"
    path.write_bytes(claim(40000, 30000))
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=r"40000×30000 pixels .* 1200 megapixels; at most 200") as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    assert caught.value.fix == "If it is meant to be that large: max_megapixels=1201."


def test_the_limit_can_be_raised_and_lowered(tmp_path):
    path = tmp_path / "large.png"
    Image.new("1", (18000, 10000)).save(path)  # 180 megapixels: more than Pillow reads by itself
    assert read_array(path).shape == (10000, 18000, 3)
    with pytest.raises(FileError, match="at most 179 are read"):
        read_array(path, max_megapixels=179)
    path.write_bytes(jpeg_that_claims(16, 16))
    assert read_image(path, max_megapixels=0.000256).shape == (3, 16, 16)
    with pytest.raises(FileError, match=r"at most 0\.000255"):
        read_image(path, max_megapixels=0.000255)


def test_a_warning_names_a_picture_that_would_be_nearly_black(tmp_path):
    ramp = np.array([[0, 1000, 4095]], np.uint16)
    path = saved(tmp_path, Image.fromarray(ramp), "png")
    with pytest.warns(UserWarning, match=r"picture\.png has room for values up to 65535 .* 4095.*scale=4095"):
        assert read_image(path)[0, 0].tolist() == [0, 4, 16]
    assert read_image(path, scale=4095)[0, 0].tolist() == [0, 62, 255]
    assert read_image(path, scale=65535)[0, 0].tolist() == [0, 4, 16]
    assert "scale=4095" in doubt_about(path).fix
    assert doubt_about(path, scale=4095) is None
    for scale in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="scale must be above 0"):
            read_image(path, scale=scale)


def test_a_decoder_without_memory_is_a_sentence(tmp_path, photograph, monkeypatch):
    def starved(*_rest):
        raise MemoryError

    path = saved(tmp_path, photograph, "png")
    monkeypatch.setattr("vislearn.io.reading.decode_with_pillow", starved)
    with pytest.raises(FileError, match="needs more memory"):
        read_image(path)


@pytest.mark.parametrize("turn", [1, 6])
def test_the_size_is_that_of_the_upright_picture(tmp_path, photograph, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    for ending in ("jpg", "png"):
        path = saved(tmp_path, photograph, ending, exif=exif)
        assert size_of(path) == tuple(read_image(path).shape[1:])
    path.write_bytes(b"a,b")
    with pytest.raises(FileError, match="holds text"):
        size_of(path)


def test_an_upload_is_read_as_a_file_is(tmp_path, photograph):
    turned = photograph.getexif()
    turned[0x0112] = 6
    path = saved(tmp_path, photograph, "jpg", exif=turned)
    image = decode_pil(path.read_bytes(), "mine.jpg")
    assert image.size == (40, 61)
    assert image == read_pil(path)


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "is empty"), (b"hello", "holds text"), (b"\0\1", "not a picture")]
)
def test_an_upload_that_is_no_picture_is_named(data, says):
    with pytest.raises(FileError, match=f"mine.jpg {says}|mine.jpg .*{says}"):
        decode_pil(data, "mine.jpg")
