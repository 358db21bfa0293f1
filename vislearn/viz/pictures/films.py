"""Films as pictures: frames with their times on one sheet, and one frame with what it cost to get there."""

from pathlib import Path

import numpy as np

from vislearn.errors import InputError
from vislearn.io import frame_at
from vislearn.io.frames import Sought, seek
from vislearn.io.timeline import Timeline, timeline
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.display import to_display
from vislearn.viz.letters import LEADING, TEXT
from vislearn.viz.picture import Picture, describe, described
from vislearn.viz.pictures.sheets import grid

__all__ = ["draw_seek", "film_sheet"]

_WIDTH = 640.0  # px: of a sheet with one frame
_LINE = 34.0  # px: room for the line of time
_TALLEST = 320.0  # px: of a frame, so that its control and its cell fit on a small laptop's screen with it


def film_sheet(
    path: str | Path, count: int = 12, *, columns: int | None = None, compared: str = "", alt: str = ""
) -> Picture:
    """A contact sheet: frames from equal parts of the film's time, each under its time stamp.

    Parts of the time and not of the frames: where a film is of variable rate, a slow part is seen as long as
    it lasts.

    Args:
        path: of the film.
        count: how many frames; a film of fewer shows each of its own once.
        columns: frames per row; None takes what reads well.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or says which film it is.

    Raises:
        InputError: ``count`` below 1.
        FileError: as :func:`vislearn.io.read_frames`.
    """
    if count < 1:
        raise InputError("count", "must be at least 1", got=count)
    line = timeline(path)
    begin = line.times[0]
    middles = [begin + (part + 0.5) * (line.end - begin) / count for part in range(count)]
    chosen = sorted({line.at(seconds) for seconds in middles})
    frames = [frame_at(path, line.times[index]) for index in chosen]
    titles = [_("{time} s · frame {index}", time=f"{one.time:.2f}", index=one.index) for one in frames]
    told = _("{count} frames of the film {name}, in order.", count=len(frames), name=Path(path).name)
    with described(describe(alt, compared, told=told)):
        return grid([one.pixels for one in frames], titles, columns=columns)


def draw_seek(path: str | Path, seconds: float, *, compared: str = "") -> Picture:
    """The frame shown at a moment, and the line of time: key frames, and the frames decoded to get there.

    Args:
        path: of the film.
        seconds: since its pictures begin.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: before the film begins, or after it ends.
        FileError: as :func:`vislearn.io.read_frames`.
    """
    line, sought = timeline(path), seek(path, seconds)
    pixels = to_display(sought.frame.pixels)
    tall = min(_TALLEST, (_WIDTH - 2 * MARGIN) * pixels.shape[0] / pixels.shape[1])
    words = _words(line, sought)
    canvas = Canvas(_WIDTH, tall + _LINE + 3 * MARGIN + (len(words) + 0.5) * TEXT * LEADING)
    canvas.frame(*canvas.fitted(pixels, MARGIN, MARGIN, _WIDTH - 2 * MARGIN, tall))
    _draw_line(canvas, line, sought, tall + 2 * MARGIN + _LINE / 2)
    canvas.lines(MARGIN, tall + _LINE + 2 * MARGIN, words)
    return canvas.finish(" ".join(words), compared)


def _words(line: Timeline, sought: Sought) -> list[str]:
    """Counts are given as texts: they keep Latin digits, as the times beside them do."""
    frame, keys = sought.frame, sum(line.keys)
    return [
        _(
            "Frame {index} of {count}, shown from {time} s on.",
            index=str(frame.index),
            count=str(len(line.times)),
            time=f"{frame.time:.3f}",
        ),
        _("Decoded to get there: {count} (from the key frame before it).", count=str(sought.decoded)),
        _("Tall marks: the {count} key frames.", count=str(keys))
        if keys > 1
        else _("Tall mark: the only key frame."),
    ]


def _draw_line(canvas: Canvas, line: Timeline, sought: Sought, y: float) -> None:
    """Time from left to right; what was decoded lies on it as a bar, the frame shown as a dot."""
    begin, lasting = line.times[0], max(line.end - line.times[0], 1e-9)
    room = _WIDTH - 4 * MARGIN

    def x_of(seconds: float) -> float:
        return 2 * MARGIN + room * (seconds - begin) / lasting

    canvas.curve(np.array([x_of(begin), x_of(line.end)]), np.array([y, y]), color=palette.MUTED, line=1)
    for time, key in zip(line.times, line.keys, strict=True):
        if key:
            canvas.curve(np.array([x_of(time)] * 2), np.array([y - 10, y + 10]), color=palette.INK, line=2)
    first = line.times[max(0, sought.frame.index - sought.decoded + 1)]
    left, right = x_of(first), x_of(sought.frame.time)
    canvas.curve(np.array([left, right]), np.array([y, y]), color=palette.WARM, line=5)
    canvas.dots(np.array([right]), np.array([y]), color=palette.ACCENT, radius=6)
