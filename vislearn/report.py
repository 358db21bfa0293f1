"""Measured numbers, shown with the tolerance they are promised to."""

import math
import sys
from dataclasses import asdict, dataclass

from vislearn.errors import InputError

__all__ = ["Metric", "metric"]


@dataclass(frozen=True)
class Metric:
    """A number, and how far from it another run may land."""

    name: str
    value: float
    within: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(
                f"metric {self.name!r}", "must be a finite number", got=self.value,
                fix="Look for a division by zero or a learning rate that is too high.",
            )  # fmt: skip
        if self.within is None and self.at_least is None and self.at_most is None:
            raise InputError(
                f"metric {self.name!r}", "must declare a tolerance", got="none",
                fix="Pass within=, at_least= or at_most=.",
            )  # fmt: skip
        if not self.holds(self.value):
            raise InputError(
                f"metric {self.name!r}", f"must stay within what the lesson promises ({self._promise()})",
                got=f"{self.value:g}", fix="Either the code or the promise is wrong.",
            )  # fmt: skip

    def holds(self, value: float) -> bool:
        """Does ``value``, from another run, keep this metric's promise?"""
        return (
            (self.within is None or abs(value - self.value) <= self.within)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    def _promise(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f"≥ {self.at_least:g}")
        if self.at_most is not None:
            parts.append(f"≤ {self.at_most:g}")
        return ", ".join(parts)

    def __str__(self) -> str:
        text = f"{self.name} = {self._rounded()}"
        if self.within is not None:
            text += f" ± {self.within:g}"
        if self.unit:
            text += f" {self.unit}"
        return f"{text} ({promise})" if (promise := self._promise()) else text

    def _rounded(self) -> str:
        """As many decimals as the tolerance has: ± 0.03 asks for two. A bound alone asks for three digits."""
        if not self.within:
            return f"{self.value:.3g}" if abs(self.value) < 1000 else f"{self.value:.0f}"
        return f"{self.value:.{max(0, self._decimals(self.within))}f}"

    @staticmethod
    def _decimals(tolerance: float) -> int:
        return len(f"{tolerance:.10f}".rstrip("0").partition(".")[2])


def metric(
    name: str,
    value: float,
    *,
    within: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    unit: str = "",
) -> None:
    """Show a measured number with its tolerance, and store it with the cell's output.

    Args:
        name: what was measured, the same in every run.
        value: the number; tensors of one element are welcome.
        within: another run may differ by this much, in the number's own unit.
        at_least: every run must reach this.
        at_most: every run must stay below or at this.
        unit: such as ``"images/s"``; shown, not interpreted.

    Raises:
        InputError: the value is not finite, breaks its own bound, or no tolerance is declared.

    >>> metric("val_acc", 0.9312, within=0.03)
    val_acc = 0.93 ± 0.03
    """
    measured = Metric(name, float(value), within, at_least, at_most, unit)
    if not _in_notebook():
        print(measured)
        return
    from IPython.display import display

    record = {key: entry for key, entry in asdict(measured).items() if entry not in (None, "")}
    display({"text/plain": str(measured)}, raw=True, metadata={"vislearn": {"metric": record}})


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # not imported: then this is no notebook
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
