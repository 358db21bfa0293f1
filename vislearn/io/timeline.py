"""When each frame of a film is shown, and at which of them decoding can begin: known without decoding."""

import os
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vislearn.errors import FileError
from vislearn.files import require_path
from vislearn.io.film import opened, packets
from vislearn.io.reading import MAX_MEGAPIXELS
from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["Timeline", "timeline"]

_AWAY = 0.35  # of the usual distance between two frames


@dataclass(frozen=True)
class Timeline:
    """The frames of a film in the order of time.

    Attributes:
        times: when each is shown, in seconds since the pictures begin.
        keys: is it a key frame: one that needs no other to be decoded?
        end: when the last one is taken away, in seconds.
    """

    times: tuple[float, ...]
    keys: tuple[bool, ...]
    end: float

    def at(self, seconds: float) -> int:
        """Number of the frame shown at a time; the first one before it begins.

        >>> Timeline((0.0, 0.5, 2.0), (True, False, False), 2.5).at(1.9)
        1
        """
        return max(0, bisect_right(self.times, seconds + 1e-6) - 1)

    @property
    def variable(self) -> bool:
        """Is some frame shown a third of a frame or more away from index / rate?

        Less than that is how containers round: GIF to hundredths of a second, Matroska to thousandths.

        >>> Timeline((0.0, 0.5, 2.0), (True, False, False), 2.5).variable
        True
        """
        usual = (self.times[-1] - self.times[0]) / max(len(self.times) - 1, 1)
        away = (abs(time - self.times[0] - index * usual) for index, time in enumerate(self.times))
        return max(away) > _AWAY * usual


def timeline(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> Timeline:
    """All frames' times, from the packets: the file is read once, nothing is decoded, the result is kept.

    Args:
        path: of the film.
        max_megapixels: as for :func:`vislearn.io.read_frames`.

    Raises:
        FileError: as :func:`vislearn.io.read_frames`.
    """
    try:
        state = require_path(path).stat()
    except OSError:
        state = os.stat_result([0] * 10)  # the same sentence as everywhere comes from opening it
    return _timeline(str(path), state.st_size, state.st_mtime_ns, max_megapixels)


@lru_cache(maxsize=32)
def _timeline(path: str, _size: int, _changed: int, max_megapixels: float) -> Timeline:
    stamps: list[tuple[float, bool, float]] = []
    with opened(path, max_megapixels) as film:
        for packet in packets(film):
            if not packet.size or packet.is_discard:
                continue
            ticks = packet.pts if packet.pts is not None else packet.dts
            if ticks is None:
                raise Refusal(
                    N_("holds frames without time stamps"), N_("Pack it: ffmpeg -i FILE -c copy NEW.mp4")
                )
            lasts = float((packet.duration or 0) * packet.time_base)
            stamps.append((film.seconds(ticks), packet.is_keyframe, lasts))
    if not stamps:
        raise FileError(
            path, N_("is a film without a single frame"), fix=N_("Record it again, or delete it.")
        )
    stamps = _from_first_key(stamps)
    times, keys, lasting = zip(*stamps, strict=True)
    usual = (times[-1] - times[0]) / max(len(times) - 1, 1)
    return Timeline(times, keys, times[-1] + (lasting[-1] or usual))


def _from_first_key(stamps: list[tuple[float, bool, float]]) -> list[tuple[float, bool, float]]:
    """What can be shown, sorted: a broadcast recorded from its middle begins with frames that need others."""
    begins = next((index for index, (_time, is_key, _lasts) in enumerate(stamps) if is_key), 0)
    first = stamps[begins][0] if stamps[begins][1] else float("-inf")
    return sorted(stamp for stamp in stamps[begins:] if stamp[0] >= first)
