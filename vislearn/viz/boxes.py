"""Boxes on a picture, with what they are and how sure; told apart by line and words, not by colour alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.ops import require_xyxy
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, TEXT, Canvas, heading_height, text_width
from vislearn.viz.digest import VALUES
from vislearn.viz.display import to_array, to_display
from vislearn.viz.picture import Picture, require_alt

__all__ = ["BoxStyle", "Boxed", "boxed", "boxes"]

_TAG = 13.0  # px: letters on a tag
_TAG_HEIGHT = 18.0
_LEGEND = 30.0
_SMALLEST, _LARGEST = 420.0, 720.0  # px: how wide a single picture is shown

Names = Sequence[str] | Mapping[int, str]
_Place = tuple[float, float, float, float]  # x, y, width, height in CSS pixels


@dataclass(frozen=True)
class BoxStyle:
    """How a box is drawn.

    Attributes:
        color: #rrggbb.
        line: its thickness in CSS pixels.
        dash: lengths of strokes and gaps; empty for a solid line.
        faint: without the white edge that keeps a line visible on any picture.
    """

    color: str = palette.ACCENT
    line: float = 2.5
    dash: tuple[float, ...] = ()
    faint: bool = False


TRUTH = BoxStyle(palette.INK, 2.0, (4, 2.5))
_CLASS_COLORS = [color for color in palette.SERIES if color != "#333333"]  # too much like the truth's


@dataclass(frozen=True)
class Boxed:
    """A picture with boxes on it, to be drawn at any size: a drawing for ``viz.panels`` and for steps.

    Attributes:
        image: any picture ``to_display`` takes.
        boxes: (N, 4) xyxy in pixels of ``image``; what lies outside isn't drawn.
        words: one per box, "" for none; or empty.
        styles: one per box; or empty, for the usual one.
    """

    image: Any
    boxes: Any
    words: Sequence[str] = ()
    styles: Sequence[BoxStyle] = field(default=())

    def __post_init__(self) -> None:
        rows = _tensor(self.boxes)
        require_xyxy("boxes", rows)
        for name, given in (("words", self.words), ("styles", self.styles)):
            if len(given) not in (0, len(rows)):
                raise InputError(name, f"must be one per box ({len(rows)})", got=len(given))

    @property
    def aspect(self) -> float:
        """Height over width."""
        height, width = to_display(self.image).shape[:2]
        return height / width

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the picture."""
        pixels = to_display(self.image)
        place = canvas.fitted(pixels, x, y, width, height)
        canvas.frame(*place)
        spots = [_on_paper(box, pixels.shape[:2], place) for box in _tensor(self.boxes).tolist()]
        styles = self.styles or [BoxStyle()] * len(spots)
        for spot, style in zip(spots, styles, strict=True):
            if spot is not None:
                if not style.faint:
                    canvas.frame(*spot, color=palette.PAPER, line=style.line + 2.5)
                canvas.frame(*spot, color=style.color, line=style.line, dashed=style.dash)
        taken: list[_Place] = []
        for spot, style, words in zip(spots, styles, self.words, strict=False):
            if spot is not None and words:
                taken.append(_tag(canvas, words, spot, place, style.color, taken))
        return place


def boxed(
    image: Any,
    boxes_xyxy: Any,
    labels: Any = None,
    scores: Any = None,
    names: Names | None = None,
    *,
    truth: Any = None,
) -> Boxed:
    """A picture and its boxes as a drawing, for ``viz.panels``; arguments as for :func:`boxes`.

    >>> import numpy as np
    >>> drawing = boxed(np.zeros((8, 8, 3), np.uint8), torch.tensor([[1, 1, 5, 6]]), [2], [0.9], {2: "cat"})
    >>> drawing.words
    ['cat 0.90']
    """
    rows = _tensor(boxes_xyxy)
    kinds = _numbers("labels", labels, len(rows))
    sure = _numbers("scores", scores, len(rows))
    words = [_words(at, kinds, sure, names) for at in range(len(rows))]
    styles = [BoxStyle(_color(kinds[at] if kinds else None)) for at in range(len(rows))]
    true_rows, true_kinds = _truth(truth)
    true_words = [_name(kind, names) for kind in true_kinds] or [""] * len(true_rows)
    # the truth below: what the model says about it must stay readable
    together = torch.cat([true_rows.to(rows), rows]) if len(true_rows) else rows
    return Boxed(image, together, true_words + words, [TRUTH] * len(true_rows) + styles)


def boxes(
    image: Any,
    boxes_xyxy: Any,
    labels: Any = None,
    scores: Any = None,
    names: Names | None = None,
    *,
    truth: Any = None,
    title: str = "",
    width: int | None = None,
    compared: str = VALUES,
    alt: str,
) -> Picture:
    """A picture with boxes: a solid line for each, dashed ones for the truth, names and scores on tags.

    Small pictures are enlarged, pixel by pixel.

    Args:
        image: any picture ``to_display`` takes.
        boxes_xyxy: (N, 4) in pixels of the picture; none are ``torch.zeros(0, 4)``.
        labels: (N,) class numbers; each has its colour.
        scores: (N,) how sure, written with two digits.
        names: class number → name, as a list or a mapping; without, the numbers are written.
        truth: what is really there: boxes (M, 4), or a target with "boxes" and perhaps "labels".
        title: a heading.
        width: of the picture in CSS pixels; None takes what reads well.
        compared: ``"structure"`` where another machine need not repeat the places.
        alt: the picture in words.

    Raises:
        InputError: boxes that aren't xyxy, another number of labels or scores, or ``alt`` is empty.
    """
    require_alt(alt)
    drawing = boxed(image, boxes_xyxy, labels, scores, names, truth=truth)
    wide = float(width or min(_LARGEST, max(_SMALLEST, to_display(image).shape[1])))
    tall = wide * drawing.aspect
    legend = _LEGEND if truth is not None else 0
    full = max(wide, _SMALLEST) + 2 * MARGIN
    canvas = Canvas(full, heading_height(title, full) + tall + legend + MARGIN)
    top = canvas.heading(title)
    place = drawing.draw_on(canvas, MARGIN, top, full - 2 * MARGIN, tall)
    if truth is not None:
        _draw_legend(canvas, place[0], place[1] + place[3] + 8)
    return canvas.finish(alt, compared)


def _tensor(rows: Any) -> torch.Tensor:
    return torch.as_tensor(rows).detach().cpu()


def _numbers(name: str, values: Any, count: int) -> list[Any]:
    if values is None:
        return []
    numbers = to_array(values).reshape(-1).tolist()
    if len(numbers) != count:
        raise InputError(name, f"must be one per box ({count})", got=len(numbers))
    return numbers


def _truth(truth: Any) -> tuple[torch.Tensor, list[Any]]:
    if truth is None:
        return torch.zeros(0, 4), []
    if not isinstance(truth, Mapping):
        return _tensor(truth), []
    rows = _tensor(truth["boxes"])
    return rows, _numbers("truth['labels']", truth.get("labels"), len(rows))


def _words(at: int, kinds: list[Any], sure: list[Any], names: Names | None) -> str:
    parts = [_name(kinds[at], names)] if kinds else []
    return " ".join([*parts, f"{sure[at]:.2f}"] if sure else parts)


def _name(kind: Any, names: Names | None) -> str:
    if names is None:
        return str(kind)
    known = names if isinstance(names, Mapping) else dict(enumerate(names))
    return str(known.get(kind, kind))


def _color(kind: Any) -> str:
    return palette.ACCENT if kind is None else _CLASS_COLORS[int(kind) % len(_CLASS_COLORS)]


def _on_paper(box: list[float], size_hw: tuple[int, ...], place: _Place) -> _Place | None:
    """A box in pixels as a rectangle on the sheet, cut off at the edge; None where nothing is left."""
    x, y, width, height = place
    across, down = width / size_hw[1], height / size_hw[0]
    x0, x1 = (min(max(edge, 0), size_hw[1]) for edge in (box[0], box[2]))
    y0, y1 = (min(max(edge, 0), size_hw[0]) for edge in (box[1], box[3]))
    outside = box[2] < 0 or box[3] < 0 or box[0] > size_hw[1] or box[1] > size_hw[0]
    return None if outside else (x + x0 * across, y + y0 * down, (x1 - x0) * across, (y1 - y0) * down)


def _tag(
    canvas: Canvas, words: str, spot: _Place, place: _Place, color: str, taken: Sequence[_Place]
) -> _Place:
    """Words on a plate at a corner of their box where no other plate is; returns the plate."""
    width, height = text_width(words, _TAG, "bold") + 8, _TAG_HEIGHT
    left, top, right, bottom = spot[0], spot[1], spot[0] + spot[2], spot[1] + spot[3]
    corners = [
        (left - 1, top - height), (left, top), (right - width + 1, top - height), (left - 1, bottom),
        (right - width, top), (left, bottom - height), (right - width, bottom - height), (right, top),
    ]  # fmt: skip
    plates = [_inside((x, y, width, height), place) for x, y in corners]
    plate = next((one for one in plates if not any(_meet(one, other) for other in taken)), plates[0])
    fill = palette.darker(color)
    canvas.frame(*plate, color=fill, line=0, fill=fill)
    canvas.text(
        plate[0] + 4, plate[1] + height / 2, words, size=_TAG, weight="bold", color=palette.PAPER,
        va="center_baseline",
    )  # fmt: skip
    return plate


def _inside(plate: _Place, place: _Place) -> _Place:
    x = min(max(plate[0], place[0]), max(place[0], place[0] + place[2] - plate[2]))
    y = min(max(plate[1], place[1]), max(place[1], place[1] + place[3] - plate[3]))
    return x, y, plate[2], plate[3]


def _meet(one: _Place, other: _Place) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def _draw_legend(canvas: Canvas, x: float, y: float) -> None:
    for style, words in ((BoxStyle(), _("predicted")), (TRUTH, _("truth"))):
        canvas.frame(x, y + 2, 26, 15, color=style.color, line=style.line, dashed=style.dash)
        canvas.text(x + 34, y + 15, words)
        x += 34 + text_width(words, TEXT) + 28
