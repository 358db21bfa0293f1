import io

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets.bundled.pictures import source_file
from vislearn.errors import InputError
from vislearn.viz.pictures.compression import SUBSAMPLINGS, compressed, draw_compressed


@pytest.fixture(scope="module")
def cat():
    with Image.open(source_file("cat")) as file:
        return file.convert("RGB").crop((120, 20, 280, 140))


def test_size_pixels_and_errors_are_those_of_the_file(cat):
    stream = io.BytesIO()
    cat.save(stream, "JPEG", quality=40, subsampling="4:2:2")
    found = compressed(cat, 40, "4:2:2")
    assert found.size == len(stream.getvalue())
    assert np.array_equal(found.pixels, Image.open(stream))
    away = np.abs(found.pixels.astype(float) - np.asarray(cat))
    assert np.array_equal(found.error, np.minimum(6 * away, 255))
    assert found.psnr == pytest.approx(20 * np.log10(255 / np.sqrt((away**2).mean())))


def test_full_colour_costs_room_and_is_nearer(cat):
    full, half, quarter = (compressed(cat, 95, way) for way in SUBSAMPLINGS)
    assert full.psnr > half.psnr > quarter.psnr
    assert full.size > half.size > quarter.size


def test_the_heading_says_what_it_cost_and_what_it_lost(cat):
    digest = str(draw_compressed(cat, 40, "4:2:2", alt="A cat.").digest)
    found = compressed(cat, 40, "4:2:2")
    assert f"{found.size / 1024:.1f} KiB, {found.psnr:.1f} dB" in digest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0,), "quality must be 1 to 100"),
        ((101,), "quality must be"),
        ((50, "4:1:0"), "subsampling must be one"),
    ],
)
def test_refused(cat, arguments, message):
    with pytest.raises(InputError, match=message):
        compressed(cat, *arguments)


def test_every_quality_of_a_jpeg_is_one():
    sizes = [
        compressed(np.arange(3 * 32 * 32, dtype=np.uint8).reshape(32, 32, 3), quality).size
        for quality in (1, 100)
    ]
    assert sizes[0] < sizes[1]
