"""Numbers side by side: bars that carry their number, whiskers where chance plays, histograms."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.charts.plots import inner_legend, words_beside
from vislearn.viz.display import to_array
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["bars", "histogram"]


def bars(
    values: Mapping[str, Any],
    *,
    xlabel: str,
    title: str = "",
    digits: int | None = None,
    highlight: str | None = None,
    xlim: tuple[float, float] | None = None,
    width: int = 1000,
    compared: str = "",
    alt: str = "",
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
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for timings.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no values, one that is not finite, an unknown ``highlight``, or nobody has words for it.
    """
    if not values:
        raise InputError("values", "must hold at least one bar", got="none")
    if highlight is not None:
        require_one_of("highlight", highlight, list(values))
    tables = {name: np.atleast_1d(to_array(entry)).astype(float) for name, entry in values.items()}
    for name, table in tables.items():
        if table.size == 0 or not np.isfinite(table).all():
            raise InputError(f"values {name!r}", "must be finite numbers", got=table.tolist())
    return _Bars(tables, digits, highlight, xlim).draw(xlabel, title, width, alt, compared)


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
        self.digits = (
            _digits([float(table.mean()) for table in tables.values()]) if digits is None else digits
        )

    def draw(self, xlabel: str, title: str, width: int, alt: str, compared: str) -> Picture:
        names = [wrap(name, 0.34 * width) for name in self.tables]
        rows = [max(self._ROW, len(lines) * TEXT * LEADING + 12) for lines in names]
        left = MARGIN + max(text_width(line) for lines in names for line in lines) + 16
        right = (
            MARGIN + max(text_width(self._label(table), TEXT, "bold") for table in self.tables.values()) + 16
        )
        canvas = Canvas(width, heading_height(title, width) + sum(rows) + 64)
        top = canvas.heading(title)
        axes = canvas.axes(left, top, width - left - right, sum(rows), xlabel=xlabel)
        axes.grid(visible=False, axis="y")
        axes.tick_params(left=False, labelleft=False)
        axes.spines["left"].set_color(palette.MUTED)
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda number, _position: f"{number:,g}".replace("-", "−"))
        )
        axes.set_ylim(sum(rows), 0)
        self._limit(axes)
        y = 0.0
        for (name, table), lines, row in zip(self.tables.items(), names, rows, strict=True):
            self._bar(axes, name, table, y + row / 2)
            block = len(lines) * TEXT * LEADING
            canvas.lines(left - 12, top + y + (row - block) / 2, lines, ha="right")
            y += row
        return canvas.finish(alt, compared)

    def _limit(self, axes: Axes) -> None:
        lowest = min(table.min() for table in self.tables.values())
        highest = max(table.max() for table in self.tables.values())
        if lowest == highest == 0:
            highest = 1.0  # an axis needs a length
        axes.set_xlim(self.xlim or (min(0.0, 1.05 * lowest), max(0.0, 1.05 * highest)))

    def _label(self, table: np.ndarray) -> str:
        text = f"{table.mean():,.{self.digits}f}"
        if len(table) == 1:
            return text
        return f"{text} ({table.min():,.{self.digits}f}…{table.max():,.{self.digits}f})"

    def _bar(self, axes: Axes, name: str, table: np.ndarray, y: float) -> None:
        plain = self.highlight is not None and name != self.highlight
        color = palette.REST if plain else palette.ACCENT
        mean = float(table.mean())
        axes.barh(y, mean, height=self._ROW * self._THICK, color=color, linewidth=0, label=name)
        end = max(mean, 0.0)
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
            end = max(end, high)
        words = self._label(table)
        words_beside(axes, (end, y), words, distance=8, color=palette.INK, va="center_baseline", gid=MEASURED)


def _digits(numbers: list[float]) -> int:
    """Decimals worth reading: 0.77, 12.3, 559.

    >>> _digits([0.771]), _digits([12.34, 3.0]), _digits([559.0]), _digits([0.0123])
    (2, 1, 0, 3)
    """
    largest = max(abs(number) for number in numbers) or 1.0
    power = int(np.floor(np.log10(largest)))
    return max(0, 2 - power) if power >= 0 else 1 - power


def histogram(
    values: Mapping[str, Any],
    *,
    bins: int = 50,
    xlabel: str,
    title: str = "",
    width: int = 1000,
    height: int = 360,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """How often each number occurs, as a share of all; a line per name, so that they can be compared.

    Args:
        values: name → numbers of any shape, such as the pixels of an image or of one channel.
        bins: how many intervals.
        xlabel: what the numbers are, with their unit.
        title: a heading.
        width: in CSS pixels.
        height: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for timings.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: nothing to count, or nobody has words for it.
    """
    tables = {name: to_array(entry).astype(float).reshape(-1) for name, entry in values.items()}
    if not tables or any(table.size == 0 for table in tables.values()):
        raise InputError("values", "must hold numbers to count", got="none")
    edges = np.histogram_bin_edges(np.concatenate(list(tables.values())), bins=bins)
    canvas = Canvas(width, height)
    top = canvas.heading(title)
    axes = canvas.axes(
        MARGIN + 72,
        top + 6,
        width - 2 * MARGIN - 92,
        height - top - 68,
        xlabel=xlabel,
        ylabel=_("share in %"),
    )
    for at, (name, table) in enumerate(tables.items()):
        share = np.histogram(table, edges)[0] / table.size * 100
        color, dash = palette.SERIES[at % len(palette.SERIES)], palette.DASHES[at % len(palette.DASHES)]
        axes.stairs(share, edges, color=color, alpha=0.16, fill=True)
        axes.stairs(share, edges, color=color, linewidth=2, linestyle=dash, label=name)
    if len(tables) > 1:
        inner_legend(axes)
    return canvas.finish(alt, compared)
