"""Numbers over epochs: lines with a band for the spread over runs, named where they end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from vislearn.errors import InputError, require_one_of
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.display import to_array
from vislearn.viz.letters import CSS_DPI, CSS_PT, LEADING, TEXT, font, text_width, wrap
from vislearn.viz.picture import Picture

__all__ = ["curves"]

_LEFT, _BELOW = 72.0, 62.0  # room for the numbers and names of the axes


def curves(
    series: Mapping[str, Any],
    *,
    x: Sequence[float] | None = None,
    xlabel: str,
    ylabel: str | Sequence[str],
    title: str = "",
    band: str = "range",
    log: bool = False,
    width: int = 1000,
    height: int = 420,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Lines over epochs or sizes: the mean of several runs, a band for their spread, names at the line ends.

    Args:
        series: name → one run ``[0.1, 0.2, …]`` or several ``[[…], […]]`` of equal length. Or title →
            such a mapping, for panels side by side; a name keeps its colour across panels.
        x: where the points lie; None counts 1, 2, 3…
        xlabel: what x is, with its unit.
        ylabel: what y is, with its unit; several for panels that don't share an axis.
        title: a heading.
        band: ``"range"`` from the lowest to the highest run, or ``"std"`` one standard deviation around.
        log: count y in powers of ten, for losses that fall by orders of magnitude.
        width: in CSS pixels.
        height: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for timings,
            ``"values on cpu"`` for what a GPU need not repeat.
        alt: what one should see; empty takes it from the running cell's options.

    Raises:
        InputError: no series, runs of unequal length, another length than ``x``, an unknown ``band``, or
            ``alt`` is empty.
    """
    require_one_of("band", band, ["range", "std"])
    if not series:
        raise InputError("series", "must hold at least one line", got="none")
    nested = isinstance(next(iter(series.values())), Mapping)
    panels = {
        name: {line: _runs(line, runs) for line, runs in lines.items()}
        for name, lines in (series if nested else {"": series}).items()
    }
    ylabels = [ylabel] * len(panels) if isinstance(ylabel, str) else list(ylabel)
    if len(ylabels) != len(panels):
        raise InputError("ylabel", f"must be one, or one per panel ({len(panels)})", got=len(ylabels))
    drawing = _Curves(panels, x, xlabel, ylabels, band=band, log=log, shared=isinstance(ylabel, str))
    return drawing.draw(title, width, height, alt, compared)


def _runs(name: str, runs: Any) -> np.ndarray:
    """(runs, points) of floats."""
    try:
        table = np.atleast_2d(np.asarray([to_array(run) for run in runs], dtype=float))
    except ValueError:
        table = np.empty((0, 0))
    if table.ndim != 2 or table.size == 0:
        lengths = sorted({np.size(run) for run in runs})
        raise InputError(
            f"series {name!r}",
            "must be one run, or runs of one length",
            got=f"lengths {lengths}",
            fix="Cut the runs to the shortest.",
        )
    return table


@dataclass(frozen=True)
class _Curves:
    panels: dict[str, dict[str, np.ndarray]]
    x: Sequence[float] | None
    xlabel: str
    ylabels: list[str]
    band: str
    log: bool
    shared: bool

    def draw(self, title: str, width: int, height: int, alt: str, compared: str) -> Picture:
        canvas = Canvas(width, height)
        top = canvas.heading(title)
        step = (width - 2 * MARGIN) / len(self.panels)
        limits = self._limits() if self.shared and len(self.panels) > 1 else None
        for at, (name, lines) in enumerate(self.panels.items()):
            left = MARGIN + at * step
            heading = wrap(name, step - _LEFT, TEXT, "bold")
            y = canvas.lines(left + _LEFT, top, heading, weight="bold") + (8 if heading else 0)
            names = max(text_width(line, TEXT, "bold") for line in lines) + 30
            axes = canvas.axes(
                left + _LEFT,
                y + 6,
                step - _LEFT - names,
                height - y - 6 - _BELOW,
                xlabel=self.xlabel,
                ylabel=self.ylabels[at] if at == 0 or not self.shared else "",
            )
            self._fill(axes, lines, limits)
        return canvas.finish(alt, compared)

    def _limits(self) -> tuple[float, float]:
        numbers = np.concatenate(
            [table.ravel() for lines in self.panels.values() for table in lines.values()]
        )
        numbers = numbers[np.isfinite(numbers)]
        lowest, highest = float(numbers.min()), float(numbers.max())
        if self.log:
            return 0.8 * lowest, 1.25 * highest
        spare = 0.06 * (highest - lowest or 1)
        return lowest - spare, highest + spare

    def _fill(self, axes: Axes, lines: dict[str, np.ndarray], limits: tuple[float, float] | None) -> None:
        names = list(dict.fromkeys(name for panel in self.panels.values() for name in panel))
        ends = []
        for name, table in lines.items():
            style = names.index(name) % len(palette.SERIES)
            color, xs, mean = palette.SERIES[style], self._xs(name, table.shape[1]), table.mean(axis=0)
            if len(table) > 1:
                axes.fill_between(xs, *self._spread(table, mean), color=color, alpha=0.16, linewidth=0)
            axes.plot(
                xs,
                mean,
                color=color,
                linestyle=palette.DASHES[style],
                linewidth=2.2,
                clip_on=False,
                marker=palette.MARKERS[style],
                markersize=6.5,
                markevery=_some(len(xs)),
                label=name,
            )
            drawn = mean[np.isfinite(mean)] if np.isfinite(mean).any() else np.zeros(1)
            ends.append((name, drawn, color))  # a run that diverged ends where it left the paper
        if self.log:
            axes.set_yscale("log")
        if limits:
            axes.set_ylim(limits)
        if self.x is None:
            _count_whole(axes, max(table.shape[1] for table in lines.values()))
        _label_ends(axes, ends)

    def _xs(self, name: str, points: int) -> np.ndarray:
        if self.x is None:
            return np.arange(1, points + 1)
        if len(self.x) != points:
            raise InputError(f"series {name!r}", f"must have as many points as x ({len(self.x)})", got=points)
        return np.asarray(self.x, dtype=float)

    def _spread(self, table: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.band == "range":
            return table.min(axis=0), table.max(axis=0)
        spread = table.std(axis=0, ddof=1)
        return mean - spread, mean + spread


def _some(points: int) -> slice:
    """About eight markers a line, the last point always among them."""
    every = max(1, points // 8)
    return slice((points - 1) % every, None, every)


def _count_whole(axes: Axes, points: int) -> None:
    """Epochs are counted, not measured: no tick at 2.5."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if points <= 10:
        axes.set_xticks(range(1, points + 1))


def _label_ends(axes: Axes, ends: list[tuple[str, np.ndarray, str]]) -> None:
    """Names to the right of the last points, pushed apart where they would overlap."""
    figure: Any = axes.figure
    scale = figure.dpi / CSS_DPI
    axes.get_ylim()  # asking settles the scale, which bands leave open until then
    window = axes.get_window_extent()
    order = sorted(range(len(ends)), key=lambda at: ends[at][1].mean())  # names that meet stand as lines ran
    wanted = [axes.transData.transform((0, ends[at][1][-1]))[1] / scale for at in order]
    places = _apart(wanted, TEXT * LEADING, window.y0 / scale, window.y1 / scale)
    place_of = dict(zip(order, places, strict=True))
    for at, (name, _drawn, color) in enumerate(ends):
        x, y = figure.transFigure.inverted().transform((window.x1 + 12 * scale, place_of[at] * scale))
        figure.text(
            x,
            y,
            name,
            fontproperties=font("bold"),
            fontsize=TEXT * CSS_PT,
            color=palette.darker(color),
            va="center",
            parse_math=False,
        )


def _apart(wanted: list[float], distance: float, lowest: float, highest: float) -> list[float]:
    """Positions close to the wanted ones, at least ``distance`` apart, within bounds if they fit.

    >>> _apart([10, 11], 4, 0, 100)
    [8.5, 12.5]
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    groups: list[tuple[list[int], float]] = []  # members, centre
    for at in order:
        members, centre = [at], float(wanted[at])
        while groups and centre - groups[-1][1] < distance * (len(members) + len(groups[-1][0])) / 2:
            before, before_centre = groups.pop()
            centre = (centre * len(members) + before_centre * len(before)) / (len(members) + len(before))
            members = before + members
        groups.append((members, centre))
    placed = [0.0] * len(wanted)
    for members, centre in groups:
        half = distance * (len(members) - 1) / 2
        centre = min(max(centre, lowest + half), max(highest - half, lowest + half))
        for rank, at in enumerate(members):
            placed[at] = centre - half + rank * distance
    return placed
