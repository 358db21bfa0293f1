"""Numbers in files that come back as they were: no more digits than that takes, and no fewer.

Boxes are float32, files hold decimals, and between the two each format has its arithmetic: COCO adds, YOLO
divides by the picture's size, VOC counts from 1. Rounding to a fixed number of digits moves boxes a little
with every conversion; all 17 digits of a double make files that nobody can read. So each number gets the
digits after which reading gives the same float32 again.
"""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from vislearn.datasets.detection.yolo_file import edges_of

__all__ = ["coco_box", "fractions", "same_edges", "shortest", "voc_edges"]

_FEWEST, _MOST = 6, 17  # decimals of a fraction: as programs write them; what a double can hold


def shortest(number: float) -> float:
    """The float whose text is shortest among those that are this number as float32.

    >>> shortest(float(np.float32(0.1)))
    0.1
    """
    return float(_decimal(number))


def coco_box(edges: Sequence[float]) -> list[float]:
    """Left, top, right, bottom -> ``[x, y, width, height]`` from which adding gives the same float32 edges.

    Args:
        edges: float32 values, pixels.

    >>> coco_box([10.0, 5.0, 30.5, 15.0])
    [10.0, 5.0, 20.5, 10.0]
    """
    left, top, right, bottom = edges
    return [shortest(left), shortest(top), _length(left, right), _length(top, bottom)]


def fractions(edges: Sequence[float], size_hw: tuple[int, int]) -> list[str]:
    """Left, top, right, bottom -> YOLO's centre x, centre y, width, height, as text.

    Args:
        edges: float32 values, pixels.
        size_hw: of the picture.

    >>> fractions([5.0, 0.0, 15.0, 10.0], (10, 20))
    ['0.500000', '0.500000', '0.500000', '1.000000']
    """
    left, top, right, bottom = map(float, edges)
    height, width = size_hw
    words: list[str] = []
    for digits in range(_FEWEST, _MOST + 1):
        x, wide = _centred(left / width, (right - left) / width, digits)
        y, tall = _centred(top / height, (bottom - top) / height, digits)
        words = [_at_least(number) for number in (x, y, wide, tall)]
        if same_edges(edges_of((float(x), float(y), float(wide), float(tall)), size_hw), edges):
            break
    return words


def _centred(start: float, length: float, digits: int) -> tuple[Decimal, Decimal]:
    """Centre and length; the centre from the rounded length, or a box at the edge would begin beside it."""
    rounded = round(Decimal(length), digits)
    return round(Decimal(start), digits) + rounded / 2, rounded


def _at_least(number: Decimal) -> str:
    whole, _point, decimals = f"{number:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<{_FEWEST}}"


def voc_edges(edges: Sequence[float]) -> list[str]:
    """Left, top, right, bottom -> VOC's xmin, ymin, xmax, ymax, as text: its first pixel is 1.

    Args:
        edges: float32 values, pixels.

    >>> voc_edges([10.0, 5.5, 30.0, 15.0])
    ['11', '6.5', '30', '15']
    """
    left, top, right, bottom = map(_decimal, edges)
    return [_plain(number) for number in (left + 1, top + 1, right, bottom)]


def same_edges(one: Sequence[float], other: Sequence[float]) -> bool:
    """Are they the same numbers, as float32 has them?

    >>> same_edges([0.1], [float(np.float32(0.1))])
    True
    """
    return bool(np.array_equal(np.asarray(one, np.float32), np.asarray(other, np.float32)))


def _decimal(number: float) -> Decimal:
    return Decimal(np.format_float_positional(np.float32(number), unique=True, trim="-"))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _length(start: float, end: float) -> float:
    """What has to be added to the start; the difference of doubles is exact enough where decimals aren't."""
    length = float(_decimal(end) - _decimal(start))
    if same_edges([shortest(start) + length], [end]):
        return length
    return float(end) - shortest(start)
