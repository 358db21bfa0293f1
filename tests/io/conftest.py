"""Films whose frames tell their number: frame k is gray of level 10 k, with a bright corner."""

from fractions import Fraction

import av
import numpy as np
import pytest

HEIGHT, WIDTH, COUNT = 48, 64, 24


def noisy_frames(count=COUNT):
    """Frames that take much more room than any header."""
    yield from np.random.default_rng(0).integers(0, 256, (count, HEIGHT, WIDTH, 3), dtype=np.uint8)


def gray_frames(count=COUNT):
    for number in range(count):
        frame = np.full((HEIGHT, WIDTH, 3), 10 * number, np.uint8)
        frame[:16, :16] = 255  # shows which way the picture is turned
        yield frame


@pytest.fixture
def make_film(tmp_path):
    """Writes a film with any encoder into any container."""

    def make(name="film.mp4", codec="libx264", pixels="yuv420p", noisy=False, begins=0, **options):
        path = tmp_path / name
        with av.open(str(path), "w", options=options.pop("container", {})) as container:
            stream = container.add_stream(codec, rate=12)
            stream.height, stream.width = HEIGHT, WIDTH
            stream.pix_fmt = pixels
            stream.codec_context.gop_size = options.pop("gop", 6)
            stream.options = options
            for number, pixels_of_one in enumerate(noisy_frames() if noisy else gray_frames(), begins):
                frame = av.VideoFrame.from_ndarray(pixels_of_one, format="rgb24").reformat(format=pixels)
                frame.pts, frame.time_base = number, Fraction(1, 12)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make
