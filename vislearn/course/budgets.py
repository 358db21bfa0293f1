"""What a lesson may need, what it needed, and the table that shows both."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vislearn.errors import InputError, require_one_of

__all__ = ["Budget", "Usage", "budget_of", "usage_table"]

_FACTOR = 1.5  # machines differ; half as much again is no difference between machines


@dataclass(frozen=True)
class Budget:
    """What a lesson declares in its source's header: seconds on two cores, and megabytes (1e6 bytes).

    Raises:
        InputError: one of them is not above zero.
    """

    seconds: float = 60
    memory_mb: float = 2000

    def __post_init__(self) -> None:
        for name, value in (("seconds", self.seconds), ("memory_mb", self.memory_mb)):
            if not isinstance(value, int | float) or value <= 0:
                raise InputError(f"budget: {name}", "must be a number above zero", got=repr(value))


@dataclass(frozen=True)
class Usage:
    """What one run of a lesson's notebook took."""

    notebook: str
    seconds: float
    peak_mb: float
    budget: Budget

    @property
    def over(self) -> str:
        """What exceeds the budget by half, in words; "" if nothing does."""
        parts = []
        if self.seconds > _FACTOR * self.budget.seconds:
            parts.append(f"{self.seconds:.0f} s of {self.budget.seconds:g}")
        if self.peak_mb > _FACTOR * self.budget.memory_mb:
            parts.append(f"{self.peak_mb:.0f} MB of {self.budget.memory_mb:g}")
        return ", ".join(parts)


def budget_of(metadata: Mapping[str, Any]) -> Budget:
    """The budget in a notebook's metadata, else the usual one.

    Raises:
        InputError: something else than seconds and memory_mb is declared.

    >>> budget_of({"vislearn": {"budget": {"seconds": 90}}})
    Budget(seconds=90, memory_mb=2000)
    """
    declared = metadata.get("vislearn", {}).get("budget", {})
    for name in declared:
        require_one_of("budget", name, ("seconds", "memory_mb"))
    return Budget(**declared)


def usage_table(usages: Iterable[Usage]) -> list[str]:
    """One line per notebook: its time and its peak memory, each beside its budget."""
    rows = sorted(usages, key=lambda usage: usage.notebook)
    width = max((len(usage.notebook) for usage in rows), default=0)
    lines = [f"{'':{width}}{'s':>8}{'budget':>8}{'peak MB':>10}{'budget':>8}"]
    for usage in rows:
        numbers = (
            f"{usage.seconds:8.1f}{usage.budget.seconds:8g}{usage.peak_mb:10.0f}{usage.budget.memory_mb:8g}"
        )
        lines.append(f"{usage.notebook:{width}}{numbers}" + ("  over budget" if usage.over else ""))
    return lines
