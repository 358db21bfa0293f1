"""Small films that are not what a loop over frames expects: of variable rate, rotated, or without frames."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vislearn.datasets.bundled.clip import FPS, clip_frames
from vislearn.datasets.bundled.store import Recipe, ensure_built

__all__ = ["RECIPE", "odd_films"]

_WH = (160, 120)
_FRAMES = 48
_SLOW = range(24, 30)  # frames that stay five times as long as the others, as in a dark room
_SAMPLES, _TONE_HZ = 24_000, 440  # of sound per second
_SIDEWAYS = 6  # EXIF's number for "turn it by 90° clockwise"


def odd_films() -> Path:
    """A folder of small films, 160×120, the counter in their corner shows each frame's number.

    ``plain.mp4``: 48 frames at 24 per second. ``variable_rate.mp4``: the same, frames 24 to 29 stay five
    times as long. ``rotated.mp4``: as phones write it: stored lying, with a note to turn it by 90° clockwise.
    ``with_sound.mp4``, ``sound_alone.mp4`` (no pictures), ``no_frames.avi`` (a header and nothing else),
    ``cut_off.mp4`` (its index is whole, half of its frames are missing), ``far_keys.mp4`` (a single key
    frame: any seek decodes from the beginning).
    """
    return ensure_built(RECIPE)


def _frames() -> list[np.ndarray]:
    small = (
        Image.fromarray(frame).resize(_WH, Image.Resampling.BOX)
        for frame, _number in zip(clip_frames(), range(_FRAMES), strict=False)
    )
    return [np.asarray(frame) for frame in small]


def _times() -> list[float]:
    lasting = [(5 if number in _SLOW else 1) / FPS for number in range(_FRAMES)]
    return [0.0, *accumulate(lasting[:-1])]


def _build(folder: Path) -> Iterator[None]:
    from vislearn.io import write_video
    from vislearn.io.turning import note_turn

    frames = _frames()
    plain = write_video(folder / "plain.mp4", frames, fps=FPS, key_every=12)
    write_video(folder / "variable_rate.mp4", frames, fps=FPS, key_every=12, times=_times())
    write_video(folder / "far_keys.mp4", frames, fps=FPS, key_every=_FRAMES)
    lying = write_video(folder / "rotated.mp4", [np.rot90(frame).copy() for frame in frames], fps=FPS)
    lying.write_bytes(note_turn(lying.read_bytes(), _SIDEWAYS))
    _write_sound(folder / "with_sound.mp4", plain)
    _write_sound(folder / "sound_alone.mp4", None)
    _write_no_frames(folder / "no_frames.avi")
    _write_cut_off(folder / "cut_off.mp4", plain)
    yield


def _write_sound(path: Path, film: Path | None) -> None:
    """A tone, beside the pictures of ``film`` as they are compressed there."""
    import av

    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        pictures: Any = None
        source: Any = None
        if film is not None:
            source = av.open(str(film))
            pictures = container.add_stream_from_template(source.streams.video[0])
        sound: Any = container.add_stream("aac", rate=_SAMPLES)
        sound.layout = "mono"
        sound.codec_context.flags |= av.codec.context.Flags.bitexact
        for frame in _tone():
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
        if source is not None:
            for packet in source.demux(video=0):
                if packet.size:
                    packet.stream = pictures
                    container.mux(packet)
            source.close()


def _tone() -> Iterator[Any]:
    import av

    count = _SAMPLES * _FRAMES // FPS
    wave = 0.2 * np.sin(2 * np.pi * _TONE_HZ * np.arange(count) / _SAMPLES)
    for at in range(0, count, 1024):
        part = wave[None, at : at + 1024].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _SAMPLES, at, Fraction(1, _SAMPLES)
        yield frame


def _write_no_frames(path: Path) -> None:
    import av

    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height = _WH
        stream.pix_fmt = "yuv420p"
        container.start_encoding()


def _write_cut_off(path: Path, film: Path) -> None:
    """With the index in front of the frames, as for the web: what is left looks whole until one reads on."""
    import av

    options = {"fflags": "+bitexact", "movflags": "faststart"}
    with av.open(str(film)) as source, av.open(str(path), "w", options=options) as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])


RECIPE = Recipe("odd_films", version=1, units=1, build=_build)
