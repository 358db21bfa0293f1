"""What is inside a JPEG: its segments, its quantisation table, and the transform of one block, by hand."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

__all__ = ["SIDE", "Segment", "cosines", "from_frequencies", "luminance_table", "segments", "to_frequencies"]

SIDE = 8  # pixels of a block
_START, _END, _SCAN, _TABLES = 0xD8, 0xD9, 0xDA, 0xDB
_NAMES = {
    _START: "SOI",
    0xE0: "APP0",
    0xE1: "APP1",
    0xFE: "COM",
    _TABLES: "DQT",
    0xC0: "SOF0",
    0xC2: "SOF2",
    0xC4: "DHT",
    0xDD: "DRI",
    _SCAN: "SOS",
    _END: "EOI",
}


@dataclass(frozen=True)
class Segment:
    """One part of a JPEG: ``data`` is what follows its marker and its length, from byte ``start`` on."""

    name: str
    start: int
    data: bytes


def segments(data: bytes) -> Iterator[Segment]:
    """The parts of a JPEG file in order; the compressed pixels themselves belong to the one called SOS.

    Args:
        data: a whole file.

    Source: ITU T.81, annex B.
    """
    yield Segment("SOI", 0, b"")
    at = 2
    while data[at + 1] != _SCAN:
        length = int.from_bytes(data[at + 2 : at + 4], "big")  # counts its own two bytes
        yield Segment(_named(data[at + 1]), at, data[at + 4 : at + 2 + length])
        at += 2 + length
    end = data.rindex(bytes([0xFF, _END]))
    yield Segment("SOS", at, data[at + 4 : end])
    yield Segment("EOI", end, b"")


def _named(marker: int) -> str:
    return _NAMES.get(marker, f"FF{marker:02X}")


def luminance_table(data: bytes) -> torch.Tensor:
    """A file's first quantisation table, that of brightness: int64 (8, 8), low frequencies top left.

    Args:
        data: a whole file.

    Source: ITU T.81, B.2.4.1; the numbers stand there in zigzag.
    """
    stored = next(segment.data for segment in segments(data) if segment.name == "DQT")
    table = torch.zeros(SIDE, SIDE, dtype=torch.int64)
    for (row, column), number in zip(_zigzag(), stored[1 : 1 + SIDE * SIDE], strict=True):
        table[row, column] = number
    return table


def _zigzag() -> list[tuple[int, int]]:
    """Diagonal by diagonal, turning at each edge."""
    places = [(row, column) for row in range(SIDE) for column in range(SIDE)]

    def along(place: tuple[int, int]) -> tuple[int, int]:
        row, column = place
        return row + column, column if (row + column) % 2 == 0 else row

    return sorted(places, key=along)


def cosines() -> torch.Tensor:
    """The eight waves of the transform, one per row: float64 (8, 8), orthonormal.

    >>> waves = cosines()
    >>> torch.allclose(waves @ waves.T, torch.eye(8, dtype=torch.float64))
    True
    """
    frequency, place = torch.arange(SIDE, dtype=torch.float64)[:, None], torch.arange(SIDE)[None]
    waves = torch.cos((2 * place + 1) * frequency * torch.pi / (2 * SIDE)) / 2
    waves[0] /= 2**0.5  # the constant wave: all eight have the same length
    return waves


def to_frequencies(block: torch.Tensor) -> torch.Tensor:
    """How much of each pair of waves is in a block: (8, 8) brightness 0..255 -> float64 (8, 8)."""
    waves = cosines()
    return waves @ (block.double() - 128) @ waves.T


def from_frequencies(amounts: torch.Tensor) -> torch.Tensor:
    """The way back: (8, 8) amounts -> float64 (8, 8) brightness, not yet rounded."""
    waves = cosines()
    return waves.T @ amounts.double() @ waves + 128
