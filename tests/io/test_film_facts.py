import numpy as np
import pytest

from vislearn.io import VideoInfo, read_frames, video_info, write_video


def test_what_is_said_of_a_film_is_what_reading_it_finds(make_film):
    path = make_film()
    info = video_info(path)
    assert info == VideoInfo(64, 48, pytest.approx(2), 24, pytest.approx(12), False, 0, "h264", False)
    assert len(list(read_frames(path))) == info.frames


def test_a_variable_rate_is_told_with_the_average(tmp_path):
    times = [0.0, 0.1, 0.2, 1.0, 1.1]
    frames = [np.zeros((16, 16, 3), np.uint8)] * 5
    info = video_info(write_video(tmp_path / "a.mp4", frames, times=times))
    assert info.variable
    assert info.frames == 5
    assert info.rate == pytest.approx(5 / info.seconds)
