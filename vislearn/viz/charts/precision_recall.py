"""Precision against recall: the zigzag of the detections, its envelope, and the area that is the AP."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics.detection.precision_recall import RECALLS, APCurve
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import CSS_PT, TEXT, font, text_width
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["CurveDrawing", "precision_recall"]

_LEFT, _BELOW = 72.0, 54.0  # room for the numbers and names of the axes
_ROW = 26.0  # of the legend


@dataclass(frozen=True)
class CurveDrawing:
    """Curves on one pair of axes, to be drawn at any size: a drawing for ``viz.panels`` and for steps.

    Attributes:
        curves: name → curve.
        zigzag: draw what each detection does to precision and recall.
        envelope: draw the best precision from each recall on.
        area: fill what lies below the envelope of a single curve.
    """

    curves: Mapping[str, APCurve] = field(repr=False)
    zigzag: bool = True
    envelope: bool = True
    area: bool = True

    @property
    def aspect(self) -> float:
        """Height over width."""
        return 0.72

    def draw_on(
        self, canvas: Canvas, x: float, y: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Draw into a rectangle; returns it."""
        axes = canvas.axes(
            x + _LEFT,
            y + 10,
            width - _LEFT - 16,
            height - 10 - _BELOW,
            xlabel=_("recall"),
            ylabel=_("precision"),
        )
        axes.set(xlim=(0, 1), ylim=(0, 1.03))
        ticks = [0, 0.5, 1] if width < 420 else [0, 0.2, 0.4, 0.6, 0.8, 1]
        axes.set_xticks(ticks)
        axes.set_yticks(ticks)
        for at, (name, curve) in enumerate(self.curves.items()):
            self._draw(axes, name, curve, at % len(palette.SERIES))
        return x, y, width, height

    def _draw(self, axes: Axes, name: str, curve: APCurve, style: int) -> None:
        color, many = palette.SERIES[style], len(self.curves) > 1
        if self.zigzag and len(curve.recall):
            # from recall 0: the first detection alone decides where the line starts
            recall = np.concatenate([[0], curve.recall.numpy()])
            precision = np.concatenate([curve.precision.numpy()[:1], curve.precision.numpy()])
            axes.plot(
                recall,
                precision,
                color=color,
                linewidth=1.4,
                alpha=0.45 if many else 0.9,
                clip_on=False,
                marker="o" if len(recall) <= 60 and not many else "",
                markersize=4.5,
                zorder=3,
                label=_("after each detection") if not many else "_",
            )
        if self.envelope:
            line = palette.WARM if not many and self.zigzag else color
            axes.plot(
                RECALLS.numpy(),
                curve.interpolated.numpy(),
                color=line,
                linewidth=2.4,
                clip_on=False,
                linestyle=palette.DASHES[style],
                label=name,
                drawstyle="steps-pre",
                zorder=4,
            )
            if self.area and not many:
                axes.fill_between(
                    RECALLS.numpy(),
                    curve.interpolated.numpy(),
                    step="pre",
                    color=line,
                    alpha=0.14,
                    linewidth=0,
                )


def precision_recall(
    curves: APCurve | Mapping[str, APCurve],
    *,
    zigzag: bool | None = None,
    title: str = "",
    width: int = 640,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Precision-recall curves with their envelopes, named with their average precision.

    Args:
        curves: one curve, such as ``metrics.ap_curve`` makes, or several by name.
        zigzag: draw precision after each detection too; None does so for a single curve.
        title: a heading.
        width: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: what one should see; empty takes it from the running cell's options.

    Raises:
        InputError: no curve, or nobody has words for it.
    """
    single = isinstance(curves, APCurve)
    named = {_("best from here on"): curves} if isinstance(curves, APCurve) else dict(curves)
    if not named:
        raise InputError("curves", "must hold at least one curve", got="none")
    drawing = CurveDrawing(named, zigzag=single if zigzag is None else zigzag)
    top, tall = heading_height(title, width), (width - 2 * MARGIN) * drawing.aspect
    keys = len(named) + drawing.zigzag * single
    canvas = Canvas(width, top + tall + _ROW * keys + 8 + MARGIN)
    canvas.heading(title)
    drawing.draw_on(canvas, MARGIN, top, width - 2 * MARGIN, tall)
    _legend(canvas, named, top + tall)
    return canvas.finish(alt, compared)


def _legend(canvas: Canvas, curves: Mapping[str, APCurve], y: float) -> None:
    """Every line with its name, and beside it the average precision: a number, which may differ a little."""
    x = MARGIN + _LEFT
    lines, names = canvas.figure.axes[-1].get_legend_handles_labels()
    for at, (line, name) in enumerate(zip(lines, names, strict=True)):
        middle = y + (at + 0.5) * _ROW
        legend = canvas.figure.legend(
            [line],
            [name],
            loc="center left",
            bbox_to_anchor=(x / canvas.width, 1 - middle / canvas.height),
            prop=font(),
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            handlelength=3.2,
            handletextpad=0.8,
        )
        for text in legend.get_texts():
            text.set(fontsize=TEXT * CSS_PT, color=palette.INK, parse_math=False)
        if name in curves:
            beside = x + 4 * TEXT + text_width(name) + 16
            canvas.text(beside, middle + 0.36 * TEXT, _score(curves[name].ap), weight="bold", role=MEASURED)


def _score(ap: float) -> str:
    return _("AP {value}", value=f"{ap:.3f}") if ap >= 0 else _("nothing to find")
