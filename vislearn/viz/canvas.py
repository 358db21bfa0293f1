"""A sheet of paper measured in CSS pixels: text, pictures, boxes, arrows, and plots at exact places."""

import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle
from PIL import Image

from vislearn.sidecar import words
from vislearn.viz import palette
from vislearn.viz.meaning.terms import BAR, TITLE_TEXT
from vislearn.viz.night import Part
from vislearn.viz.picture import CSS_DPI, SCALE, Picture, render

__all__ = [
    "CSS_PT",
    "LEADING",
    "MARGIN",
    "TEXT",
    "TITLE",
    "Canvas",
    "font",
    "font_file",
    "heading_height",
    "text_width",
    "wrap",
]

TEXT = 15.0  # px; 11.25 pt, legible from the back row at 1000 px
TITLE = 18.0
MARGIN = 8.0  # around every sheet
LEADING = 1.32  # line height; Bengali letters reach higher and lower than Latin ones

CSS_PT = 72 / CSS_DPI  # points per CSS pixel, for matplotlib, which counts in points

_FONTS = Path(__file__).with_name("fonts")
_BENGALI = "vislearn Bengali"  # under a name of its own, so that no other edition on the machine comes first


@cache
def font_families() -> list[str]:
    """DejaVu Sans, which matplotlib brings along, then Noto Sans Bengali, which the course brings along."""
    for path in sorted(_FONTS.glob("*.ttf")):
        entry = font_manager.ttfFontProperty(font_manager.get_font(path))
        font_manager.fontManager.ttflist.append(replace(entry, name=_BENGALI))
    return ["DejaVu Sans", _BENGALI]


@cache
def font(weight: str = "normal") -> font_manager.FontProperties:
    """The house's letters, normal or bold; each letter comes from the first family that has it."""
    return font_manager.FontProperties(family=font_families(), weight=weight)


def font_file(text: str) -> Path:
    """A bold font that has the text's letters, as a file for programs that draw with one font.

    Args:
        text: Latin, or Bengali with numbers and signs.

    >>> font_file("cat 93%").name, font_file("বিড়াল 93%").name
    ('DejaVuSans-Bold.ttf', 'NotoSansBengali-Bold.ttf')
    """
    if any("\u0980" <= letter <= "\u09ff" for letter in text):
        return _FONTS / "NotoSansBengali-Bold.ttf"
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"


@cache
def _ruler() -> Any:
    return FigureCanvasAgg(Figure(dpi=CSS_DPI)).get_renderer()


def text_width(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """How wide a line of text gets in the learner's language, in CSS pixels; ``size`` likewise."""
    return _width(words(text), size, weight)


@cache
def _width(text: str, size: float, weight: str) -> float:
    sized = font(weight).copy()
    sized.set_size(size * CSS_PT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # missing letters are reported once, by render
        return float(_ruler().get_text_width_height_descent(text, sized, False)[0])


def wrap(text: str, width: float, size: float = TEXT, weight: str = "normal") -> list[str]:
    """Break text into lines no wider than ``width`` px, at spaces, and inside a word only if it must be.

    What the lesson's translation knows is translated first: once in lines, nobody would know it again.

    >>> wrap("RandomHorizontalFlip", 150)
    ['RandomHorizontal', 'Flip']
    >>> wrap("", 100)
    []
    """
    lines: list[str] = []
    for paragraph in words(text).splitlines():
        line = ""
        for word in paragraph.split():
            candidate = f"{line} {word}".strip()
            if _width(candidate, size, weight) <= width:
                line = candidate
                continue
            if line:
                lines.append(line)
            *full, line = _broken(word, width, size, weight)
            lines += full
        lines += [line] if line else []
    return lines


def heading_height(title: str, width: float) -> float:
    """What :meth:`Canvas.heading` takes up at the top of a sheet, margin included."""
    lines = wrap(title, width - 2 * MARGIN, TITLE, "bold")
    return MARGIN + (len(lines) * TITLE * LEADING + 10 if lines else 0)


def _broken(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in pieces that fit, broken before a capital letter or after an underscore where there is one."""
    pieces = []
    while _width(word, size, weight) > width and len(word) > 1:
        fits = max(1, sum(_width(word[: end + 1], size, weight) <= width for end in range(len(word))))
        seams = [at for at in range(1, min(fits + 1, len(word))) if word[at].isupper() or word[at - 1] == "_"]
        cut = seams[-1] if seams and seams[-1] > fits / 3 else fits
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]


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
