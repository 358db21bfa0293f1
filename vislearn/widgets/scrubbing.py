"""A film under a slider of time."""

import math
from pathlib import Path

from vislearn.errors import InputError
from vislearn.io.timeline import timeline
from vislearn.language import translate as _
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.films import draw_seek
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["video_scrubber"]

_DIGITS = 3  # of a slider's position, in seconds


def video_scrubber(path: str | Path, *, start: float | None = None, compared: str = "") -> Lab:
    """Move through a film: the frame at a time, its time stamp, the key frames, and what the jump cost.

    The slider takes the arrow keys, a frame at a time. Without a kernel the frame at ``start`` stands in.

    Args:
        path: of the film.
        start: where the slider begins, in seconds; None: in the middle.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: ``start`` outside the film.
        FileError: as :func:`vislearn.io.read_frames`.
    """
    line = timeline(path)
    step = max(10**-_DIGITS, round((line.end - line.times[0]) / len(line.times), _DIGITS))
    last = math.floor((line.times[-1] + 1e-6) / step) * step
    if start is not None and not 0 <= start < line.end:
        raise InputError("start", f"must be within the film, 0 to {line.end:.3f}", got=start)
    begin = round(last / 2 / step) * step if start is None else start
    alt = _("One frame of a film and the line of its time; a control sets the time.")

    def draw(seconds: float = begin) -> Picture:
        return draw_seek(path, seconds, compared=compared)

    return explorer(
        draw,
        alt=alt,
        labels={"seconds": _("time in seconds")},
        seconds=(0.0, max(last, step), step),
    )
