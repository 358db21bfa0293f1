import av
import numpy as np
import pytest

from vislearn.datasets import clip
from vislearn.datasets.bundled.clip import FPS, FRAMES, HEIGHT, RECIPE, WIDTH, clip_frames


def test_the_clip_holds_its_frames_at_their_times(bundled):
    with av.open(str(clip())) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (WIDTH, HEIGHT, FPS)
        decoded = list(container.decode(stream))
    assert len(decoded) == FRAMES == 72
    assert [round(frame.time * FPS) for frame in decoded] == list(range(FRAMES))
    for frame, drawn in list(zip(decoded, clip_frames(), strict=True))[::12]:
        assert np.abs(frame.to_ndarray(format="rgb24").astype(int) - drawn).mean() < 6


def test_every_frame_shows_another_number():
    counters = {frame[:36, :68].tobytes() for frame in clip_frames()}
    assert len(counters) == FRAMES


def test_building_again_gives_the_same_bytes(bundled, tmp_path):
    for _trial in range(3):
        list(RECIPE.build(tmp_path))
        assert (tmp_path / "clip.mp4").read_bytes() == clip().read_bytes()


def test_the_clip_is_small(bundled):
    assert clip().stat().st_size < 500_000


def test_the_film_that_is_drawn_stays_the_same():
    frames = np.stack(list(clip_frames())).astype(np.float64)
    assert (frames.mean(), frames.std()) == pytest.approx((147.5552, 85.6324), abs=0.002)
    assert np.abs(np.diff(frames, axis=0)).mean() == pytest.approx(25.6701, abs=0.002)
