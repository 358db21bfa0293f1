"""Frames to a video file that every browser plays."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.files import replaced_whole, require_path

__all__ = ["write_video"]

# mbtree reads memory it never wrote where the CPU has AVX-512: with it one clip in ten came out with other
# bytes. Without scenecut, key frames are where key_every puts them and nowhere else.
_X264 = "keyint={}:scenecut=0:mbtree=0"
_TICK = Fraction(
    1, 90_000
)  # seconds: what broadcasts count in; 24, 25, 30 and 50 fps are whole numbers of it


def write_video(
    path: str | Path,
    frames: Iterable[np.ndarray],
    *,
    fps: int = 24,
    crf: int = 23,
    key_every: int = 24,
    times: Sequence[float] | None = None,
) -> Path:
    """Write frames as H.264 in MP4, or as MPEG-4 part 2 where ffmpeg was built without x264.

    The same frames give the same bytes: one thread, no dates, no program names.

    Args:
        path: ends in ``.mp4``.
        frames: uint8 (H, W, 3) RGB each, all of one size, H and W even; read one at a time.
        fps: frames per second.
        crf: x264's quality, 0 (exact) ... 51 (worst).
        key_every: so many frames from one key frame to the next: few make seeking cheap and the file large.
        times: when each frame is shown, in seconds, rising: a film of variable rate. None: ``fps`` decides.

    Returns:
        ``path``.

    Raises:
        InputError: no frames, a frame of another size or kind, ``key_every`` below 1, or times that
            don't rise or are too few.
        FileError: the folder can't be written to, or the disk is full.
    """
    import av  # ffmpeg: half a second, and only writers need it

    path = require_path(path)
    _require_times(times, key_every)
    with (
        replaced_whole(path) as draft,
        av.open(f"file:{draft}", "w", options={"fflags": "+bitexact"}) as container,
    ):
        stream: Any = None
        for number, pixels in enumerate(frames):
            if stream is None:
                stream = _open_stream(container, pixels, fps, crf, key_every)
                if times is not None:
                    stream.codec_context.time_base = _TICK
            _require_frame(pixels, (stream.height, stream.width, 3))
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = _tick_of(times, number), _TICK
            container.mux(stream.encode(frame))
        if stream is None:
            raise InputError("frames", "must hold at least one frame", got="none")
        container.mux(stream.encode(None))
    return path


def _require_times(times: Sequence[float] | None, key_every: int) -> None:
    if key_every < 1:
        raise InputError("key_every", "must be at least 1", got=key_every)
    rising = times is None or all(before < after for before, after in pairwise([-1e-9, *times]))
    if not rising:
        raise InputError("times", "must be seconds that rise from 0 or later", got="others")


def _tick_of(times: Sequence[float], number: int) -> int:
    if number >= len(times):
        raise InputError("times", "must be one for each frame", got=f"{len(times)} for more frames")
    return round(times[number] / _TICK)


def _open_stream(container: Any, first: np.ndarray, fps: int, crf: int, key_every: int) -> Any:
    import av

    _require_frame(first, first.shape)
    has_x264 = "libx264" in av.codecs_available
    stream = container.add_stream("libx264" if has_x264 else "mpeg4", rate=Fraction(fps))
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    stream.codec_context.gop_size = key_every
    stream.options = (
        {"crf": str(crf), "x264-params": _X264.format(key_every)} if has_x264 else {"qscale": "4"}
    )
    return stream


def _require_frame(pixels: np.ndarray, shape: tuple[int, ...]) -> None:
    good = pixels.dtype == np.uint8 and pixels.shape == shape and len(shape) == 3 and shape[2] == 3
    if not good or shape[0] % 2 or shape[1] % 2:
        raise InputError(
            "a frame",
            "must be uint8 (H, W, 3), H and W even, all of one size",
            got=f"{pixels.dtype} {pixels.shape}",
        )
