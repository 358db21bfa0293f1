import tracemalloc
from types import SimpleNamespace

import av
import numpy as np
import pytest
import torch

from vislearn.errors import FileError, InputError
from vislearn.io import frame_at, frames, read_frames, video_info, write_video
from vislearn.io.frames import seek
from vislearn.io.refusals import Refusal

KINDS = [
    ("a.mp4", "libx264", "yuv420p", {}),
    ("a.mkv", "libx264", "yuv420p", {}),
    ("open.mp4", "libx264", "yuv420p", {"x264-params": "open-gop=1"}),
    ("a.ts", "libx264", "yuv420p", {}),
    ("a.avi", "mpeg4", "yuv420p", {}),
    ("a.mpg", "mpeg2video", "yuv420p", {"bf": "2"}),
    ("a.webm", "libvpx", "yuv420p", {}),
    ("a.mov", "mjpeg", "yuvj420p", {}),
    ("a.gif", "gif", "rgb8", {}),
]


@pytest.mark.parametrize(("name", "codec", "pixels", "options"), KINDS)
def test_frames_come_in_order_at_their_times_from_every_container(make_film, name, codec, pixels, options):
    path = make_film(name, codec, pixels, **options)
    found = list(read_frames(path))
    assert [frame.index for frame in found] == list(range(24))
    assert [frame.time * 12 for frame in found] == pytest.approx(range(24), abs=0.1)
    level = [frame.pixels[:, 30:, 30:].float().mean().item() for frame in found]
    assert level == pytest.approx([10 * number for number in range(24)], abs=8)
    for seconds in (0.0, 0.01, 0.76, 1.26, 1.93):
        frame = frame_at(path, seconds)
        assert frame.index == int(seconds * 12 + 1e-6)
        assert frame.time == found[frame.index].time <= seconds
        assert torch.equal(frame.pixels, found[frame.index].pixels)


def test_pixels_are_what_plain_pyav_gives(make_film):
    path = make_film()
    with av.open(str(path)) as container:
        plain = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for frame, expected in zip(read_frames(path), plain, strict=True):
        assert frame.pixels.dtype == torch.uint8
        assert frame.pixels.is_contiguous()
        assert np.array_equal(frame.pixels.permute(1, 2, 0), expected)


def test_a_part_of_a_film_keeps_its_numbers_and_times(make_film):
    path = make_film()
    part = list(read_frames(path, start=7 / 12, stop=19 / 12, every=4))
    assert [frame.index for frame in part] == [7, 11, 15]
    whole = list(read_frames(path))
    assert all(torch.equal(frame.pixels, whole[frame.index].pixels) for frame in part)
    assert [frame.index for frame in read_frames(path, every=10)] == [0, 10, 20]
    assert list(read_frames(path, start=5.0)) == []


def test_times_of_a_variable_rate_are_the_films_own(tmp_path):
    times = [0.0, 0.1, 0.2, 1.0, 1.1]
    shades = [np.full((16, 16, 3), 40 * number, np.uint8) for number in range(5)]
    path = write_video(tmp_path / "a.mp4", shades, times=times, key_every=2)
    assert [frame.time for frame in read_frames(path)] == pytest.approx(times)
    assert [frame_at(path, seconds).index for seconds in (0.15, 0.99, 1.0, 1.05)] == [1, 2, 3, 3]


@pytest.mark.parametrize(("key_every", "costs"), [(1, [1, 1, 1]), (4, [1, 4, 2]), (100, [1, 8, 14])])
def test_a_seek_decodes_from_the_key_frame_before(tmp_path, key_every, costs):
    shades = [np.full((16, 16, 3), 15 * number, np.uint8) for number in range(16)]
    path = write_video(tmp_path / "a.mp4", shades, fps=10, key_every=key_every)
    assert [seek(path, seconds).decoded for seconds in (0.0, 0.7, 1.3)] == costs


def test_only_one_frame_is_in_memory(tmp_path):
    shades = (np.full((240, 320, 3), number % 250, np.uint8) for number in range(60))
    path = write_video(tmp_path / "a.mp4", shades)
    for _frame in read_frames(path, stop=0.2):
        pass
    alive = []
    tracemalloc.start()
    for frame in read_frames(path):
        alive.append(tracemalloc.get_traced_memory()[0])
        del frame
    tracemalloc.stop()
    assert max(alive) < 4 * 240 * 320 * 3


def test_a_reader_that_is_left_closes_its_file(make_film):
    reader = read_frames(make_film())
    next(reader)
    reader.close()
    with pytest.raises(StopIteration):
        next(reader)


def test_where_a_container_cannot_be_sought_in_it_is_read_from_its_beginning(make_film, monkeypatch):
    path = make_film()
    expected = seek(path, 1.3).frame
    monkeypatch.setattr(frames, "_from_key", lambda *_arguments: iter(()))
    found = seek(path, 1.3)
    assert found.frame.index == expected.index
    assert torch.equal(found.frame.pixels, expected.pixels)
    assert found.decoded == expected.index + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": -1}, "0 ≤ start < stop"),
        ({"start": 1, "stop": 1}, "0 ≤ start < stop"),
        ({"start": float("nan")}, "0 ≤ start < stop"),
        ({"every": 0}, "every must be at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        read_frames(tmp_path / "none.mp4", **options)


@pytest.mark.parametrize("seconds", [-0.1, 2.5, float("nan")])
def test_outside_the_film_there_is_no_frame(make_film, seconds):
    with pytest.raises(InputError, match=r"below the film's end, 2\.000"):
        frame_at(make_film(), seconds)


def test_damage_in_the_middle_is_never_painted_over(make_film):
    path = make_film("a.avi", "mpeg4", noisy=True)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"damaged|cut off"):
        list(read_frames(path))


@pytest.mark.parametrize(
    "reader", [video_info, lambda path: next(read_frames(path)), lambda path: frame_at(path, 0)]
)
@pytest.mark.parametrize("given", [None, 3, b"film.mp4"])
def test_what_names_no_film_is_one_sentence(reader, given):
    with pytest.raises(InputError, match="path must name a file"):
        reader(given)


@pytest.mark.parametrize("seconds", ["1", None, True])
def test_a_time_that_is_no_number_is_one_sentence(seconds):
    with pytest.raises(InputError, match="seconds must be a number"):
        frame_at("film.mp4", seconds)


def a_picture(pts=0, height=48, width=64, is_corrupt=False):
    return SimpleNamespace(pts=pts, height=height, width=width, is_corrupt=is_corrupt)


@pytest.mark.parametrize(
    ("pictures", "problem"),
    [
        ([], "a film without a single frame"),
        ([a_picture(), a_picture(1, is_corrupt=True)], "damaged: a frame can't be decoded"),
        ([a_picture(None)], "frames without time stamps"),
        ([a_picture(1), a_picture(0)], "time stamps that run backwards"),
        ([a_picture(0), a_picture(1, 64, 48)], "changes its size from 48×64 to 64×48 pixels"),
        ([a_picture(0), a_picture(1, width=65)], "changes its size from 48×64 to 48×65 pixels"),
    ],
)
def test_frames_that_a_decoder_lets_through_are_refused(monkeypatch, pictures, problem):
    packets = [SimpleNamespace(decode=lambda: iter(pictures))]
    monkeypatch.setattr(frames, "packets", lambda film, *, whole: packets)
    with pytest.raises(Refusal, match=problem):
        list(frames._pictures(None, whole=True))


def test_two_frames_at_one_time_are_two_frames(monkeypatch):
    packets = [SimpleNamespace(decode=lambda: [a_picture(3), a_picture(3)])]
    monkeypatch.setattr(frames, "packets", lambda film, *, whole: packets)
    assert len(list(frames._pictures(None, whole=True))) == 2
