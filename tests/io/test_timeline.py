import os
from fractions import Fraction

import av
import numpy as np
import pytest

from vislearn.errors import InputError
from vislearn.io import frame_at, read_frames, video_info
from vislearn.io.timeline import Timeline, timeline


def test_times_and_key_frames_come_without_decoding(make_film):
    path = make_film()  # with B-frames: the file's order is not that of time
    line = timeline(path)
    assert [round(12 * time, 6) for time in line.times] == list(range(24))
    assert [at for at, key in enumerate(line.keys) if key] == [0, 6, 12, 18]
    assert line.end == pytest.approx(2)
    assert not line.variable


def test_a_frame_stays_until_the_next_one_comes():
    line = Timeline((0.0, 0.5, 2.0), (True, False, True), 2.5)
    assert [line.at(seconds) for seconds in (-1, 0, 0.49, 0.5, 1.99, 2.0, 9)] == [0, 0, 0, 1, 1, 2, 2]
    assert line.at(0.4999999) == 1  # a time that was rounded


@pytest.mark.parametrize(
    ("times", "variable"),
    [
        ((0.0,), False),
        ((0.0, 0.033, 0.067, 0.1), False),  # Matroska's milliseconds
        ((0.0, 0.03, 0.07, 0.10, 0.13), False),  # GIF's hundredths
        ((0.0, 0.04, 0.08, 0.28, 0.32), True),
        ((0.0, 0.04, 0.12, 0.16, 0.20), True),  # one frame missing
    ],
)
def test_variable_means_that_index_over_rate_is_wrong(times, variable):
    assert Timeline(times, (True,) * len(times), times[-1] + 0.04).variable is variable


def test_a_film_written_again_is_looked_at_again(make_film):
    path = make_film()
    assert len(timeline(path).times) == 24
    data = path.read_bytes()
    path.write_bytes(make_film("other.mp4", gop=12).read_bytes())
    os.utime(path, ns=(1, 1))
    assert sum(timeline(path).keys) == 2
    path.write_bytes(data)
    assert sum(timeline(path).keys) == 4


def test_a_broadcast_recorded_from_its_middle_begins_where_it_can_be_shown(make_film):
    path = make_film("film.ts")
    with av.open(str(path)) as film:
        places = [packet.pos for packet in film.demux() if packet.size]
    path.write_bytes(path.read_bytes()[places[3] // 188 * 188 :])
    frames = list(read_frames(path))
    assert 12 <= video_info(path).frames == len(frames) <= 18
    assert timeline(path).times == pytest.approx([frame.time for frame in frames])
    assert frame_at(path, frames[5].time).index == 5
    assert frame_at(path, 0).index == 0


def test_a_film_of_one_frame_begins_with_it_wherever_its_container_counts_from(tmp_path):
    path = tmp_path / "late.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width = 48, 64
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        frame.pts, frame.time_base = 75, Fraction(1, 25)
        container.mux([*stream.encode(frame), *stream.encode(None)])
    line = timeline(path)
    assert line.times == (0.0,)
    assert line.end == pytest.approx(0.04)
    assert [frame.time for frame in read_frames(path, stop=1)] == [0.0]
    assert frame_at(path, 0.03).index == 0
    with pytest.raises(InputError, match=r"below the film's end, 0\.040"):
        frame_at(path, 0.05)
