"""What a picture looks like, in a few hundred bytes: enough to notice that it is another one."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Signature"]

_TONES = 5  # black, three grays, white
_CELLS = 4


@dataclass(frozen=True, eq=False)
class Signature:
    """Colours and where they are: averages that noise, resampling and compression hardly move.

    Attributes:
        tones: (5, 3) share of pixels around black … white, per channel. A pixel between two tones counts
            for both, so that a flat picture doesn't jump from one to the other.
        cells: (4, 4, 3) mean colours of a coarse grid, 0…255.
        columns: (bins, 3) mean colours of upright strips, left to right: they see what moved sideways.
        rows: (bins, 3) mean colours of level strips, top to bottom.
    """

    tones: np.ndarray
    cells: np.ndarray
    columns: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, pixels: np.ndarray, bins: int = 32) -> "Signature":
        """Take the signature of uint8 (H, W, 3) pixels."""
        strips = _squeezed(pixels, _CELLS).swapaxes(0, 1)  # (W, 4, 3)
        cells = _squeezed(strips, _CELLS).swapaxes(0, 1)
        columns = _strips(pixels.mean(axis=0), bins)
        rows = _strips(pixels.mean(axis=1), bins)
        return cls(_tones(pixels), *(part.round().astype(np.uint8) for part in (cells, columns, rows)))

    def encode(self) -> str:
        """As text for a notebook's metadata.

        >>> black = Signature.of(np.zeros((8, 8, 3), np.uint8))
        >>> Signature.decode(black.encode()).mean.tolist()
        [0.0, 0.0, 0.0]
        """
        tones = (self.tones * 255).round().astype(np.uint8)
        parts = [tones, self.cells, self.columns, self.rows]
        return b64encode(b"".join(part.tobytes() for part in parts)).decode("ascii")

    @classmethod
    def decode(cls, text: str) -> "Signature":
        """Read what :meth:`encode` wrote."""
        numbers = np.frombuffer(b64decode(text), np.uint8).reshape(-1, 3)  # each part ends in channels
        at = _TONES + _CELLS**2
        columns, rows = np.split(numbers[at:], 2)
        return cls(numbers[:_TONES] / 255, numbers[_TONES:at].reshape(_CELLS, _CELLS, 3), columns, rows)

    @property
    def mean(self) -> np.ndarray:
        """(3,) mean red, green and blue, 0…255."""
        return self.cells.mean(axis=(0, 1))

    @property
    def contrast(self) -> float:
        """How far apart the strips and cells are, 0…255; 0 for a picture of one colour."""
        parts = [self.cells.reshape(-1, 3), self.columns, self.rows]
        return float(max(np.ptp(part, axis=0).max() for part in parts))

    def variants(self) -> dict[str, "Signature"]:
        """Signatures of what commonly goes wrong with this picture, by name."""

        def turned(channels: Any = slice(None), x: int = 1, y: int = 1) -> Signature:
            cells = self.cells[::y, ::x]
            return Signature(
                self.tones[:, channels],
                cells[..., channels],
                self.columns[::x, channels],
                self.rows[::y, channels],
            )

        return {
            "red and blue are swapped": turned([2, 1, 0]),
            "red and green are swapped": turned([1, 0, 2]),
            "green and blue are swapped": turned([0, 2, 1]),
            "it is mirrored left to right": turned(x=-1),
            "it stands on its head": turned(y=-1),
            "it is turned by 180°": turned(x=-1, y=-1),
        }


def _strips(lines: np.ndarray, bins: int) -> np.ndarray:
    """(N, 3) → (bins, 3): overlapping means, so that what moves within a strip shows too."""
    weights = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]) / 25
    fine = np.pad(_squeezed(lines, 5 * bins), ((2, 2), (0, 0)), "edge")
    windows = np.lib.stride_tricks.sliding_window_view(fine, 9, axis=0)[::5]
    return windows @ weights


def _squeezed(lines: np.ndarray, bins: int) -> np.ndarray:
    """(N, …) → (bins, …): means over equal parts; a line across a border counts for both by its share."""
    total = np.concatenate([np.zeros_like(lines[:1], float), lines.cumsum(axis=0, dtype=float)])
    edges = np.linspace(0, len(lines), bins + 1)
    below = np.minimum(edges.astype(int), len(lines) - 1)
    share = (edges - below).reshape(-1, *[1] * (lines.ndim - 1))
    at_edges = total[below] + share * (total[below + 1] - total[below])
    return np.diff(at_edges, axis=0) * bins / len(lines)


def _tones(pixels: np.ndarray) -> np.ndarray:
    """(5, 3) shares per tone and channel."""
    scaled = pixels.reshape(-1, 3) / (255 / (_TONES - 1))
    below = np.minimum(scaled.astype(int), _TONES - 2)
    upper = scaled - below
    shares = np.empty((_TONES, 3))
    for channel in range(3):
        at, weight = below[:, channel], upper[:, channel]
        shares[:, channel] = np.bincount(at, 1 - weight, _TONES) + np.bincount(at + 1, weight, _TONES)
    return shares / len(scaled)
