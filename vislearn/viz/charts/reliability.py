"""How sure against how right: the reliability diagram."""

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics import Calibration
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import CSS_PT, LEADING, TEXT, font, wrap
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["reliability"]

_SIDE = 380.0  # px, of the square plot
_LEFT, _BELOW = 72.0, 62.0


def reliability(calibration: Calibration, *, title: str = "", compared: str = "", alt: str = "") -> Picture:
    """Bars: the share of right answers among those that were about as sure; on the dashed line both agree.

    Below the line the classifier is too sure, above it too modest. The number on a bar is how many answers
    it stands for.

    Args:
        calibration: from :func:`vislearn.metrics.calibration`.
        title: a heading.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or tells the error and the worst bar.

    Raises:
        InputError: no answers.

    Source: DeGroot & Fienberg 1983; Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    counts = calibration.counts.numpy()
    if not counts.sum():
        raise InputError("calibration", "must be of at least one answer", got="none")
    width = _LEFT + _SIDE + 2 * MARGIN + 20
    told = wrap(_legend(calibration), width - 2 * MARGIN)
    above = max(46, heading_height(title, width) + 4)
    canvas = Canvas(width, _SIDE + _BELOW + above + len(told) * TEXT * LEADING + MARGIN)
    top = canvas.heading(title) + 8
    axes = canvas.axes(
        MARGIN + _LEFT, top, _SIDE, _SIDE, xlabel=_("how sure it was"), ylabel=_("share of right answers")
    )
    edges = calibration.edges.numpy()
    filled = np.flatnonzero(counts)
    right = calibration.accuracy.numpy()[filled]
    middles, widths = (edges[:-1] + edges[1:])[filled] / 2, np.diff(edges)[filled]
    axes.bar(middles, right, width=0.92 * widths, color=palette.ACCENT, alpha=0.75, linewidth=0)
    axes.plot([0, 1], [0, 1], color=palette.MUTED, linestyle=palette.DASHES[1], linewidth=1.6)
    for x, y, count in zip(middles, right, counts[filled], strict=True):
        axes.annotate(
            str(count),
            (x, y),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontproperties=font(),
            fontsize=11 * CSS_PT,
            color=palette.INK,
            gid=MEASURED,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    canvas.lines(MARGIN, top + _SIDE + _BELOW, told, color=palette.MUTED)
    return canvas.finish(alt, compared, told=_told(calibration))


def _legend(calibration: Calibration) -> str:
    error = _("Expected calibration error: {error:.3f}.", error=calibration.error)
    return f"{error} " + _("Below the line: too sure; above it: too modest. Numbers: how many answers.")


def _told(calibration: Calibration) -> str:
    """Error, and the bar that is furthest from the line with the answers it has."""
    gaps = (calibration.confidence - calibration.accuracy).abs() * calibration.counts
    worst = int(gaps.nan_to_num(0).argmax())
    return _(
        "Reliability diagram, expected calibration error {error:.3f}: of {count} answers that were "
        "{sure:.2f} sure on average, {right:.2f} are right.",
        error=calibration.error,
        count=int(calibration.counts[worst]),
        sure=float(calibration.confidence[worst]),
        right=float(calibration.accuracy[worst]),
    )
