"""A short video: a camera pans over a photograph, a digit bounces, a counter shows the frame's number."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.datasets.bundled.digits import load_split
from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.store import Recipe, ensure_built

__all__ = ["RECIPE", "clip", "clip_frames"]

FPS = 24
FRAMES = 72
HEIGHT, WIDTH = 240, 320
_BALL = 64  # side of the bouncing digit, pixels
_COUNTER = 32  # side of each digit of the counter


def clip() -> Path:
    """A video file: 72 frames at 24 per second, 320×240, H.264 in MP4.

    The counter in the corner shows each frame's number, so that seeking can be checked by looking.
    """
    return ensure_built(RECIPE) / "clip.mp4"


def clip_frames() -> Iterator[np.ndarray]:
    """The frames before compression: 72 of uint8 (240, 320, 3)."""
    with Image.open(source_file("temple")) as file:
        photograph = np.asarray(file.convert("RGB"))
    ink, labels = load_split("val")
    drawings = [ink[np.flatnonzero(labels == digit)[0]] for digit in range(10)]
    for number in range(FRAMES):
        share = number / (FRAMES - 1)
        left = round(share * (photograph.shape[1] - WIDTH))
        top = round((1 - share) * (photograph.shape[0] - HEIGHT))
        frame = photograph[top : top + HEIGHT, left : left + WIDTH].copy()
        x, y = _bounce(number * 5, WIDTH - _BALL), _bounce(number * 4, HEIGHT - _BALL)
        _stamp(frame, drawings[7], x, y, _BALL, (255, 225, 40))
        frame[: _COUNTER + 4, : 2 * _COUNTER + 4] = 0
        for place, digit in enumerate(divmod(number, 10)):
            _stamp(frame, drawings[digit], 2 + place * _COUNTER, 2, _COUNTER, (255, 255, 255))
        yield frame


def _bounce(distance: int, room: int) -> int:
    """Where something is that runs to and fro between 0 and ``room``.

    >>> [_bounce(step, 3) for step in range(8)]
    [0, 1, 2, 3, 2, 1, 0, 1]
    """
    return room - abs(room - distance % (2 * room))


def _stamp(
    frame: np.ndarray, ink: np.ndarray, x: int, y: int, side: int, colour: tuple[int, int, int]
) -> None:
    large = Image.fromarray(ink).resize((side, side), Image.Resampling.BICUBIC)
    alpha = np.clip((np.asarray(large, dtype=np.float32) / 255 - 0.3) / 0.25, 0, 1)[..., None]
    below = frame[y : y + side, x : x + side]
    below[:] = (below + alpha * (np.array(colour) - below)).round().astype(np.uint8)


def _build(folder: Path) -> Iterator[None]:
    from vislearn.io import write_video

    write_video(folder / "clip.mp4", clip_frames(), fps=FPS)
    yield


RECIPE = Recipe("clip", version=2, units=1, build=_build)
