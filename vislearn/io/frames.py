"""Films frame by frame: one in memory at a time, each with the time at which it is shown."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vislearn.errors import FileError, InputError, Words
from vislearn.io.film import Film, opened, packets, said_plainly
from vislearn.io.orientation import upright
from vislearn.io.reading import MAX_MEGAPIXELS
from vislearn.io.refusals import COPY_AGAIN, Refusal
from vislearn.io.timeline import Timeline, timeline
from vislearn.io.turning import turn_of
from vislearn.language import N_

if TYPE_CHECKING:
    import torch

__all__ = ["Frame", "Sought", "frame_at", "read_frames", "seek"]

_NEAR = 1e-6  # seconds: a time asked for as 1/3 is meant to hit the frame at 1/3


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a film.

    Attributes:
        index: its number in the film, from 0.
        time: when it is shown, in seconds since the film's pictures begin.
        pixels: uint8 (3, H, W) in 0..255, RGB, upright.
    """

    index: int
    time: float
    pixels: "torch.Tensor"


@dataclass(frozen=True, eq=False)
class Sought:
    """A frame that was jumped to, and how many had to be decoded to get there."""

    frame: Frame
    decoded: int


def read_frames(
    path: str | Path,
    *,
    start: float = 0.0,
    stop: float | None = None,
    every: int = 1,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Iterator[Frame]:
    """The frames of a film, one after another; only one is in memory at a time.

    Times are the file's own time stamps, so they hold where frames last unequally long: index / rate doesn't.
    The rotation that phones note is applied, which PyAV leaves to you. Damage is never painted over, as far
    as the format shows it. The sound is left alone; pixels that are not square stay as they are stored.

    Args:
        path: MP4, MOV, WebM, Matroska, AVI, MPEG, GIF …; the content decides, not the ending.
        start: frames shown from this time on, in seconds; the reader jumps to the key frame before it.
        stop: frames shown before this time, in seconds; None: to the end.
        every: each so-manieth of these frames; the others are decoded and not converted.
        max_megapixels: larger frames are refused before they take memory.

    Yields:
        :class:`Frame`: its index in the whole film, its time in seconds, its pixels, uint8 (3, H, W).

    Raises:
        InputError: ``start`` below 0, ``stop`` not after it, or ``every`` below 1.
        FileError: missing, a folder, empty, cut off, damaged, too large, without a frame, or not a film.
    """
    end = math.inf if stop is None else stop
    if not 0 <= start < end:
        raise InputError("start and stop", "must be seconds, 0 ≤ start < stop", got=f"{start} and {stop}")
    if every < 1:
        raise InputError("every", "must be at least 1", got=every)
    return _frames(path, start - _NEAR, end - _NEAR, every, max_megapixels)


def _frames(
    path: str | Path, start: float, stop: float, every: int, max_megapixels: float
) -> Iterator[Frame]:
    line = timeline(path, max_megapixels=max_megapixels) if start > 0 else None
    shown = 0
    for index, time, picture in _decoded(path, start, line, max_megapixels):
        if time >= stop:
            return
        if time >= start:
            if shown % every == 0:
                yield _frame(path, index, time, picture)
            shown += 1


def frame_at(path: str | Path, seconds: float, *, max_megapixels: float = MAX_MEGAPIXELS) -> Frame:
    """The frame that a player shows at a moment: the last one whose time has come.

    Args:
        path: as for :func:`read_frames`.
        seconds: since the film's pictures begin.
        max_megapixels: as for :func:`read_frames`.

    Returns:
        :class:`Frame`: its index, its own time (at or before ``seconds``), its pixels, uint8 (3, H, W).

    Raises:
        InputError: before the film begins, or after it ends.
        FileError: as :func:`read_frames`.
    """
    return seek(path, seconds, max_megapixels=max_megapixels).frame


def seek(path: str | Path, seconds: float, *, max_megapixels: float = MAX_MEGAPIXELS) -> Sought:
    """As :func:`frame_at`, with what it cost: all frames from the key frame before it had to be decoded.

    Args:
        path: as for :func:`read_frames`.
        seconds: since the film's pictures begin.
        max_megapixels: as for :func:`read_frames`.

    Raises:
        InputError: before the film begins, or after it ends.
        FileError: as :func:`read_frames`.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputError("seconds", "must be a number", got=repr(seconds))
    line = timeline(path, max_megapixels=max_megapixels)
    if not 0 <= seconds < max(line.end, line.times[-1] + _NEAR):
        raise InputError(
            "seconds", f"must be at least 0 and below the film's end, {line.end:.3f}", got=seconds
        )
    wanted = line.at(seconds)
    frames = _decoded(path, line.times[wanted], line, max_megapixels)
    for decoded, (index, time, picture) in enumerate(frames, 1):
        if index >= wanted:
            return Sought(_frame(path, index, time, picture), decoded)
    raise FileError(path, Words(N_("can't be decoded at {seconds:.3f} s"), seconds=seconds), fix=COPY_AGAIN)


def _decoded(
    path: str | Path, start: float, line: Timeline | None, max_megapixels: float
) -> Iterator[tuple[int, float, Any]]:
    """Number, time and PyAV's frame, from the key frame before ``start`` on; without a timeline, from 0."""
    if line is not None and any(line.keys[1 : line.at(start) + 1]):
        frames = _from_key(path, start, line, max_megapixels)
        first = next(frames, None)
        if first is not None:
            yield first
            yield from frames
            return
    with opened(path, max_megapixels) as film:
        for index, picture in enumerate(_pictures(film, whole=True)):
            yield index, film.seconds(picture.pts), picture


def _from_key(
    path: str | Path, start: float, line: Timeline, max_megapixels: float
) -> Iterator[tuple[int, float, Any]]:
    """As :func:`_decoded`; nothing where the container can't be sought in, or leads beyond ``start``."""
    import av

    with opened(path, max_megapixels) as film:
        try:
            film.container.seek(film.ticks(start + _NEAR), stream=film.stream)
            pictures = _pictures(film, whole=False)
            first = next(pictures)
        except (av.error.FFmpegError, Refusal, StopIteration):
            return
        if film.seconds(first.pts) > start + _NEAR:
            return
        yield line.at(film.seconds(first.pts)), film.seconds(first.pts), first
        for picture in pictures:
            yield line.at(film.seconds(picture.pts)), film.seconds(picture.pts), picture


def _pictures(film: Film, *, whole: bool) -> Iterator[Any]:
    """PyAV's frames in the order they are shown, each checked."""
    size, before = None, -math.inf
    for packet in packets(film, whole=whole):
        for picture in packet.decode():
            if picture.is_corrupt:
                raise Refusal(N_("is damaged: a frame can't be decoded"), COPY_AGAIN)
            if picture.pts is None:
                raise Refusal(
                    N_("holds frames without time stamps"), N_("Pack it: ffmpeg -i FILE -c copy NEW.mp4")
                )
            if picture.pts < before:
                raise Refusal(
                    N_("has time stamps that run backwards"), N_("Save it again: ffmpeg -i FILE NEW.mp4")
                )
            size, before = size or (picture.height, picture.width), picture.pts
            if (picture.height, picture.width) != size:
                raise Refusal(
                    N_("changes its size from {before} to {after} pixels (height×width)"),
                    N_("Save it again: ffmpeg -i FILE NEW.mp4"),
                    before=f"{size[0]}×{size[1]}",
                    after=f"{picture.height}×{picture.width}",
                )
            yield picture
    if size is None:
        raise Refusal(N_("is a film without a single frame"), N_("Record it again, or delete it."))


def _frame(path: str | Path, index: int, time: float, picture: Any) -> Frame:
    import torch  # three seconds that looking at a film's times need not pay

    with said_plainly(path):
        pixels = upright(picture.to_ndarray(format="rgb24"), turn_of(picture))
    return Frame(index, time, torch.from_numpy(pixels).permute(2, 0, 1).contiguous())
