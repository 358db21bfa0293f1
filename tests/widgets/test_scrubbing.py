import numpy as np
import pytest

from vislearn.errors import FileError, InputError
from vislearn.io import write_video
from vislearn.widgets import video_scrubber


@pytest.fixture
def film(tmp_path):
    shades = [np.full((32, 48, 3), 12 * number, np.uint8) for number in range(20)]
    return write_video(tmp_path / "film.mp4", shades, fps=10, key_every=10)


def test_the_slider_reaches_every_frame_and_says_what_each_cost(film, controls):
    lab = video_scrubber(film)
    slider = controls(lab)["time in seconds"]
    view = lab.view.children[-1]
    assert (slider.min, slider.step) == (0, 0.1)
    assert "Frame 10 of 20" in lab.fallback
    for number in range(20):
        slider.value = number * slider.step
        assert f"Frame {number} of 20" in view.value
        assert f"Decoded to get there: {number % 10 + 1} " in view.value
    assert slider.max == pytest.approx(1.9)


def test_it_begins_where_one_says(film):
    assert "Frame 3 of 20" in video_scrubber(film, start=0.3).fallback
    with pytest.raises(InputError, match="within the film"):
        video_scrubber(film, start=2.5)


def test_what_is_no_film_is_refused_before_anything_is_shown(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        video_scrubber(tmp_path / "none.mp4")


def test_of_a_single_frame_there_is_a_film_too(tmp_path):
    path = write_video(tmp_path / "one.mp4", [np.zeros((16, 16, 3), np.uint8)])
    assert "Frame 0 of 1" in video_scrubber(path).fallback
