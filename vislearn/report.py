"""Measured numbers, shown with the tolerance they are promised to."""

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vislearn import sidecar
from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _

__all__ = ["Metric", "metric"]

_ACCELERATORS = ("cuda", "mps")
# "precision" alone may be that of numbers, and a ratio of two accuracies may well be above 1
_SHARE = re.compile(r"\b(accuracy|average precision|recall|IoU|Dice|mAP|share)\b", re.IGNORECASE)
_NO_SHARE = re.compile(r"\b(times|ratio)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Metric:
    """A number, where it was measured, and how far from it another run may land."""

    name: str
    value: float
    within: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    on: Mapping[str, float] | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(
                f"metric {self.name!r}",
                "must be a finite number",
                got=self.value,
                fix="Look for a division by zero or a learning rate that is too high.",
            )
        if self.within is None and self.at_least is None and self.at_most is None:
            raise InputError(
                f"metric {self.name!r}",
                "must declare a tolerance",
                got="none",
                fix="Pass within=, at_least= or at_most=.",
            )
        for kind in self.on or ():
            require_one_of(f"metric {self.name!r}: on", kind, _ACCELERATORS)
        if self.on and self.within is None:
            raise InputError(
                f"metric {self.name!r}",
                "must declare within= for the CPU beside on=",
                got="none",
                fix="Pass both, such as within=0.03, on={'cuda': 0.05}.",
            )
        if not self.holds(self.value):
            raise InputError(
                f"metric {self.name!r}",
                f"must stay within what the lesson promises ({self._bounds()})",
                got=f"{self.value:g}",
                fix="Either the code or the promise is wrong.",
            )

    def holds(self, value: float, device: str = "cpu") -> bool:
        """Does ``value``, from another run on ``device``, keep this metric's promise?"""
        within = self._within(device)
        return (
            (within is None or abs(value - self.value) <= within)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )

    def promise(self, device: str = "cpu") -> str:
        """The tolerance for a run on ``device``, in signs.

        >>> Metric("acc", 0.93, within=0.03, at_least=0.8, on={"cuda": 0.05}).promise("cuda")
        '± 0.05, ≥ 0.8'
        """
        within = self._within(device)
        return ", ".join(filter(None, ["" if within is None else f"± {within:g}", self._bounds()]))

    def _within(self, device: str) -> float | None:
        return (self.on or {}).get(device, self.within)

    def _bounds(self) -> str:
        parts = []
        if self.at_least is not None:
            parts.append(f"≥ {self.at_least:g}")
        if self.at_most is not None:
            parts.append(f"≤ {self.at_most:g}")
        return ", ".join(parts)

    def __str__(self) -> str:
        text = f"{self.name} = {self._rounded(self.value)}"
        if self.unit:
            text += f" {self.unit}"
        accepted = [] if self.within is None else [self._range(self.within)]
        for kind, within in (self.on or {}).items():
            accepted.append(_("{range} on {device}", range=self._range(within), device=kind))
        told = ", ".join(filter(None, [*accepted, self._bounds()]))
        return _("{measured} (accepted: {accepted})", measured=text, accepted=told)

    def _range(self, within: float) -> str:
        """From where to where a run may land: a tolerance set by hand, no spread, so never written as ±."""
        highest = self.value + within
        if self._is_share():  # only shown: what another run is compared with stays as declared
            highest = min(highest, 1.0)
        return f"{self._rounded(self.value - within)} … {self._rounded(highest)}"

    def _is_share(self) -> bool:
        """Is it a score that can't be above 1, by its name? A percentage has a unit, or is above 1 itself."""
        named = bool(_SHARE.search(self.name)) and not _NO_SHARE.search(self.name)
        return named and not self.unit and 0 <= self.value <= 1

    def _rounded(self, number: float) -> str:
        """As many decimals as the tolerance has: 0.03 asks for two. A bound alone asks for three digits."""
        if not self.within:
            return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
        return f"{number:.{max(0, self._decimals(self.within))}f}"

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
    on: Mapping[str, float] | None = None,
) -> None:
    """Show a measured number with its tolerance, and store it with the cell's output.

    Args:
        name: what was measured, the same in every run.
        value: the number; tensors of one element are welcome.
        within: another run may differ by this much, in the number's own unit.
        at_least: every run must reach this.
        at_most: every run must stay below or at this.
        unit: such as ``"images/s"``; shown, not interpreted.
        on: another ``within`` for runs on an accelerator, such as ``{"cuda": 0.05}``.

    What the call leaves out is taken from the running cell's options, ``#| within: 0.03`` for instance.
    A learner's own cell needs none: there the number alone is shown.

    Raises:
        InputError: the value is not finite, breaks its own bound, or no tolerance is declared.

    >>> metric("val_acc", 0.9312, within=0.03)
    val_acc = 0.93 (accepted: 0.90 … 0.96)
    """
    within = _stated("within", name) if within is None else within
    at_least = _stated("at-least", name) if at_least is None else at_least
    at_most = _stated("at-most", name) if at_most is None else at_most
    if on is None and within is not None:
        on = _stated("on", name)
    if (within, at_least, at_most) == (None, None, None) and _in_notebook() and not sidecar.is_strict():
        print(f"{name} = {float(value):.3g} {unit}".rstrip())  # in a cell that a learner changed
        return
    measured = Metric(name, float(value), within, at_least, at_most, unit, dict(on or {}) or None, _device())
    if not _in_notebook():
        print(measured)
        return
    from IPython.display import display

    record = {key: entry for key, entry in asdict(measured).items() if entry not in (None, "", "cpu")}
    display({"text/plain": str(measured)}, raw=True, metadata={"vislearn": {"metric": record}})


def _stated(option: str, name: str) -> Any:
    """What the running cell's options say for a metric: the same for all, or by their names."""
    stated = sidecar.cell_options().get(option)
    by_device = option == "on" and stated and not isinstance(next(iter(stated.values())), Mapping)
    return stated if by_device or not isinstance(stated, Mapping) else stated.get(name)


def _device() -> str:
    if "torch" not in sys.modules:  # then nothing was computed elsewhere
        return "cpu"
    from vislearn.device import best_device

    return best_device().type


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # not imported: then this is no notebook
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
