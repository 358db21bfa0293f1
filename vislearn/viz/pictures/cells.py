"""A feature map as the grid of cells that it is, with boxes, bins and sampling points where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.display import to_array, to_display
from vislearn.viz.letters import text_width
from vislearn.viz.meaning.terms import MEASURED

__all__ = ["Bins", "Cells"]

_NUMBER = 13.0  # px: letters in a cell
_MOST_LINES = 40  # cells along a side; of more, the lines would hide what they separate
_Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Bins:
    """A box in cells, divided.

    Attributes:
        xs: the columns' (left, right), in cells; several may overlap.
        ys: the rows' (top, bottom).
        color: of its lines.
        dash: strokes and gaps; empty for solid.
    """

    xs: Sequence[tuple[float, float]]
    ys: Sequence[tuple[float, float]]
    color: str = palette.ACCENT
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Cells:
    """A map (H, W) drawn cell by cell, dark for the lowest number and light for the highest.

    Positions are in cells: the first cell reaches from 0 to 1, its middle is 0.5.

    Attributes:
        values: (H, W) numbers.
        bins: boxes to draw, divided or not.
        points: (P, 2) x and y of points to draw.
        words: (row, column) → what to write into a cell; None writes the numbers where they fit.
        window: the part to draw, xyxy in whole cells; None for all.
    """

    values: Any
    bins: Sequence[Bins] = ()
    points: Any = field(default=())
    words: dict[tuple[int, int], str] | None = None
    window: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if to_array(self.values).ndim != 2 or to_array(self.values).size == 0:
            raise InputError("values", "must be one map (H, W)", got=to_array(self.values).shape)

    @property
    def aspect(self) -> float:
        """Height over width."""
        x0, y0, x1, y1 = self._window
        return (y1 - y0) / (x1 - x0)

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the map."""
        x0, y0, x1, y1 = self._window
        part = to_array(self.values).astype(float)[y0:y1, x0:x1]
        place = canvas.fitted(to_display(_gray(part)[None]), x, y, width, height)
        cell = place[2] / (x1 - x0)
        if max(x1 - x0, y1 - y0) <= _MOST_LINES:
            _lines(canvas, place, cell)
        self._write(canvas, part, place, cell)
        left, top = place[0] - x0 * cell, place[1] - y0 * cell
        for bins in self.bins:
            _divided(canvas, bins, left, top, cell)
        points = np.asarray(to_array(self.points), float).reshape(-1, 2)
        if len(points):
            radius = min(4.5, max(2.0, 0.09 * cell))
            canvas.dots(
                left + points[:, 0] * cell, top + points[:, 1] * cell, color=palette.WARM, radius=radius
            )
        return place

    @property
    def _window(self) -> tuple[int, int, int, int]:
        height, width = to_array(self.values).shape
        return self.window or (0, 0, width, height)

    def _write(self, canvas: Canvas, part: np.ndarray, place: _Place, cell: float) -> None:
        x0, y0, _x1, _y1 = self._window
        texts = (
            {(row - y0, column - x0): text for (row, column), text in self.words.items()}
            if self.words is not None
            else {at: _short(number) for at, number in np.ndenumerate(part)}
        )
        if not texts or cell < max(text_width(text, _NUMBER) for text in texts.values()) + 4:
            return
        gray = _gray(part)
        for (row, column), text in texts.items():
            color = palette.INK if gray[row, column] > 0.5 else palette.PAPER
            canvas.text(
                place[0] + (column + 0.5) * cell,
                place[1] + (row + 0.5) * cell,
                text,
                size=_NUMBER,
                color=color,
                ha="center",
                va="center_baseline",
                role=MEASURED if self.words is None else None,
            )


def _gray(part: np.ndarray) -> np.ndarray:
    """Numbers as shades from 0.12 to 1: never quite black, so that lines and points stay visible."""
    finite = part[np.isfinite(part)]
    lowest, highest = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    shades = (np.nan_to_num(part, nan=lowest) - lowest) / max(highest - lowest, 1e-12)
    return np.clip(0.12 + 0.88 * shades, 0, 1)


def _short(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")


def _lines(canvas: Canvas, place: _Place, cell: float) -> None:
    x, y, width, height = place
    for column in range(round(width / cell)):
        canvas.frame(x + column * cell, y, cell, height, color=palette.REST, line=0.6)
    for row in range(round(height / cell)):
        canvas.frame(x, y + row * cell, width, cell, color=palette.REST, line=0.6)


def _divided(canvas: Canvas, bins: Bins, left: float, top: float, cell: float) -> None:
    """Each column and each row as a thin frame, the whole as a thick one."""
    low, high = min(x for x, _ in bins.xs), max(x for _, x in bins.xs)
    up, down = min(y for y, _ in bins.ys), max(y for _, y in bins.ys)
    columns = [(x, up, right - x, down - up) for x, right in bins.xs] if len(bins.xs) > 1 else []
    rows = [(low, y, high - low, bottom - y) for y, bottom in bins.ys] if len(bins.ys) > 1 else []
    for casing in (True, False):
        for thick, parts in ((1.5, columns + rows), (3.0, [(low, up, high - low, down - up)])):
            for x, y, width, height in parts:
                canvas.frame(
                    left + x * cell,
                    top + y * cell,
                    width * cell,
                    height * cell,
                    color=palette.PAPER if casing else bins.color,
                    line=thick + 2 if casing else thick,
                    dashed=() if casing else bins.dash,
                )
