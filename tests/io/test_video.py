import os
import subprocess
import sys

import av
import numpy as np
import pytest

from vislearn.errors import InputError
from vislearn.io import write_video

FRAMES = [np.full((48, 64, 3), (value, 128, 255 - value), np.uint8) for value in range(0, 240, 10)]


def test_frames_come_back_in_number_order_time_and_colour(tmp_path):
    path = write_video(tmp_path / "a.mp4", iter(FRAMES), fps=12)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (64, 48, 12)
        decoded = list(container.decode(stream))
    assert [round(frame.time * 12) for frame in decoded] == list(range(len(FRAMES)))
    for frame, expected in zip(decoded, FRAMES, strict=True):
        assert np.abs(frame.to_ndarray(format="rgb24").mean((0, 1)) - expected[0, 0]).max() < 8


ENCODE = """
import sys
from vislearn.datasets.bundled.clip import clip_frames
from vislearn.io import write_video
write_video(sys.argv[1], clip_frames())
"""


def test_the_same_frames_give_the_same_bytes_whatever_was_in_memory_before(tmp_path):
    videos = []
    for pattern in ("85", "255"):  # glibc fills fresh memory with it; elsewhere these are plain repeats
        path = tmp_path / f"{pattern}.mp4"
        environment = {**os.environ, "MALLOC_PERTURB_": pattern}
        subprocess.run([sys.executable, "-c", ENCODE, str(path)], check=True, env=environment)
        videos.append(path.read_bytes())
    assert videos[0] == videos[1]


def test_any_even_size_is_written_and_worse_quality_takes_less_room(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 50, 62, 3), dtype=np.uint8)
    good, bad = (write_video(tmp_path / f"{crf}.mp4", noise, crf=crf) for crf in (5, 45))
    assert good.stat().st_size > 3 * bad.stat().st_size


def test_without_x264_the_video_is_written_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(av, "codecs_available", av.codecs_available - {"libx264"})
    path = write_video(tmp_path / "a.mp4", FRAMES)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"
        assert len(list(container.decode(video=0))) == len(FRAMES)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([], "at least one frame"),
        ([np.zeros((48, 63, 3), np.uint8)], "H and W even"),
        ([np.zeros((45, 64, 3), np.uint8)], "H and W even"),
        ([np.zeros((48, 64), np.uint8)], "must be uint8"),
        ([np.zeros((48, 64, 3))], "got float64"),
        ([FRAMES[0], np.zeros((50, 64, 3), np.uint8)], "all of one size"),
    ],
)
def test_frames_of_another_kind_are_refused_and_nothing_is_left(tmp_path, frames, message):
    with pytest.raises(InputError, match=message):
        write_video(tmp_path / "a.mp4", frames)
    assert not list(tmp_path.iterdir())


def test_frames_at_times_of_their_own_and_key_frames_where_they_are_wanted(tmp_path):
    times = [0.0, 0.04, 0.5, 0.54, 2.0]
    path = write_video(tmp_path / "a.mp4", FRAMES[:5], times=times, key_every=2)
    with av.open(str(path)) as container:
        decoded = list(container.decode(video=0))
    assert [frame.time for frame in decoded] == pytest.approx(times, abs=1e-4)
    assert [frame.key_frame for frame in decoded] == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"times": [0.0, 0.1]}, "one for each frame, got 2 for more"),
        ({"times": [0.0, 0.2, 0.2, 0.3]}, "seconds that rise"),
        ({"times": [-0.1, 0.2, 0.3, 0.4]}, "seconds that rise"),
        ({"key_every": 0}, "key_every must be at least 1"),
    ],
)
def test_times_and_key_frames_that_make_no_sense(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        write_video(tmp_path / "a.mp4", FRAMES[:4], **options)
    assert not list(tmp_path.iterdir())
