"""Frames to a video file that every browser plays."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.files import replaced_whole

__all__ = ["write_video"]

# One key frame per second, for seeking. mbtree reads memory it never wrote where the CPU has AVX-512: with
# it one clip in ten came out with other bytes.
_X264 = "keyint=24:scenecut=0:mbtree=0"


def write_video(path: str | Path, frames: Iterable[np.ndarray], *, fps: int = 24, crf: int = 23) -> Path:
    """Write frames as H.264 in MP4, or as MPEG-4 part 2 where ffmpeg was built without x264.

    The same frames give the same bytes: one thread, no dates, no program names.

    Args:
        path: ends in ``.mp4``.
        frames: uint8 (H, W, 3) RGB each, all of one size, H and W even; read one at a time.
        fps: frames per second.
        crf: x264's quality, 0 (exact) ... 51 (worst).

    Returns:
        ``path``.

    Raises:
        InputError: no frames, or a frame of another size or kind.
        FileError: the folder can't be written to, or the disk is full.
    """
    import av  # ffmpeg: half a second, and only writers need it

    path = Path(path)
    with (
        replaced_whole(path) as draft,
        av.open(str(draft), "w", options={"fflags": "+bitexact"}) as container,
    ):
        stream: Any = None
        for pixels in frames:
            if stream is None:
                stream = _open_stream(container, pixels, fps, crf)
            _require_frame(pixels, (stream.height, stream.width, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        if stream is None:
            raise InputError("frames", "must hold at least one frame", got="none")
        container.mux(stream.encode(None))
    return path


def _open_stream(container: Any, first: np.ndarray, fps: int, crf: int) -> Any:
    import av

    _require_frame(first, first.shape)
    has_x264 = "libx264" in av.codecs_available
    stream = container.add_stream("libx264" if has_x264 else "mpeg4", rate=Fraction(fps))
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= av.codec.context.Flags.bitexact
    stream.options = {"crf": str(crf), "x264-params": _X264} if has_x264 else {"qscale": "4"}
    return stream


def _require_frame(pixels: np.ndarray, shape: tuple[int, ...]) -> None:
    good = pixels.dtype == np.uint8 and pixels.shape == shape and len(shape) == 3 and shape[2] == 3
    if not good or shape[0] % 2 or shape[1] % 2:
        raise InputError(
            "a frame",
            "must be uint8 (H, W, 3), H and W even, all of one size",
            got=f"{pixels.dtype} {pixels.shape}",
        )
