"""What can be drawn at any size, letters included, and several of them side by side."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from vislearn.errors import InputError
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import aspect_of, to_display
from vislearn.viz.layout import even_columns
from vislearn.viz.letters import LEADING, TEXT, wrap
from vislearn.viz.picture import Picture

__all__ = ["Drawing", "panels"]

_WIDTH = 1000.0
_GAP, _ROW_GAP = 18.0, 22.0
_LARGEST = 480.0


@runtime_checkable
class Drawing(Protocol):
    """Something that draws itself into a rectangle; a tile of a filmstrip may hold one instead of pixels."""

    @property
    def aspect(self) -> float:
        """Height over width."""
        ...

    def draw_on(
        self, canvas: Canvas, x: float, y: float, width: float, height: float
    ) -> tuple[float, float, float, float]:
        """Draw into a rectangle, in CSS pixels; returns x, y, width, height of what was taken."""
        ...


def panels(
    drawings: Mapping[str, Any],
    *,
    columns: int | None = None,
    title: str = "",
    size: float = _LARGEST,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Drawings and pictures side by side, each under its title, letters at full size in all of them.

    Args:
        drawings: title → a drawing, such as :func:`vislearn.viz.boxed` makes, or any picture.
        columns: how many in a row; None takes at most three.
        title: a heading over the whole.
        size: the widest a panel may get, in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no drawings, ``columns`` below 1, or nobody has words for it.
    """
    if not drawings:
        raise InputError("drawings", "must hold at least one drawing", got="none")
    if columns is not None and columns < 1:
        raise InputError("columns", "must be at least 1", got=columns)
    names, items = list(drawings), list(drawings.values())
    across = min(columns or even_columns(len(items), 3), len(items))
    width = min(size, (_WIDTH - 2 * MARGIN - (across - 1) * _GAP) / across)
    rows = [range(at, min(at + across, len(items))) for at in range(0, len(items), across)]
    labels = [max(_label_height(names[at], width) for at in row) for row in rows]
    talls = [width * min(1.4, max(_aspect(items[at]) for at in row)) for row in rows]
    full = across * width + (across - 1) * _GAP + 2 * MARGIN
    below = sum(labels) + sum(talls) + _ROW_GAP * (len(rows) - 1) + MARGIN
    canvas = Canvas(full, heading_height(title, full) + below)
    y = canvas.heading(title)
    for row, label, tall in zip(rows, labels, talls, strict=True):
        for rank, at in enumerate(row):
            x = MARGIN + rank * (width + _GAP)
            canvas.lines(x, y, wrap(names[at], width, TEXT, "bold"), weight="bold")
            _draw(canvas, items[at], x, y + label, width, min(tall, width * _aspect(items[at])))
        y += label + tall + _ROW_GAP
    return canvas.finish(alt, compared)


def _aspect(item: Any) -> float:
    return item.aspect if isinstance(item, Drawing) else aspect_of(item)


def _label_height(name: str, width: float) -> float:
    lines = len(wrap(name, width, TEXT, "bold"))
    return lines * TEXT * LEADING + (6 if lines else 0)


def _draw(canvas: Canvas, item: Any, x: float, y: float, width: float, height: float) -> None:
    if isinstance(item, Drawing):
        item.draw_on(canvas, x, y, width, height)
    else:
        canvas.frame(*canvas.fitted(to_display(item), x, y, width, height))
