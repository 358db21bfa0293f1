"""Film files opened strictly: what PyAV lets pass, or says in words for nobody, becomes one sentence."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from vislearn.errors import FileError
from vislearn.files import require_path
from vislearn.io.refusals import COPY_AGAIN, Refusal, not_a_film, too_large
from vislearn.language import N_

__all__ = ["Film", "opened", "packets", "said_plainly"]

# The containers that cameras, phones, browsers and screen recorders write, and those of sound alone, to say
# so. ffmpeg opens 300 more, playlists among them: a file of 80 bytes could have others read instead of it.
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,asf,flv,gif,ivf,mp3,wav,flac,aac"
_OPTIONS = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
_SAVE_AGAIN = N_("If a player shows it, save it again as MP4: ffmpeg -i FILE NEW.mp4")
_COUNTED = "mp4"  # its index names every frame; of other containers the length alone can be held to its word
_FROM_ZERO = ("matroska", "asf", "flv")  # a length in their header counts from 0, not from the first frame
_LATE_S = 0.25  # a last frame that ends so long before the film does: the rest of the file is missing


class Film:
    """An open film: its container, its pictures' stream, and how its ticks become seconds.

    Attributes:
        path: the file.
        container: PyAV's.
        stream: PyAV's, of the pictures.
        max_megapixels: larger frames are refused.
    """

    def __init__(self, path: Path, container: Any, stream: Any, max_megapixels: float) -> None:
        self.path, self.container, self.stream = path, container, stream
        self.max_megapixels = max_megapixels
        self._base: Fraction = stream.time_base
        self._first: int = _first_time(path, stream) if stream.start_time is None else stream.start_time

    def seconds(self, ticks: int) -> float:
        """When a time stamp is, in seconds since the film's pictures begin."""
        return float((ticks - self._first) * self._base)

    def ticks(self, seconds: float) -> int:
        """The last time stamp at or before a time in seconds."""
        return self._first + int(Fraction(seconds).limit_denominator(10**6) / self._base)


def _first_time(path: Path, stream: Any) -> int:
    """Ticks at which the pictures begin, where ffmpeg doesn't say: it looks for two frames, and has one."""
    import av

    with av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace") as container:
        found = (packet.pts for packet in container.demux(container.streams[stream.index]))
        return min((ticks for ticks in found if ticks is not None), default=0)


@contextmanager
def said_plainly(path: str | Path) -> Iterator[None]:
    """Whatever ffmpeg stumbles over inside becomes one sentence about the file.

    Raises:
        FileError: damaged, or of a kind that isn't read here.
    """
    import av  # ffmpeg: half a second, and only those who read films need it

    try:
        yield
    except Refusal as known:
        raise known.about(path) from None
    except (av.error.FFmpegError, MemoryError) as trouble:
        refusal = _refusal(Path(path), trouble)
        raise refusal.about(path) from None


@contextmanager
def opened(path: str | Path, max_megapixels: float) -> Iterator[Film]:
    """A film to be read; whatever goes wrong with it meanwhile is said in one sentence.

    Args:
        path: of the file; its content decides, not its ending.
        max_megapixels: larger frames are refused before they take memory.

    Yields:
        The open film, set to refuse damage instead of painting over it.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, too large, or not a film.
    """
    import av

    path = require_path(path)
    _require_file(path)
    logging.getLogger("libav").addHandler(logging.NullHandler())
    with (
        said_plainly(path),
        av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace") as container,
    ):
        yield Film(path, container, _pictures_of(container, max_megapixels), max_megapixels)


def _require_file(path: Path) -> None:
    if path.is_dir():
        raise FileError(path, N_("is a folder, not a film"), fix=N_("Name a file inside it."))
    if not path.exists():
        raise FileError(path, N_("does not exist"), fix=N_("Check the name and the folder."))
    if path.stat().st_size == 0:
        raise FileError(path, N_("is empty (0 bytes)"), fix=COPY_AGAIN)


def _pictures_of(container: Any, max_megapixels: float) -> Any:
    """The stream of pictures; the cover of a song is none."""
    import av

    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if not streams and container.streams.audio:
        raise Refusal(N_("holds sound and no pictures"), N_("Choose a film."))
    if not streams:
        raise Refusal(N_("is cut off or damaged: no pictures are left in it"), COPY_AGAIN)
    stream = streams[0]
    context = stream.codec_context
    if context is None:
        raise Refusal(N_("is compressed in a way that isn't read here"), _SAVE_AGAIN)
    if context.height * context.width > max_megapixels * 1e6:
        raise too_large(context.height, context.width, max_megapixels)
    stream.thread_type = "AUTO"
    context.options = {"err_detect": "explode", "max_pixels": str(int(max_megapixels * 1e6))}
    return stream


def packets(film: Film, *, whole: bool = True) -> Iterator[Any]:
    """The compressed frames in the order of the file; at its end, a look whether that is the film's.

    Args:
        film: just opened, or sought.
        whole: it was just opened: as many must come as its index names.

    Raises:
        Refusal: a packet is known to be damaged, or the film ends before it should.
    """
    count, end = 0, 0.0
    for packet in film.container.demux():
        if packet.size and packet.pts is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if packet.stream is not film.stream:
            continue
        if packet.is_corrupt:
            raise Refusal(N_("is damaged (a part of it is missing)"), COPY_AGAIN)
        count += bool(packet.size)
        yield packet
    if whole:
        _require_count(film, count)
    _require_end(film.container, end)


def _require_count(film: Film, count: int) -> None:
    if count == 0:
        raise Refusal(N_("is a film without a single frame"), N_("Record it again, or delete it."))
    if _COUNTED in film.container.format.name and count < film.stream.frames:
        raise Refusal(
            N_("is cut off: {count} of its {frames} frames are there"),
            COPY_AGAIN,
            count=count,
            frames=film.stream.frames,
        )


def _require_end(container: Any, end: float) -> None:
    name = container.format.name
    begins = 0 if any(kind in name for kind in _FROM_ZERO) else max(container.start_time or 0, 0)
    length = ((container.duration or 0) + begins) / 1e6
    if _COUNTED not in name and length - end > _LATE_S:
        raise Refusal(
            N_("is cut off: it should last {length:.1f} s and ends after {end:.1f} s"),
            COPY_AGAIN,
            length=length,
            end=end,
        )


def _refusal(path: Path, trouble: Exception) -> Refusal:
    if isinstance(trouble, MemoryError):
        return Refusal(N_("needs more memory than there is"), N_("Make the film smaller."))
    if isinstance(trouble, PermissionError):
        return Refusal(N_("can't be read (Permission denied)"), N_("Check its permissions."))
    with path.open("rb") as file:
        return not_a_film(file.read(256), _SAVE_AGAIN)
