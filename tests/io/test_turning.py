import struct

import numpy as np
import pytest

from vislearn.errors import FileError
from vislearn.io import frame_at, video_info
from vislearn.io.turning import note_turn

ONE, OVER = 65536, 1 << 30
STORED = struct.pack(">9i", ONE, 0, 0, 0, ONE, 0, 0, 0, OVER)
# a, b, c, d of MP4's matrix; where the bright corner, stored top left, is then seen; degrees
TURNS = [
    ((1, 0, 0, 1), (0, 0), 0),
    ((-1, 0, 0, 1), (0, -1), 0),
    ((-1, 0, 0, -1), (-1, -1), 180),
    ((1, 0, 0, -1), (-1, 0), 180),
    ((0, 1, 1, 0), (0, 0), 270),
    ((0, 1, -1, 0), (0, -1), 90),
    ((0, -1, -1, 0), (-1, -1), 90),
    ((0, -1, 1, 0), (-1, 0), 270),
]


def turned(path, a, b, c, d, scale=ONE):
    data = path.read_bytes()
    at = data.index(STORED, data.index(b"tkhd"))
    matrix = struct.pack(">9i", *(int(scale * part) for part in (a, b, 0, c, d, 0, 0, 0)), OVER)
    path.write_bytes(data[:at] + matrix + data[at + 36 :])
    return path


@pytest.mark.parametrize(("matrix", "corner", "degrees"), TURNS)
def test_all_eight_ways_to_hold_a_camera(make_film, matrix, corner, degrees):
    path = turned(make_film(), *matrix)
    sideways = matrix[0] == 0
    info = video_info(path)
    assert (info.height, info.width) == ((64, 48) if sideways else (48, 64))
    assert info.rotation == degrees
    pixels = frame_at(path, 0).pixels.numpy()
    assert pixels.shape == (3, info.height, info.width)
    places = {(row, column): pixels[:, row, column].mean() for row in (0, -1) for column in (0, -1)}
    assert max(places, key=places.get) == corner


def test_transposed_is_not_only_a_corner(make_film):
    straight = frame_at(make_film("a.mp4"), 0).pixels.numpy()
    path = turned(make_film("b.mp4"), 0, 1, -1, 0)
    assert np.array_equal(frame_at(path, 0).pixels.numpy(), np.rot90(straight, -1, axes=(1, 2)))


def test_a_slant_is_refused(make_film):
    with pytest.raises(FileError, match="at a slant"):
        frame_at(turned(make_film(), 0.7, 0.7, -0.7, 0.7), 0)


@pytest.mark.parametrize(
    ("matrix", "turn"), [(matrix, turn) for turn, (matrix, _corner, _degrees) in enumerate(TURNS, 1)]
)
def test_a_note_is_the_matrix_of_its_number(make_film, matrix, turn):
    film = make_film()
    noted = note_turn(film.read_bytes(), turn)
    assert noted == turned(film, *matrix).read_bytes()
