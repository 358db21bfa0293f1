import io

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.steps import jpeg_blocks


def saved(**options):
    stream = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(stream, "JPEG", **options)
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"comment": b"FF D9: \xff\xd9"}])
def test_segments_are_the_whole_file_in_order(options):
    data = saved(**options)
    found = list(jpeg_blocks.segments(data))
    assert [found[0].name, found[-2].name, found[-1].name] == ["SOI", "SOS", "EOI"]
    for segment in found[1:-1]:
        head = data[segment.start : segment.start + 2]
        assert head[0] == 0xFF
        assert data[segment.start + 4 :].startswith(segment.data)
    assert {"DQT", "DHT"} <= {segment.name for segment in found} or "progressive" in options
    lengths = sum(4 + len(segment.data) for segment in found[1:-1])
    assert lengths + 4 == len(data)


@pytest.mark.parametrize("quality", [1, 30, 95])
def test_the_table_is_the_one_pillow_reads(quality):
    data = saved(quality=quality)
    expected = Image.open(io.BytesIO(data)).quantization[0]
    assert jpeg_blocks.luminance_table(data).flatten().tolist() == list(expected)


def test_the_transform_is_scipys_and_can_be_undone():
    from scipy.fft import dctn

    block = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (8, 8)))
    amounts = jpeg_blocks.to_frequencies(block)
    assert np.allclose(amounts, dctn(block.numpy() - 128.0, norm="ortho"))
    assert torch.allclose(jpeg_blocks.from_frequencies(amounts), block.double())
