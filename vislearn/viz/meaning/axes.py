"""The units in which numbers of two plots are compared, and what differs in them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vislearn.viz.meaning.tolerances import LIMITS, SPREAD, VALUE

__all__ = ["Axes"]

_Entry = Mapping[str, Any]


class Axes:
    """The units in which numbers of a plot are compared: shares of its stored axes.

    Args:
        plot: the stored plot's part of the digest.
        exact: compare numbers by value; else only what must not get lost.
    """

    def __init__(self, plot: _Entry, exact: bool) -> None:
        self.exact = exact
        self.ends = [plot.get("xlim"), plot.get("ylim")]
        self.scales = plot.get("scales", ["linear", "linear"])

    def limits(self, place: str, got: _Entry) -> Iterator[str]:
        """Axes that begin or end elsewhere, or lost their numbers."""
        for axis, name in enumerate(["xlim", "ylim"]):
            was, now = self.ends[axis] or [], got.get(name, [])
            if bool(was) != bool(now):
                yield f"{name} {place}: expected {was or 'no numbers'}, got {now or 'no numbers'}"
            elif any(self.share(axis, *pair) > LIMITS for pair in zip(was, now, strict=True)):
                tolerance = f"tolerance {LIMITS:.0%} of the axis"
                yield f"{name} {place}: expected {_range(was)}, got {_range(now)}; {tolerance}"

    def share(self, axis: int, was: float | None, now: float | None, whole: bool = False) -> float:
        """How far apart two numbers are, as a share of the axis; of 1 on a sheet."""
        if was is None or now is None:
            return 0.0 if was is now else math.inf
        ends = self.ends[axis]
        if not ends or whole:
            return abs(was - now) if whole else 0.0
        if self.scales[axis] == "log" and min(was, now, *ends) > 0:
            was, now, *ends = (math.log(number) for number in (was, now, *ends))
        return abs(was - now) / (abs(ends[1] - ends[0]) or 1.0)

    def line(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        """The first point of a line that lies elsewhere."""
        points = expected.get("points", []), got.get("points", [])
        if _numberless(points[1]) and not _numberless(points[0]):
            yield f"{what}: expected a curve, got no numbers"
            return
        if len(points[0]) != len(points[1]):
            return  # its count differs, and that has been said
        for number, (was, now) in enumerate(zip(*points, strict=True), 1):
            for axis in range(2):
                # below a curve stand steps and epochs; on a logarithmic axis times do, which differ as values
                if not self.exact and (axis == 1 or self.scales[0] == "log"):
                    continue
                far = self.share(axis, was[axis], now[axis], whole="on" in expected)
                if far > VALUE:
                    yield (
                        f"{what}, {'xy'[axis]} of sample {number} of {len(points[0])}: expected "
                        f"{_number(was[axis])}, got {_number(now[axis])}; tolerance {VALUE:.0%} of the axis"
                    )
                    return  # one sentence a line is enough

    def bars(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        """Bars of one call that begin or end elsewhere."""
        spans = expected["spans"], got["spans"]
        if len(spans[0]) != len(spans[1]):
            yield f"{what}: expected {len(spans[0])} bars, got {len(spans[1])}"
        elif self.exact:
            axis = 0 if expected.get("along") == "x" else 1
            for number, (was, now) in enumerate(zip(*spans, strict=True), 1):
                if any(
                    self.share(axis, *pair, whole="along" not in expected) > VALUE
                    for pair in zip(was, now, strict=True)
                ):
                    which = f", bar {number} of {len(spans[0])}" if len(spans[0]) > 1 else ""
                    yield (
                        f"{what}{which}: expected {_range(was)}, got {_range(now)}; "
                        f"tolerance {VALUE:.0%} of the axis"
                    )

    def area(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        """A band, whiskers or points that take another range."""
        ranges = expected.get("range", []), got.get("range", [])
        if not self.exact or not all(ranges):
            return
        for axis in range(2):
            was, now = ([corner[axis] for corner in corners] for corners in ranges)
            if any(self.share(axis, *pair) > SPREAD for pair in zip(was, now, strict=True)):
                yield (
                    f"{what}, range of {'xy'[axis]}: expected {_range(was)}, got {_range(now)}; "
                    f"tolerance {SPREAD:.0%} of the axis"
                )


def _numberless(points: Sequence[Sequence[float | None]]) -> bool:
    return all(y is None for _x, y in points)


def _range(ends: Sequence[float | None]) -> str:
    return " … ".join(_number(end) for end in ends)


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4g}"
