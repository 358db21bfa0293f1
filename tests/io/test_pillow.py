import os
import subprocess
import sys
import threading
import warnings
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from vislearn.errors import FileError
from vislearn.io import pillow, read_image
from vislearn.io.pillow import decode_with_pillow, load

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\nshowpage\n"


def encoded(image, kind="PNG", **options):
    data = BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def test_a_postscript_file_called_png_starts_no_program(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_rest, **_more: pytest.fail("started a program"))
    path = tmp_path / "cat.png"
    path.write_bytes(EPS)
    with pytest.raises(FileError, match="is a PostScript file"):
        read_image(path)


def test_other_formats_are_not_even_tried():
    with pytest.raises(UnidentifiedImageError):
        load(encoded(Image.new("RGB", (2, 2)), "TGA"), 1)


def test_the_settings_of_the_process_are_as_before_after_many_threads(tmp_path):
    filters, limit = list(warnings.filters), Image.MAX_IMAGE_PIXELS
    clear = Image.new("P", (9, 9))
    clear.putpalette([9, 9, 9] * 256)
    data = encoded(clear, transparency=bytes(range(256)))  # Pillow warns when it converts such a one
    threads = [
        threading.Thread(target=lambda: [decode_with_pillow(data, None, 1) for _ in range(20)])
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == filters
    assert limit == Image.MAX_IMAGE_PIXELS
    assert pillow._bounds._inside == 0


def test_filters_that_others_set_meanwhile_are_left_alone():
    with warnings.catch_warnings():
        with pillow._bounds:
            warnings.resetwarnings()
        assert warnings.filters == []


def test_neither_pillow_nor_libtiff_prints(tmp_path):
    spoilt = bytearray(
        encoded(
            Image.fromarray(np.arange(1600).reshape(40, 40).astype(np.uint8)),
            "TIFF",
            compression="tiff_adobe_deflate",
        )
    )
    spoilt[60:160] = bytes(100)
    (tmp_path / "a.tif").write_bytes(spoilt)
    many = encoded(Image.new("RGB", (4, 4)), "TIFF").replace(
        b"\x15\x01\x03\0\x01\0\0\0\x03\0", b"\x15\x01\x03\0\x01\0\0\0\xff\xff"
    )
    (tmp_path / "b.tif").write_bytes(many)
    code = """
import sys
from vislearn.errors import FileError
from vislearn.io.reading import read_array
for path in sys.argv[1:]:
    try:
        read_array(path)
    except FileError as trouble:
        print("damaged" in str(trouble))
print("heard", file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.tif"), str(tmp_path / "b.tif")],
        capture_output=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (["True", "True"], "heard\n")


def test_a_program_without_a_console_reads_too(monkeypatch):
    data = encoded(Image.new("L", (4, 4), 7), "TIFF", compression="tiff_lzw")
    monkeypatch.setattr(os, "dup", lambda _handle: (_ for _ in ()).throw(OSError()))
    assert np.asarray(load(data, 1)).max() == 7


@pytest.mark.parametrize(("clear", "seen"), [(None, [10, 128, 255]), (128 * 257, [10, 255, 255])])
def test_sixteen_bits_become_eight_and_what_is_clear_white(clear, seen):
    deep = Image.fromarray(np.array([[10, 128, 255]], np.uint16) * 257)
    data = encoded(deep, **({} if clear is None else {"transparency": clear}))
    pixels = decode_with_pillow(data, None, 1).pixels
    assert pixels.dtype == np.uint8
    assert pixels.tolist() == [[[level] * 3 for level in seen]]
