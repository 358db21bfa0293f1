"""Numbers as lines, bars and histograms: labelled where they are, spread shown where chance plays."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import CSS_PT, LEADING, TEXT, TITLE, Canvas, font, text_width, wrap
from vislearn.viz.display import to_array
from vislearn.viz.picture import Picture, require_alt

__all__ = ["bars", "curves", "histogram"]

_MARGIN = 8.0
Runs = Sequence[Any]


def curves(
    series: Mapping[str, Any],
    *,
    x: Sequence[float] | None = None,
    xlabel: str,
    ylabel: str | Sequence[str],
    title: str = "",
    band: str = "range",
    width: int = 1000,
    height: int = 420,
    alt: str,
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
        width: in CSS pixels.
        height: in CSS pixels.
        alt: the picture in words: say what one should see.

    Raises:
        InputError: no series, runs of unequal length, another length than ``x``, an unknown ``band``, or
            ``alt`` is empty.
    """
    require_alt(alt)
    require_one_of("band", band, ["range", "std"])
    if not series:
        raise InputError("series", "must hold at least one line", got="none")
    nested = isinstance(next(iter(series.values())), Mapping)
    panels = {
        name: {line: _runs(line, runs) for line, runs in lines.items()}
        for name, lines in (series if nested else {"": series}).items()
    }
    ylabels = [ylabel] * len(panels) if isinstance(ylabel, str) else list(ylabel)
    drawing = _Curves(panels, x, xlabel, ylabels, band, shared=isinstance(ylabel, str))
    return drawing.draw(title, width, height, alt)


def _runs(name: str, runs: Any) -> np.ndarray:
    """(runs, points) of floats."""
    try:
        table = np.atleast_2d(np.asarray([to_array(run) for run in runs], dtype=float))
    except ValueError:
        table = np.empty((0, 0))
    if table.ndim != 2 or table.size == 0:
        lengths = sorted({np.size(run) for run in runs})
        raise InputError(
            f"series {name!r}", "must be one run, or runs of one length",
            got=f"lengths {lengths}", fix="Cut the runs to the shortest.",
        )  # fmt: skip
    return table


class _Curves:
    def __init__(
        self,
        panels: dict[str, dict[str, np.ndarray]],
        x: Sequence[float] | None,
        xlabel: str,
        ylabels: list[str],
        band: str,
        *,
        shared: bool,
    ) -> None:
        self.panels, self.x, self.xlabel, self.ylabels = panels, x, xlabel, ylabels
        self.band, self.shared = band, shared
        names = dict.fromkeys(name for lines in panels.values() for name in lines)
        self.styles = {name: at % len(palette.SERIES) for at, name in enumerate(names)}
        if len(ylabels) != len(panels):
            raise InputError("ylabel", f"must be one, or one per panel ({len(panels)})", got=len(ylabels))

    def draw(self, title: str, width: int, height: int, alt: str) -> Picture:
        canvas = Canvas(width, height)
        top = canvas.lines(
            _MARGIN, _MARGIN, wrap(title, width - 2 * _MARGIN, TITLE, "bold"), size=TITLE, weight="bold"
        )
        top += 10 if title else 0
        count = len(self.panels)
        panel_width = (width - 2 * _MARGIN) / count
        limits = self._limits() if self.shared and count > 1 else None
        for at, (name, lines) in enumerate(self.panels.items()):
            x0 = _MARGIN + at * panel_width
            y0 = top
            if name:
                y0 = canvas.lines(x0 + 70, top, wrap(name, panel_width - 80, TEXT, "bold"), weight="bold") + 8
            names = max(text_width(line, TEXT, "bold") for line in lines) + 30
            axes = canvas.axes(x0 + 70, y0 + 6, panel_width - 70 - names, height - y0 - 6 - 62)
            self._panel(axes, lines, self.ylabels[at] if at == 0 or not self.shared else "", limits)
        return canvas.finish(alt)

    def _limits(self) -> tuple[float, float]:
        tables = [table for lines in self.panels.values() for table in lines.values()]
        lowest = min(np.nanmin(table) for table in tables)
        highest = max(np.nanmax(table) for table in tables)
        spare = 0.06 * (highest - lowest or 1)
        return float(lowest - spare), float(highest + spare)

    def _panel(
        self, axes: Axes, lines: dict[str, np.ndarray], ylabel: str, limits: tuple[float, float] | None
    ) -> None:
        ends = []
        for name, table in lines.items():
            xs = self._xs(name, table.shape[1])
            style = self.styles[name]
            color = palette.SERIES[style]
            mean = table.mean(axis=0)
            if len(table) > 1:
                low, high = self._spread(table, mean)
                axes.fill_between(xs, low, high, color=color, alpha=0.16, linewidth=0)
            axes.plot(
                xs, mean, color=color, linestyle=palette.DASHES[style], linewidth=2.2, clip_on=False,
                marker=palette.MARKERS[style], markersize=6.5, markevery=_some(len(xs)),
            )  # fmt: skip
            ends.append((name, xs[-1], mean[-1], color))
        if limits:
            axes.set_ylim(limits)
        axes.set_xlabel(self.xlabel, fontproperties=font("normal"), fontsize=TEXT * CSS_PT, color=palette.INK)
        axes.set_ylabel(ylabel, fontproperties=font("normal"), fontsize=TEXT * CSS_PT, color=palette.INK)
        _whole_ticks(axes, self.x, max(table.shape[1] for table in lines.values()))
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


def _whole_ticks(axes: Axes, x: Sequence[float] | None, points: int) -> None:
    """Epochs are counted, not measured: no tick at 2.5."""
    if x is None:
        axes.xaxis.get_major_locator().set_params(integer=True)
        if points <= 10:
            axes.set_xticks(range(1, points + 1))


def _label_ends(axes: Axes, ends: list[tuple[str, float, float, str]]) -> None:
    """Names to the right of the last points, pushed apart where they would overlap."""
    axes.figure.canvas.draw()
    scale = axes.figure.dpi / 96
    wanted = [axes.transData.transform((0, y))[1] / scale for _name, _x, y, _color in ends]
    bottom, top = (edge / scale for edge in axes.get_window_extent().intervaly)
    right = axes.get_window_extent().x1 / scale
    inverse = axes.figure.transFigure.inverted()
    for (name, _x, _y, color), at in zip(ends, _apart(wanted, TEXT * LEADING, bottom, top), strict=True):
        x, y = inverse.transform((round((right + 12) * scale), at * scale))
        axes.figure.text(
            x, y, name, fontproperties=font("bold"), fontsize=TEXT * CSS_PT, color=_darker(color),
            va="center", parse_math=False,
        )  # fmt: skip


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


def _darker(color: str) -> str:
    """A series colour as text: dark enough to read on paper."""
    channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    light = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    factor = min(1.0, 95 / max(light, 1))
    return "#" + "".join(f"{round(channel * factor):02x}" for channel in channels)


def bars(
    values: Mapping[str, Any],
    *,
    xlabel: str,
    title: str = "",
    digits: int | None = None,
    highlight: str | None = None,
    xlim: tuple[float, float] | None = None,
    width: int = 1000,
    alt: str,
) -> Picture:
    """Horizontal bars with their number at the end; several values get a whisker from lowest to highest.

    Args:
        values: name → a number, or several (one per seed): the bar is their mean.
        xlabel: what is measured, with its unit.
        title: a heading.
        digits: decimals of the numbers; None chooses three significant digits.
        highlight: the name of the bar to look at; the others turn gray.
        xlim: lowest and highest of the axis; None begins at 0.
        width: in CSS pixels.
        alt: the picture in words.

    Raises:
        InputError: no values, a value that is not finite, an unknown ``highlight``, or ``alt`` is empty.
    """
    require_alt(alt)
    if not values:
        raise InputError("values", "must hold at least one bar", got="none")
    if highlight is not None:
        require_one_of("highlight", highlight, list(values))
    tables = {name: np.atleast_1d(to_array(entry)).astype(float) for name, entry in values.items()}
    for name, table in tables.items():
        if table.size == 0 or not np.isfinite(table).all():
            raise InputError(f"values {name!r}", "must be finite numbers", got=table.tolist())
    return _Bars(tables, digits, highlight, xlim).draw(xlabel, title, width, alt)


class _Bars:
    _THICK = 0.62
    _ROW = 38.0

    def __init__(
        self,
        tables: dict[str, np.ndarray],
        digits: int | None,
        highlight: str | None,
        xlim: tuple[float, float] | None,
    ) -> None:
        self.tables, self.highlight, self.xlim = tables, highlight, xlim
        largest = max(abs(table.mean()) for table in tables.values())
        self.digits = max(0, 2 - int(np.floor(np.log10(largest or 1)))) if digits is None else digits

    def draw(self, xlabel: str, title: str, width: int, alt: str) -> Picture:
        names = [wrap(name, 0.34 * width) for name in self.tables]
        rows = [max(self._ROW, len(lines) * TEXT * LEADING + 12) for lines in names]
        heading = wrap(title, width - 2 * _MARGIN, TITLE, "bold")
        top = _MARGIN + len(heading) * TITLE * LEADING + (8 if heading else 0)
        left = max(text_width(line) for lines in names for line in lines) + 22
        right = max(text_width(self._label(table), TEXT, "bold") for table in self.tables.values()) + 20
        canvas = Canvas(width, top + sum(rows) + 64)
        canvas.lines(_MARGIN, _MARGIN, heading, size=TITLE, weight="bold")
        axes = canvas.axes(_MARGIN + left, top, width - 2 * _MARGIN - left - right, sum(rows))
        axes.grid(visible=False, axis="y")
        axes.tick_params(left=False, labelleft=False)
        axes.spines["left"].set_color(palette.MUTED)
        axes.set_ylim(sum(rows), 0)
        self._limit(axes)
        y = 0.0
        for (name, table), lines, row in zip(self.tables.items(), names, rows, strict=True):
            self._bar(axes, name, table, y + row / 2)
            block = len(lines) * TEXT * LEADING
            canvas.lines(_MARGIN + left - 12, top + y + (row - block) / 2, lines, ha="right")
            y += row
        axes.set_xlabel(xlabel, fontproperties=font("normal"), fontsize=TEXT * CSS_PT, color=palette.INK)
        return canvas.finish(alt)

    def _limit(self, axes: Axes) -> None:
        lowest = min(table.min() for table in self.tables.values())
        highest = max(table.max() for table in self.tables.values())
        axes.set_xlim(
            self.xlim or (min(0.0, 1.05 * lowest), max(1.05 * highest, 1e-12) if highest > 0 else 0)
        )

    def _label(self, table: np.ndarray) -> str:
        text = f"{table.mean():,.{self.digits}f}"
        if len(table) == 1:
            return text
        return f"{text} ({table.min():,.{self.digits}f}…{table.max():,.{self.digits}f})"

    def _bar(self, axes: Axes, name: str, table: np.ndarray, y: float) -> None:
        plain = self.highlight is not None and name != self.highlight
        color = "#a9b8c6" if plain else palette.ACCENT
        mean = float(table.mean())
        axes.barh(y, mean, height=self._ROW * self._THICK, color=color, linewidth=0)
        end = mean
        if len(table) > 1:
            low, high = float(table.min()), float(table.max())
            axes.errorbar(
                mean,
                y,
                xerr=[[mean - low], [high - mean]],
                color=palette.INK,
                linewidth=1.6,
                capsize=5,
                capthick=1.6,
            )
            end = max(mean, high)
        axes.annotate(
            self._label(table), (end, y), xytext=(8 * CSS_PT, 0), textcoords="offset points",
            va="center_baseline", fontproperties=font("bold"), fontsize=TEXT * CSS_PT, color=palette.INK, annotation_clip=False,
            parse_math=False,
        )  # fmt: skip


def histogram(
    values: Mapping[str, Any],
    *,
    bins: int = 50,
    xlabel: str,
    title: str = "",
    width: int = 1000,
    height: int = 360,
    alt: str,
) -> Picture:
    """How often each number occurs, as a share of all; a line per name, so that they can be compared.

    Args:
        values: name → numbers of any shape, such as the pixels of an image or of one channel.
        bins: how many intervals.
        xlabel: what the numbers are, with their unit.
        title: a heading.
        width: in CSS pixels.
        height: in CSS pixels.
        alt: the picture in words.

    Raises:
        InputError: nothing to count, or ``alt`` is empty.
    """
    require_alt(alt)
    tables = {name: to_array(entry).astype(float).reshape(-1) for name, entry in values.items()}
    if not tables or any(table.size == 0 for table in tables.values()):
        raise InputError("values", "must hold numbers to count", got="none")
    edges = np.histogram_bin_edges(np.concatenate(list(tables.values())), bins=bins)
    canvas = Canvas(width, height)
    top = canvas.lines(
        _MARGIN, _MARGIN, wrap(title, width - 2 * _MARGIN, TITLE, "bold"), size=TITLE, weight="bold"
    )
    top += 10 if title else 0
    axes = canvas.axes(_MARGIN + 70, top + 6, width - 2 * _MARGIN - 90, height - top - 6 - 62)
    for at, (name, table) in enumerate(tables.items()):
        share = np.histogram(table, edges)[0] / table.size * 100
        color, dash = palette.SERIES[at % len(palette.SERIES)], palette.DASHES[at % len(palette.DASHES)]
        axes.stairs(share, edges, color=color, alpha=0.16, fill=True)
        axes.stairs(share, edges, color=color, linewidth=2, linestyle=dash, label=name)
    axes.set_xlabel(xlabel, fontproperties=font("normal"), fontsize=TEXT * CSS_PT, color=palette.INK)
    axes.set_ylabel(_("share in %"), fontproperties=font("normal"), fontsize=TEXT * CSS_PT, color=palette.INK)
    if len(tables) > 1:
        axes.legend(prop=_sized(font("normal")), frameon=False)
    return canvas.finish(alt)


def _sized(properties: Any) -> Any:
    properties = properties.copy()
    properties.set_size(TEXT * CSS_PT)
    return properties
