"""Contenders that take turns: whatever else the machine does slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "print_rows", "race"]


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    case: str
    name: str
    ms: float  # median of its turns
    ratio: float  # median of the turns' ratios to the first contender: above 1, faster
    count: int = 0  # frames decoded, where that is known


def race(case: str, contenders: Mapping[str, Callable[[], Any]], repeats: int) -> list[Row]:
    """Every contender ``repeats`` times, taking turns, after one turn each that doesn't count.

    Args:
        case: what they do, for the table.
        contenders: by name; the first is what the others are compared with.
        repeats: turns that count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            if turn:
                seconds[name].append(time.perf_counter() - began)
    first = next(iter(seconds.values()))
    return [
        Row(case, name, round(1e3 * statistics.median(each), 3), round(_ratio(first, each), 2))
        for name, each in seconds.items()
    ]


def _ratio(first: Sequence[float], other: Sequence[float]) -> float:
    return statistics.median(one / two for one, two in zip(first, other, strict=True))


def print_rows(rows: Sequence[Row], first: str) -> None:
    """The table, ratios to the contender called ``first``."""
    print(f"\n{'':26}{'':34}{'ms':>10}{'times ' + first:>16}")
    for row in rows:
        frames = f"   {row.count} frames decoded" if row.count else ""
        print(f"{row.case:26}{row.name:34}{row.ms:10.2f}{row.ratio:16.2f}{frames}")
