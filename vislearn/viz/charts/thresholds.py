"""Where to say yes: precision and recall as the threshold moves."""

from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics import ClassReport, confusion_counts, precision_recall_curve
from vislearn.metrics.answers import as_tensor
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.charts.plots import inner_legend, words_beside
from vislearn.viz.display import to_array
from vislearn.viz.letters import LEADING, TEXT, text_width
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["threshold"]

_LEFT, _BELOW = 72.0, 62.0


def threshold(
    scores: Any,
    target: Any,
    at: float = 0.5,
    *,
    positive: str = "",
    title: str = "",
    width: int = 1000,
    height: int = 380,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Two classes and a threshold: precision and recall at every one, marked at the chosen one.

    Left: which share of each class has which score, so that a rare one is seen too. Right: precision and
    recall over the threshold. The line above tells what the chosen threshold does.

    Args:
        scores: (N,) probabilities of class 1.
        target: (N,) 0 or 1, both of which occur.
        at: the threshold; a score of at least this is a yes.
        positive: what class 1 is called.
        title: a heading.
        width: in CSS pixels.
        height: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or tells what the threshold does.

    Raises:
        InputError: scores outside 0…1, a class that doesn't occur, or a threshold outside 0…1.
    """
    numbers, truth = as_tensor("scores", scores), as_tensor("target", target).long()
    curve = precision_recall_curve(numbers, truth)
    _require_two_classes(numbers, truth)
    if not 0 <= at <= 1:
        raise InputError("at", "must lie in 0…1", got=at)
    counts = confusion_counts(numbers >= at, truth, 2)
    told = _told(counts.tolist(), at, positive or _("class 1"))
    canvas = Canvas(width, height)
    left, right, tall = _panels(canvas, title, told)
    _heaps(left, to_array(numbers), to_array(truth), at, [_("others"), positive or _("class 1")])
    report = ClassReport(counts)
    chosen = [float(report.scores.precision[1]), float(report.scores.recall[1])]
    steps = to_array(curve.thresholds), to_array(curve.precision[:-1]), to_array(curve.recall[:-1])
    _lines(right, *steps, at, chosen, tall)
    return canvas.finish(alt, compared, told=told)


def _require_two_classes(scores: torch.Tensor, truth: torch.Tensor) -> None:
    if scores.min() < 0 or scores.max() > 1:
        raise InputError(
            "scores",
            "must be probabilities in 0…1",
            got=f"{scores.min():.2f}…{scores.max():.2f}",
            fix="Logits become probabilities by .sigmoid().",
        )
    if truth.min() == truth.max():
        raise InputError("target", "must hold both classes", got=f"{int(truth[0])} only")


def _panels(canvas: Canvas, title: str, told: str) -> tuple[Axes, Axes, float]:
    """The heading and the line that tells, and below them the axes of both halves and their height."""
    top = canvas.heading(title)
    top = canvas.lines(MARGIN, top, [told], role=MEASURED) + 8
    half, tall = (canvas.width - 2 * MARGIN) / 2, canvas.height - top - _BELOW
    left = canvas.axes(
        MARGIN + _LEFT, top, half - _LEFT - 24, tall, xlabel=_("score"), ylabel=_("share of its class")
    )
    ends = max(text_width(word, TEXT, "bold") for word in (_("precision"), _("recall"))) + 18
    right = canvas.axes(
        MARGIN + half + _LEFT, top, half - _LEFT - ends, tall, xlabel=_("threshold"), ylabel=""
    )
    return left, right, tall


def _told(counts: list[list[int]], at: float, positive: str) -> str:
    (_rest, false_alarms), (missed, found) = counts
    return _(
        "Threshold {at}: {found} of {all} “{positive}” found, {missed} missed, {alarms} false alarms.",
        at=f"{at:.2f}",
        found=found,
        all=found + missed,
        missed=missed,
        alarms=false_alarms,
        positive=positive,
    )


def _heaps(axes: Axes, scores: np.ndarray, truth: np.ndarray, at: float, names: list[str]) -> None:
    edges = np.linspace(0, 1, 21)
    for kind, name in enumerate(names):
        heights = np.histogram(scores[truth == kind], edges)[0] / (truth == kind).sum()
        color = palette.SERIES[1 - kind] if kind else palette.SERIES[3]
        axes.stairs(heights, edges, color=color, alpha=0.2, fill=True)
        axes.stairs(heights, edges, color=color, linewidth=2, linestyle=palette.DASHES[1 - kind], label=name)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    inner_legend(axes)
    axes.axvline(at, color=palette.WARM, linewidth=2)


def _lines(
    axes: Axes,
    thresholds: np.ndarray,
    precision: np.ndarray,
    recall: np.ndarray,
    at: float,
    chosen: list[float],
    tall: float,
) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.axvline(at, color=palette.WARM, linewidth=2)
    places = []
    for kind, (name, line) in enumerate([(_("precision"), precision), (_("recall"), recall)]):
        color = palette.SERIES[kind]
        xs, ys = np.append(thresholds, 1.0), np.append(line, line[-1])  # up to the largest score
        if kind == 1:  # above the largest score nothing is found
            xs, ys = np.append(thresholds, [thresholds[-1], 1.0]), np.append(line, [0.0, 0.0])
        axes.plot(
            xs,
            ys,
            color=color,
            linewidth=2.2,
            linestyle=palette.DASHES[kind],
            label=name,
            drawstyle="steps-pre",
        )
        if np.isfinite(chosen[kind]):
            axes.plot(
                [at],
                [chosen[kind]],
                color=color,
                marker=palette.MARKERS[kind],
                markersize=9,
                markeredgecolor=palette.PAPER,
                clip_on=False,
                zorder=4,
            )
        places.append((float(ys[-1]), name, color))
    _names(axes, places, tall)


def _names(axes: Axes, places: list[tuple[float, str, str]], tall: float) -> None:
    """Names at the right end, apart from each other."""
    least = TEXT * LEADING / tall  # the axis runs from 0 to about 1
    (low, *first), (high, *second) = sorted(places)
    middle = (low + high) / 2
    if high - low < least:
        low, high = middle - least / 2, middle + least / 2
    for y, (name, color) in [(low, first), (high, second)]:
        words_beside(axes, (1.0, y), name, distance=10, color=palette.darker(color), va="center")
