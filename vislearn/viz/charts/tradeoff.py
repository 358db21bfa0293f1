"""What one pays and what one gets: a point for each choice, and the line of those that nothing beats."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.letters import CSS_DPI, CSS_PT, TEXT, font, text_width
from vislearn.viz.picture import Picture

__all__ = ["front", "tradeoff"]

_LEFT, _BELOW, _RIGHT = 72.0, 62.0, 205.0  # room for the axes' words, and for names beside the last points
_LINE = 1.15 * TEXT  # of letters
# Where a name may begin or end, seen from its point: beside it, or at one of its corners.
_BESIDE = ((10, 0, "left"), (-10, 0, "right"))
_CORNERS = ((8, -13, "left"), (-8, 13, "right"), (8, 13, "left"), (-8, -13, "right"))


def front(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """Those that nothing beats: no other costs at most as much and gives at least as much (Pareto's front).

    Args:
        points: name → (cost, gain).

    Returns:
        Names, the cheapest first; of equals the one that is named first.

    >>> front({"small": (1, 70), "slow and poor": (3, 60), "large": (2, 80)})
    ['small', 'large']
    """
    best, found = -np.inf, []
    for name in sorted(points, key=lambda name: (points[name][0], -points[name][1])):
        if points[name][1] > best:
            best = points[name][1]
            found.append(name)
    return found


def tradeoff(
    points: Mapping[str, tuple[float, float]],
    *,
    xlabel: str,
    ylabel: str,
    title: str = "",
    allowed: Collection[str] | None = None,
    chosen: str | None = None,
    limit: float | None = None,
    width: int = 1000,
    height: int = 460,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Cost to the right, counted in powers of ten, gain upwards; a line leads along the :func:`front`.

    Args:
        points: name → (cost, gain), costs above 0.
        xlabel: what it costs, with its unit.
        ylabel: what one gets, with its unit.
        title: a heading.
        allowed: names of those that come into question; the others turn gray, and the line passes them by.
            None: all.
        chosen: the one to look at.
        limit: the highest cost that comes into question, drawn as a line.
        width: in CSS pixels.
        height: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for timings.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no points, one that is not finite or costs nothing, or unknown names.
    """
    if not points:
        raise InputError("points", "must hold at least one", got="none")
    for name, point in points.items():
        if not (len(point) == 2 and np.isfinite(point).all() and point[0] > 0):
            raise InputError(f"points {name!r}", "must be two finite numbers, the first above 0", got=point)
    for name in {*(allowed or ()), *([chosen] if chosen else [])}:
        require_one_of("name", name, list(points))
    canvas = Canvas(width, height)
    top = canvas.heading(title)
    axes = canvas.axes(
        MARGIN + _LEFT,
        top + 6,
        width - 2 * MARGIN - _LEFT - _RIGHT,
        height - top - 6 - _BELOW,
        xlabel=xlabel,
        ylabel=ylabel,
    )
    fit = [name for name in points if allowed is None or name in allowed]
    _limits(axes, np.array([points[name] for name in points], float), limit)
    _line(axes, {name: points[name] for name in fit})
    if limit is not None:
        axes.axvline(limit, color=palette.WARM, linewidth=1.8, linestyle="dashed", label=_("limit"))
    _dots(axes, points, fit, chosen)
    _names(axes, points, fit, chosen)
    return canvas.finish(alt, compared)


def _limits(axes: Axes, places: np.ndarray, limit: float | None) -> None:
    costs = np.append(places[:, 0], limit or places[0, 0])
    low, high = places[:, 1].min(), places[:, 1].max()
    spare = 0.12 * (high - low or 1)
    axes.set_xscale("log")
    axes.set_xlim(0.8 * costs.min(), 1.15 * costs.max())
    axes.set_ylim(low - spare, high + spare)
    plain = FuncFormatter(lambda number, _position: f"{number:,g}")
    axes.xaxis.set_major_formatter(plain)
    decades = np.log10(costs.max() / costs.min())
    steps = (1, 2, 5) if decades < 2.5 else (1,)
    powers = range(int(np.floor(np.log10(costs.min()))), int(np.ceil(np.log10(costs.max()))) + 1)
    ticks = [step * 10.0**power for power in powers for step in steps]
    axes.set_xticks([tick for tick in ticks if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]])
    axes.minorticks_off()


def _line(axes: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """The most that each cost buys: as many corners as points, so that two runs can be compared."""
    ordered = sorted(points.values())
    gains = np.maximum.accumulate(np.array([gain for _cost, gain in ordered], float))
    costs = [cost for cost, _gain in ordered]
    axes.plot(
        costs, gains, color=palette.ACCENT, linewidth=2, alpha=0.55, drawstyle="steps-post", label=_("front")
    )


def _dots(
    axes: Axes, points: Mapping[str, tuple[float, float]], fit: Collection[str], chosen: str | None
) -> None:
    for name, (cost, gain) in points.items():
        color = palette.WARM if name == chosen else palette.ACCENT if name in fit else palette.REST
        marker, size = ("s", 10) if name == chosen else ("o", 8)
        axes.plot(cost, gain, marker, color=color, markersize=size, markeredgecolor=palette.PAPER, label=name)


def _names(
    axes: Axes, points: Mapping[str, tuple[float, float]], fit: Collection[str], chosen: str | None
) -> None:
    places = _places(axes, points, front({name: points[name] for name in fit}))
    for name in points:  # in their own order, however times turned out: so two runs can be compared
        across, up, side = places[name]
        color = palette.INK if name in fit or name == chosen else palette.MUTED
        axes.annotate(
            name,
            points[name],
            xytext=(across * CSS_PT, up * CSS_PT),
            textcoords="offset points",
            ha=side,
            va="center_baseline",
            fontproperties=font("bold" if name == chosen else "normal"),
            fontsize=TEXT * CSS_PT,
            color=color,
            annotation_clip=False,
            parse_math=False,
        )


def _places(
    axes: Axes, points: Mapping[str, tuple[float, float]], leading: Collection[str]
) -> dict[str, tuple[int, int, str]]:
    """For each name a place where nothing else lies; those to the right, which have the least room, first.

    The line along the front comes from the left or from below and goes on to the right or upwards, so it
    never crosses a name that stands below to the right of its point, or above to the left.
    """
    scale = axes.figure.dpi / CSS_DPI
    dots = {name: axes.transData.transform(point) / scale for name, point in points.items()}
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in dots.values()]
    wide, floor = axes.figure.bbox.width / scale, axes.get_window_extent().y0 / scale
    found = {}
    for name, (x, y) in sorted(dots.items(), key=lambda dot: -dot[1][0]):
        offers = _CORNERS if name in leading else (*_BESIDE, *_CORNERS)
        boxes = [_box(x + dx, y + dy, text_width(name, TEXT, "bold"), side) for dx, dy, side in offers]
        inside = [at for at, box in enumerate(boxes) if box[0] >= 0 and box[1] >= floor and box[2] <= wide]
        free = [at for at in inside if not any(_meet(boxes[at], other) for other in taken)]
        best = (free or inside or [0])[0]
        taken.append(boxes[best])
        found[name] = offers[best]
    return found


def _box(x: float, y: float, long: float, side: str) -> tuple[float, float, float, float]:
    left = x if side == "left" else x - long
    return left, y - _LINE / 2, left + long, y + _LINE / 2


def _meet(one: Sequence[float], other: Sequence[float]) -> Any:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
