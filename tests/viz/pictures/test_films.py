import numpy as np
import pytest

from vislearn.errors import FileError, InputError
from vislearn.io import write_video
from vislearn.language import kinds_of_digits
from vislearn.viz.pictures import films
from vislearn.viz.pictures.films import draw_seek, film_sheet


@pytest.fixture
def film(tmp_path):
    shades = [np.full((32, 48, 3), 12 * number, np.uint8) for number in range(20)]
    times = [number / 10 for number in range(10)] + [1 + (number - 9) / 2 for number in range(10, 20)]
    return write_video(tmp_path / "film.mp4", shades, times=times, key_every=5)


def test_a_sheet_shows_parts_of_the_time_under_their_time_stamps(film, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        films, "grid", lambda images, titles, columns: seen.update(zip(titles, images, strict=True))
    )
    film_sheet(film, 6)
    assert list(seen) == [
        f"{time:.2f} s · frame {index}"
        for time, index in ((0.5, 5), (1.5, 10), (2.5, 12), (3.5, 14), (4.5, 16), (5.5, 18))
    ]
    for title, image in seen.items():
        assert abs(float(image.float().mean()) - 12 * int(title.split()[-1])) < 4


def test_a_short_film_shows_each_frame_once(film):
    picture = film_sheet(film, 500)
    assert picture.alt == "20 frames of the film film.mp4, in order."


def test_a_frame_comes_with_its_time_and_what_it_cost(film):
    alt = draw_seek(film, 0.85).alt
    assert "Frame 8 of 20, shown from 0.800 s on." in alt
    assert "Decoded to get there: 4 " in alt
    assert "the 4 key frames" in alt
    assert "Decoded to get there: 1 " in draw_seek(film, 0.5).alt


def test_a_single_key_frame_is_the_only_one(tmp_path):
    path = write_video(tmp_path / "one.mp4", [np.zeros((16, 16, 3), np.uint8)] * 3, key_every=250)
    assert "Tall mark: the only key frame." in draw_seek(path, 0).alt


def test_in_bengali_all_numbers_are_latin_as_the_times_are(film, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    alt = draw_seek(film, 0.85).alt
    assert "4টি কি-ফ্রেম" in alt
    assert kinds_of_digits(alt) == {"Latin"}


def test_refused(film, tmp_path):
    with pytest.raises(InputError, match="count must be at least 1"):
        film_sheet(film, 0)
    with pytest.raises(InputError, match="below the film's end"):
        draw_seek(film, 9)
    with pytest.raises(FileError, match="does not exist"):
        film_sheet(tmp_path / "none.mp4")
