"""A sheet of paper measured in CSS pixels: text, pictures, boxes, arrows, and plots at exact places."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from PIL import Image

from vislearn.viz import palette
from vislearn.viz.letters import CSS_DPI, CSS_PT, LEADING, TEXT, font, wrap
from vislearn.viz.meaning.terms import BAR, TITLE_TEXT
from vislearn.viz.night import Part
from vislearn.viz.picture import SCALE, Picture, render

__all__ = ["MARGIN", "TITLE", "Canvas", "heading_height"]

TITLE = 18.0
MARGIN = 8.0  # around every sheet


def heading_height(title: str, width: float) -> float:
    """What :meth:`Canvas.heading` takes up at the top of a sheet, margin included."""
    lines = wrap(title, width - 2 * MARGIN, TITLE, "bold")
    return MARGIN + (len(lines) * TITLE * LEADING + 10 if lines else 0)


class Canvas:
    """A white sheet; the origin is the top left corner, lengths are CSS pixels.

    Args:
        width: in CSS pixels.
        height: in CSS pixels.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = round(width), round(height)
        inches = self.width / CSS_DPI, self.height / CSS_DPI
        self.figure = Figure(figsize=inches, dpi=CSS_DPI * SCALE, facecolor=palette.PAPER)
        FigureCanvasAgg(self.figure)
        self._sheet = self.figure.add_axes((0, 0, 1, 1))
        self._sheet.set_axis_off()
        self._sheet.set(xlim=(0, self.width), ylim=(self.height, 0), autoscale_on=False)
        self._photos: list[Part] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT,
        weight: str = "normal",
        color: str = palette.INK,
        ha: str = "left",
        va: str = "baseline",
        role: str | None = None,
        angle: float = 0,
    ) -> None:
        """One line of text, its anchor at (x, y); its role as in :mod:`vislearn.viz.meaning.terms`.

        ``angle`` turns it around the anchor, in degrees against the clock.
        """
        self._sheet.text(
            x,
            y,
            text,
            fontproperties=font(weight),
            fontsize=size * CSS_PT,
            color=color,
            ha=ha,
            va=va,
            parse_math=False,
            gid=role,
            rotation=angle,
            rotation_mode="anchor",
        )

    def lines(self, x: float, y: float, lines: list[str], *, size: float = TEXT, **style: Any) -> float:
        """Lines of text, the first one's top at ``y``; returns where the next would start."""
        for line in lines:
            self.text(x, y + size * 0.98, line, size=size, **style)
            y += size * LEADING
        return y

    def heading(self, title: str) -> float:
        """A title at the top left, wrapped; returns where the rest begins."""
        lines = wrap(title, self.width - 2 * MARGIN, TITLE, "bold")
        self.lines(MARGIN, MARGIN, lines, size=TITLE, weight="bold", role=TITLE_TEXT)
        return heading_height(title, self.width)

    def picture(
        self, pixels: np.ndarray, x: float, y: float, width: float, height: float, *, drawn: bool = False
    ) -> None:
        """uint8 (H, W, 3) pixels into a rectangle: averaged when they shrink, squares when they grow.

        ``drawn``: they are paper or a drawing in the palette's colours, and a dark page turns them around.
        """
        if not drawn:
            self.protect(x, y, width, height)
        x, y, width, height = (round(length * SCALE) / SCALE for length in (x, y, width, height))
        target = (max(1, round(width * SCALE)), max(1, round(height * SCALE)))
        shrinks = target[0] < pixels.shape[1] or target[1] < pixels.shape[0]
        resample = Image.Resampling.LANCZOS if shrinks else Image.Resampling.NEAREST
        shown = np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(target, resample))
        self._sheet.imshow(
            shown, extent=(x, x + width, y + height, y), interpolation="nearest", aspect="auto", zorder=2
        )
        self._sheet.set(xlim=(0, self.width), ylim=(self.height, 0))

    def protect(self, x: float, y: float, width: float, height: float) -> None:
        """Leave this rectangle as it is on dark pages too."""
        right, bottom = (x + width) / self.width, (y + height) / self.height
        self._photos.append((x / self.width, y / self.height, right, bottom))

    def fitted(
        self, pixels: np.ndarray, x: float, y: float, width: float, height: float, *, drawn: bool = False
    ) -> tuple[float, float, float, float]:
        """A picture in its own shape, centred in a rectangle; returns x, y, width, height it took."""
        factor = min(width / pixels.shape[1], height / pixels.shape[0])
        w, h = pixels.shape[1] * factor, pixels.shape[0] * factor
        place = (x + (width - w) / 2, y + (height - h) / 2, w, h)
        self.picture(pixels, *place, drawn=drawn)
        return place

    def frame(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        color: str = palette.LINE,
        line: float = 1.0,
        dashed: bool | tuple[float, ...] = False,
        fill: str = "none",
    ) -> None:
        """A rectangle's outline, over pictures; ``dashed`` may say how: strokes and gaps."""
        style = (0, (4, 2) if dashed is True else dashed) if dashed else "solid"
        self._sheet.add_patch(
            Rectangle(
                (x, y),
                width,
                height,
                fill=fill != "none",
                facecolor=fill,
                edgecolor=color,
                linewidth=line * CSS_PT,
                linestyle=style,
                zorder=3,
            )
        )

    def marked(
        self, place: tuple[float, float, float, float], box: tuple[float, float, float, float]
    ) -> None:
        """Outline a part, xyxy in fractions, of the picture at ``place``; seen on dark and on light."""
        x, y, width, height = place
        part = (
            x + box[0] * width,
            y + box[1] * height,
            (box[2] - box[0]) * width,
            (box[3] - box[1]) * height,
        )
        self.frame(*part, color=palette.PAPER, line=5)
        self.frame(*part, color=palette.WARM, line=2.5)

    def card(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        radius: float = 8,
        over: bool = False,
    ) -> None:
        """A filled rectangle with round corners, under pictures and lines unless ``over``."""
        self._sheet.add_patch(
            FancyBboxPatch(
                (x + radius, y + radius),
                width - 2 * radius,
                height - 2 * radius,
                boxstyle=f"round,pad={radius}",
                facecolor=fill,
                edgecolor="none",
                zorder=2 if over else 1,
            )
        )

    def arrow(self, x0: float, y0: float, x1: float, y1: float, *, color: str = palette.MUTED) -> None:
        """A straight arrow from (x0, y0) to (x1, y1)."""
        self._sheet.add_patch(
            FancyArrowPatch(
                (x0, y0),
                (x1, y1),
                arrowstyle="-|>",
                mutation_scale=13,
                linewidth=1.4,
                color=color,
                shrinkA=0,
                shrinkB=0,
                zorder=3,
            )
        )

    def badge(self, x: float, y: float, text: str, *, radius: float) -> None:
        """A number in a filled circle."""
        self._sheet.add_patch(Circle((x, y), radius, facecolor=palette.ACCENT, edgecolor="none", zorder=3))
        self._sheet.text(
            x,
            y,
            text,
            fontproperties=font("bold"),
            fontsize=0.8 * TEXT * CSS_PT,
            color=palette.PAPER,
            ha="center",
            va="center_baseline",
            zorder=4,
            parse_math=False,
        )

    def bar(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        color: str,
        role: str | None = BAR,
        name: str = "",
    ) -> None:
        """A filled rectangle without outline; its role as in :mod:`vislearn.viz.meaning.terms`."""
        self._sheet.add_patch(
            Rectangle(
                (x, y), width, height, facecolor=color, edgecolor="none", zorder=2, gid=role, label=name
            )
        )

    def curve(self, xs: np.ndarray, ys: np.ndarray, *, color: str, line: float = 2.0) -> None:
        """A line through points."""
        self._sheet.plot(xs, ys, color=color, linewidth=line * CSS_PT, zorder=1, solid_capstyle="round")

    def dots(self, xs: np.ndarray, ys: np.ndarray, *, color: str, radius: float = 3.0) -> None:
        """Filled points with a light edge, over pictures."""
        self._sheet.scatter(
            xs,
            ys,
            s=(2 * radius * CSS_PT) ** 2,
            c=color,
            edgecolors=palette.PAPER,
            linewidths=CSS_PT,
            zorder=3,
        )

    def axes(
        self, x: float, y: float, width: float, height: float, *, xlabel: str = "", ylabel: str = ""
    ) -> Axes:
        """A plot's frame in the house style: two spines, a light grid, legible numbers."""
        axes = self.figure.add_axes(
            (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        )
        axes.set_facecolor("none")
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(palette.LINE)
        axes.tick_params(colors=palette.MUTED, labelcolor=palette.INK, labelsize=TEXT * CSS_PT, length=4)
        axes.grid(color=palette.LINE, linewidth=0.6, alpha=0.7)
        axes.set_axisbelow(True)
        letters: dict[str, Any] = {"fontproperties": font(), "fontsize": TEXT * CSS_PT, "color": palette.INK}
        letters["parse_math"] = False
        axes.set_xlabel(xlabel, **letters)
        axes.set_ylabel(ylabel, **letters)
        return axes

    def finish(self, alt: str = "", compared: str = "", *, told: str = "") -> Picture:
        """The sheet as a :class:`Picture`; its words as for :func:`vislearn.viz.render`."""
        return render(self.figure, alt, compared, told=told, photos=self._photos)
