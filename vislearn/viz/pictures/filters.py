"""What the first layer looks for: its filters as small pictures."""

from typing import Any

import numpy as np

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import to_array
from vislearn.viz.letters import LEADING, TEXT, wrap
from vislearn.viz.picture import SCALE, Picture

__all__ = ["filters"]

_GAP = 6  # px
_LARGEST = 64.0
_MOST = 256


def filters(
    weights: Any,
    *,
    scale: str = "each",
    columns: int | None = None,
    title: str = "",
    width: int = 760,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """The filters of a first convolution: in colour where they read three channels, else in gray.

    Middle gray is 0; brighter is more of that colour, darker is less. The line below the picture says which
    scale was taken.

    Args:
        weights: (filters, 3 or 1, h, w), such as ``model.conv1.weight``; for a deeper layer choose what one
            input channel gets: ``weights[:, channel:channel + 1]``.
        scale: ``"each"``, every filter from its own largest number, to see what it looks for; ``"all"``, one
            scale for all, to see which ones are strong.
        columns: filters per row; None takes what reads well.
        title: a heading.
        width: at most, in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: another shape, no or too many filters, numbers that are not finite, an unknown
            ``scale``, or nobody has words for it.
    """
    require_one_of("scale", scale, ["each", "all"])
    table = _checked(to_array(weights))
    largest = np.abs(table).max()
    pixels = _colors(table, scale)
    columns = _columns(len(pixels)) if columns is None else columns
    if columns < 1:
        raise InputError("columns", "must be at least 1", got=columns)
    columns = min(columns, len(pixels))
    if scale == "all":
        told = _("Gray is 0; one scale for all, ±{largest}.", largest=f"{largest:.2g}")
    else:
        told = _("Gray is 0; each filter on its own scale.")
    return _sheet(pixels, columns, told, title, width).finish(alt, compared)


def _checked(table: np.ndarray) -> np.ndarray:
    if table.ndim != 4 or table.shape[1] not in (1, 3) or 0 in table.shape:
        raise InputError(
            "weights",
            "must have shape (filters, 3, h, w) or (filters, 1, h, w)",
            got=tuple(table.shape),
            fix="Of a deeper layer, show one input channel: weights[:, :1].",
        )
    if len(table) > _MOST:
        raise InputError("weights", f"must be {_MOST} filters at most", got=len(table), fix="Show a part.")
    table = table.astype(float)
    if not np.isfinite(table).all():
        raise InputError("weights", "must be finite numbers", got="nan or inf", fix="Has training diverged?")
    return table


def _colors(table: np.ndarray, scale: str) -> np.ndarray:
    """uint8 (filters, h, w, 3)."""
    axes = (1, 2, 3) if scale == "each" else None
    largest = np.abs(table).max(axis=axes, keepdims=True)
    unit = 0.5 + 0.5 * table / np.where(largest > 0, largest, 1.0)
    pixels = (255 * unit).round().astype(np.uint8).transpose(0, 2, 3, 1)
    return np.broadcast_to(pixels, (*pixels.shape[:3], 3))


def _columns(count: int) -> int:
    """Rows of equal length where there are such: 64 as 4 × 16, 32 as 2 × 16."""
    if count <= 12:
        return count
    even = [columns for columns in range(16, 7, -1) if count % columns == 0]
    return even[0] if even else 12


def _sheet(pixels: np.ndarray, columns: int, told: str, title: str, width: int) -> Canvas:
    """All filters in one picture: they are looked at together, and compared together."""
    rows = -(-len(pixels) // columns)
    size = min(_LARGEST, (width - 2 * MARGIN - (columns - 1) * _GAP) / columns)
    side, gap = max(1, int(size * SCALE)), round(_GAP * SCALE)
    height = max(1, round(side * pixels.shape[1] / pixels.shape[2]))
    paper = np.full((rows * (height + gap) - gap, columns * (side + gap) - gap, 3), 255, np.uint8)
    for at, one in enumerate(pixels):
        y, x = at // columns * (height + gap), at % columns * (side + gap)
        paper[y : y + height, x : x + side] = _enlarged(one, height, side)
    w, h = paper.shape[1] / SCALE, paper.shape[0] / SCALE
    whole = max(w + 2 * MARGIN, 320)
    lines = wrap(told, whole - 2 * MARGIN)
    top = heading_height(title, whole)
    canvas = Canvas(whole, top + h + 8 + len(lines) * TEXT * LEADING + MARGIN)
    canvas.heading(title)
    canvas.picture(paper, MARGIN, top, w, h, drawn=True)
    for at in range(len(pixels)):
        down, across = divmod(at, columns)
        place = across * (side + gap) / SCALE, down * (height + gap) / SCALE
        canvas.protect(MARGIN + place[0], top + place[1], side / SCALE, height / SCALE)
    canvas.lines(MARGIN, top + h + 8, lines, color=palette.MUTED)
    return canvas


def _enlarged(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Each weight a rectangle of one colour."""
    rows = np.arange(height) * pixels.shape[0] // height
    columns = np.arange(width) * pixels.shape[1] // width
    return pixels[rows[:, None], columns[None]]
