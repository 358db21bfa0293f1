"""How a film is to be turned: the display matrix of its frames, in EXIF's eight numbers."""

import struct
from typing import Any

from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["DEGREES", "note_turn", "turn_of"]

# Signs of a, b, c, d, where a stored pixel (x, y) is shown at (a·x + c·y, b·x + d·y): EXIF's number for it.
_TURNS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
DEGREES = {1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}  # clockwise, after mirroring if any


def turn_of(picture: Any) -> int:
    """EXIF's orientation 1 ... 8 of a decoded frame.

    PyAV's ``frame.rotation`` is an angle alone: of a mirrored frame it says 180°, which is wrong.

    Args:
        picture: PyAV's frame.

    Raises:
        Refusal: it is to be shown at a slant.
    """
    matrix = picture.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return 1
    a, b, _u, c, d, *_rest = struct.unpack("=9i", bytes(matrix)[:36])
    least = max(abs(a), abs(b)) / 100
    signs = tuple((number > least) - (number < -least) for number in (a, b, c, d))
    if signs not in _TURNS:
        raise Refusal(
            N_("is to be shown at a slant"), N_("Save it again as you see it: ffmpeg -i FILE NEW.mp4")
        )
    return _TURNS[signs]


def note_turn(film: bytes, turn: int) -> bytes:
    """An MP4 with the note that its frames are to be turned, as phones write it; the frames stay as they are.

    Written by hand, because older versions of PyAV can't.

    Args:
        film: the file, its frames not to be turned yet.
        turn: EXIF's orientation, 1 ... 8.
    """
    stored, noted = (_matrix(ways) for ways in (1, turn))
    at = film.index(
        stored, film.index(b"tkhd")
    )  # the track's header; the file's own matrix, before it, stays
    return film[:at] + noted + film[at + len(noted) :]


def _matrix(turn: int) -> bytes:
    """MP4's display matrix: a, b, u, c, d, v, x, y, w in units of 1/65536."""
    a, b, c, d = next(signs for signs, number in _TURNS.items() if number == turn)
    return struct.pack(">9i", *(65536 * part for part in (a, b, 0, c, d, 0, 0, 0, 0x4000)))
