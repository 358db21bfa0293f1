"""Reading films: PyAV, vislearn's strict reader, torchcodec, OpenCV; one after another, and by seeking.

    python -m benchmarks.video_reading --json video_reading.json

The same films in the same run, taking turns: all frames in order as RGB, then twelve seeks at key-frame
distances of 1, 12 and 250. torchcodec takes part where it and its FFmpeg are there, OpenCV where it is
installed.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch

from benchmarks.machine import keep, machine, options_of
from benchmarks.turns import Row, print_rows, race
from vislearn.datasets.bundled.clip import clip_frames
from vislearn.io import frame_at, read_frames, write_video
from vislearn.io.frames import seek

__all__ = ["main", "readers", "seekers", "written"]

PYAV, VISLEARN, TORCHCODEC, OPENCV = "PyAV", "vislearn (strict)", "torchcodec", "OpenCV"
DISTANCES = (1, 12, 250)
SEEKS = 12


def main(arguments: list[str] | None = None) -> int:
    parser = options_of(__doc__, repeats=7)
    parser.add_argument("--frames", type=int, default=240, help="length of the films")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads or 1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for distance in DISTANCES:
            path = written(Path(folder) / f"{distance}.mp4", options.frames, distance)
            if distance == 12:
                rows += race(f"{options.frames} frames in order", readers(path), options.repeats)
            moments = np.random.default_rng(0).uniform(0, options.frames / 24, SEEKS).tolist()
            found = race(f"{SEEKS} seeks, keys {distance} apart", seekers(path, moments), options.repeats)
            rows += [
                replace(row, count=_decoded(path, moments)) if row.name == VISLEARN else row for row in found
            ]
    names = ("av", "torchcodec", "opencv-python-headless")
    record = {
        "benchmark": "video_reading",
        "frames": options.frames,
        "repeats": options.repeats,
        "machine": machine(*names),
        "rows": [asdict(row) for row in rows],
    }
    there = "yes" if _torchcodec() else "left out, its FFmpeg isn't there"
    print(f"320×240 pixels, H.264, {options.repeats} turns each; torchcodec: {there}")
    print_rows(rows, PYAV)
    keep(record, options.json)
    return 0


def written(path: Path, count: int, key_every: int) -> Path:
    """A film of the bundled clip's frames, over and over.

    Args:
        path: where.
        count: how many frames.
        key_every: frames from one key frame to the next.
    """
    drawn = list(clip_frames())
    return write_video(path, (drawn[number % len(drawn)] for number in range(count)), key_every=key_every)


def readers(path: Path) -> dict[str, Callable[[], Any]]:
    """Ways to see all frames in order as RGB; each returns how many it saw.

    Args:
        path: of the film.
    """
    found: dict[str, Callable[[], Any]] = {
        PYAV: lambda: _pyav(path),
        VISLEARN: lambda: sum(1 for _frame in read_frames(path)),
    }
    if decoder := _torchcodec():
        found[TORCHCODEC] = lambda: sum(1 for _frame in decoder(str(path)))
    if find_spec("cv2"):
        found[OPENCV] = lambda: _opencv(path)
    return found


def _pyav(path: Path) -> int:
    count = 0
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            frame.to_ndarray(format="rgb24")
            count += 1
    return count


def _opencv(path: Path) -> int:
    import cv2

    film, count = cv2.VideoCapture(str(path)), 0
    while True:
        there, frame = film.read()
        if not there:
            return count
        cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
        count += 1


def _torchcodec() -> Any:
    """Its decoder of films, where an FFmpeg is there for it."""
    with suppress(ImportError, RuntimeError, OSError):
        from torchcodec.decoders import VideoDecoder

        with tempfile.TemporaryDirectory() as folder:
            VideoDecoder(str(written(Path(folder) / "trial.mp4", 2, 1)))[0]
        return VideoDecoder
    return None


def seekers(path: Path, moments: Sequence[float]) -> dict[str, Callable[[], Any]]:
    """Ways to see the frame at each of some moments; each returns the frames' numbers or times.

    Args:
        path: of the film.
        moments: in seconds.
    """
    found: dict[str, Callable[[], Any]] = {
        PYAV: lambda: [_pyav_at(path, seconds) for seconds in moments],
        VISLEARN: lambda: [frame_at(path, seconds).time for seconds in moments],
    }
    if decoder := _torchcodec():
        found[TORCHCODEC] = lambda: [decoder(str(path)).get_frame_played_at(seconds) for seconds in moments]
    if find_spec("cv2"):
        found[OPENCV] = lambda: [_opencv_at(path, seconds) for seconds in moments]
    return found


def _pyav_at(path: Path, seconds: float) -> float:
    """As a careful person writes it: back to the key frame, on to the last frame that has begun."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(int(seconds / stream.time_base), stream=stream)
        shown = None
        for frame in container.decode(stream):
            if frame.time > seconds:
                break
            shown = frame
        shown.to_ndarray(format="rgb24")
        return shown.time


def _opencv_at(path: Path, seconds: float) -> float:
    import cv2

    film = cv2.VideoCapture(str(path))
    film.set(cv2.CAP_PROP_POS_FRAMES, int(seconds * 24))
    cv2.cvtColor(film.read()[1], cv2.COLOR_BGR2RGB)
    return int(seconds * 24) / 24


def _decoded(path: Path, moments: Sequence[float]) -> int:
    return sum(seek(path, seconds).decoded for seconds in moments)


if __name__ == "__main__":
    sys.exit(main())
