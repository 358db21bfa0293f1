from types import SimpleNamespace

import av
import numpy as np
import pytest

from vislearn.errors import FileError
from vislearn.io import read_frames, video_info, write_video
from vislearn.io.film import _require_count, opened, packets
from vislearn.io.refusals import Refusal


def sentence(path, **options):
    """What is said about a film that can't be read, by whatever reads it."""
    with pytest.raises(FileError) as caught:
        list(read_frames(path, **options))
    text = str(caught.value)
    assert text.startswith(f"{path} ")
    assert "\n" not in text
    assert caught.value.fix
    return text


def test_what_is_no_film_is_told_by_what_it_is(tmp_path):
    assert "does not exist" in sentence(tmp_path / "none.mp4")
    assert "is a folder" in sentence(tmp_path)
    for name, data, said in (
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"this is no film\n" * 20, "holds text"),
        ("zeros.mp4", b"\0" * 500, "is not a film of a known format"),
        ("picture.mp4", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "is a picture (PNG)"),
        ("half.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "damaged or cut off film"),
    ):
        (tmp_path / name).write_bytes(data)
        assert said in sentence(tmp_path / name)


def test_a_playlist_reaches_no_other_file(tmp_path, make_film):
    film = make_film()
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{film}\n#EXT-X-ENDLIST\n")
    assert "holds text" in sentence(playlist)


def test_sound_alone_and_a_song_with_its_cover_hold_no_film(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=24000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 24000
        stream.layout = "mono"
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "holds sound and no pictures" in sentence(path)


def test_a_film_without_frames(tmp_path):
    path = tmp_path / "none.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    assert "without a single frame" in sentence(path)
    with pytest.raises(FileError, match="without a single frame"):
        video_info(path)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mkv", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4"), ("a.mp4", "libx264")]
)
def test_half_a_film_is_refused_in_every_container(make_film, name, codec):
    path = make_film(name, codec, noisy=True, container={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    assert "cut off" in (said := sentence(path)) or "damaged" in said


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mkv", "libx264"),
        ("a.webm", "libvpx"),
        ("a.flv", "libx264"),
        ("a.ts", "libx264"),
        ("a.mp4", "libx264"),
    ],
)
def test_a_film_that_begins_late_is_whole_and_half_of_it_is_not(make_film, name, codec):
    path = make_film(name, codec, noisy=True, begins=60)
    assert len(list(read_frames(path))) == video_info(path).frames == 24
    assert next(read_frames(path, start=1.0)).time == pytest.approx(1.0, abs=0.1)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    if name != "a.ts":  # its length is known from its last packet alone
        assert "cut off" in (said := sentence(path)) or "damaged" in said


def test_an_index_that_names_more_frames_than_come_is_not_believed(make_film):
    with opened(make_film(), 200) as film:
        more = SimpleNamespace(container=film.container, stream=SimpleNamespace(frames=25))
        with pytest.raises(Refusal, match="24 of its 25 frames"):
            _require_count(more, 24)
        _require_count(film, 24)


def test_only_from_its_beginning_must_all_frames_come_that_the_index_names(make_film):
    with opened(make_film(gop=6), 200) as film:
        film.container.seek(film.ticks(1.5), stream=film.stream)
        assert 0 < sum(bool(packet.size) for packet in packets(film, whole=False)) < 24
        film.container.seek(film.ticks(1.5), stream=film.stream)
        with pytest.raises(Refusal, match="of its 24 frames"):
            list(packets(film))


def test_large_frames_are_refused_before_they_take_memory(make_film):
    assert "megapixels" in sentence(make_film(), max_megapixels=0.003)
    assert len(list(read_frames(make_film(), max_megapixels=0.0031))) == 24


def test_a_name_like_an_address_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_video("concat:a|b.mp4", [np.zeros((16, 16, 3), np.uint8)])
    assert len(list(read_frames("concat:a|b.mp4"))) == 1
