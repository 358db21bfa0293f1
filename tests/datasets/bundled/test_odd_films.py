import pytest
import torch

from vislearn.datasets import odd_films
from vislearn.errors import FileError
from vislearn.io import frame_at, read_frames, video_info


def test_films_are_what_their_names_say(bundled):
    facts = {name: video_info(odd_films() / f"{name}.mp4") for name in ("plain", "variable_rate", "rotated")}
    assert {(info.width, info.height, info.frames) for info in facts.values()} == {(160, 120, 48)}
    assert {name: info.variable for name, info in facts.items()} == {
        "plain": False,
        "variable_rate": True,
        "rotated": False,
    }
    assert {name: info.rotation for name, info in facts.items()} == {
        "plain": 0,
        "variable_rate": 0,
        "rotated": 90,
    }
    assert video_info(odd_films() / "with_sound.mp4").has_sound
    assert not facts["plain"].has_sound


def test_times_of_the_variable_film_stretch_where_it_says(bundled):
    ticks = [round(24 * frame.time) for frame in read_frames(odd_films() / "variable_rate.mp4")]
    assert ticks == [*range(24), 24, 29, 34, 39, 44, 49, *range(54, 72)]


@pytest.mark.parametrize("name", ["variable_rate", "rotated", "with_sound", "far_keys"])
def test_all_show_the_plain_films_frames_upright(bundled, name):
    pairs = zip(read_frames(odd_films() / f"{name}.mp4"), read_frames(odd_films() / "plain.mp4"), strict=True)
    for odd, plain in pairs:
        assert odd.index == plain.index
        assert (odd.pixels.float() - plain.pixels.float()).abs().mean() < 8


def test_sound_is_put_beside_the_same_packets(bundled):
    for seconds in (0.0, 1.0, 1.9):
        one, other = (frame_at(odd_films() / f"{name}.mp4", seconds) for name in ("plain", "with_sound"))
        assert torch.equal(one.pixels, other.pixels)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sound_alone.mp4", "holds sound and no pictures"),
        ("no_frames.avi", "without a single frame"),
        ("cut_off.mp4", "damaged|cut off"),
    ],
)
def test_what_holds_no_whole_film_is_refused(bundled, name, message):
    with pytest.raises(FileError, match=message):
        list(read_frames(odd_films() / name))


def test_they_are_small(bundled):
    assert sum(path.stat().st_size for path in odd_films().iterdir()) < 800_000
