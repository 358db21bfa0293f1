"""What there is to know about a film before one reads it."""

from dataclasses import dataclass
from pathlib import Path

from vislearn.errors import FileError
from vislearn.io.film import opened, packets
from vislearn.io.orientation import SIDEWAYS
from vislearn.io.reading import MAX_MEGAPIXELS
from vislearn.io.timeline import timeline
from vislearn.io.turning import DEGREES, turn_of
from vislearn.language import N_

__all__ = ["VideoInfo", "video_info"]


@dataclass(frozen=True)
class VideoInfo:
    """What a film's packets and its first frame say.

    Attributes:
        width: of a frame as it is shown, pixels.
        height: likewise.
        seconds: from the first frame's beginning to the last one's end.
        frames: how many there are, counted.
        rate: frames per second, on average.
        variable: is some frame shown a third of a frame or more away from index / rate?
        rotation: degrees clockwise by which stored frames are turned to be shown: 0, 90, 180 or 270.
        codec: how they are compressed, such as ``"h264"``.
        has_sound: is there a sound track?
    """

    width: int
    height: int
    seconds: float
    frames: int
    rate: float
    variable: bool
    rotation: int
    codec: str
    has_sound: bool


def video_info(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> VideoInfo:
    """Size, length, rate and rotation of a film: its file is read once, one frame of it is decoded.

    Args:
        path: as for :func:`vislearn.io.read_frames`.
        max_megapixels: likewise.

    Raises:
        FileError: as :func:`vislearn.io.read_frames`; damage to later frames isn't looked for.
    """
    line = timeline(path, max_megapixels=max_megapixels)
    with opened(path, max_megapixels) as film:
        first = next((frame for packet in packets(film) for frame in packet.decode()), None)
        if first is None:
            raise FileError(
                path, N_("is a film without a single frame"), fix=N_("Record it again, or delete it.")
            )
        turn = turn_of(first)
        width, height = first.width, first.height
        codec, has_sound = film.stream.codec_context.name, bool(film.container.streams.audio)
    if turn in SIDEWAYS:
        width, height = height, width
    seconds, frames = line.end - line.times[0], len(line.times)
    rate = frames / seconds if seconds > 0 else 0.0
    return VideoInfo(width, height, seconds, frames, rate, line.variable, DEGREES[turn], codec, has_sound)
