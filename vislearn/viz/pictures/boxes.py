"""Boxes on a picture, with what they are and how sure; told apart by line and words, not by colour alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.language import translate as _
from vislearn.ops import require_xyxy
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import aspect_of, to_array, to_display
from vislearn.viz.letters import TEXT, text_width
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["BoxStyle", "Boxed", "boxed", "boxes", "placed_box"]

_TAG = 13.0  # px: letters on a tag
_TAG_HEIGHT = 18.0
_LEGEND = 30.0
_SMALLEST, _LARGEST = 420.0, 720.0  # px: how wide a single picture is shown

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
_CLASS_COLORS = [*palette.SERIES[:3], *palette.SERIES[4:]]  # its black is too much like the truth's


@dataclass(frozen=True)
class Boxed:
    """A picture with boxes on it, to be drawn at any size: a drawing for ``viz.panels`` and for steps.

    Attributes:
        image: any picture ``to_display`` takes.
        boxes: (N, 4) xyxy in pixels of ``image``; what lies outside isn't drawn.
        words: one per box, "" for none; or empty.
        numbers: one per box, such as its score, written after the words; or empty. Apart from the words,
            because the regression check lets numbers differ a little from machine to machine.
        styles: one per box; or empty, for the usual one.
        on_paper: ``image`` is white paper, no picture, and turns dark with the page.
    """

    image: Any
    boxes: Any
    words: Sequence[str] = ()
    numbers: Sequence[str] = ()
    styles: Sequence[BoxStyle] = field(default=())
    on_paper: bool = False

    def __post_init__(self) -> None:
        rows = _tensor(self.boxes)
        require_xyxy("boxes", rows)
        for name, given in (
            ("words", self.words),
            ("numbers", self.numbers),
            ("styles", self.styles),
        ):
            if len(given) not in (0, len(rows)):
                raise InputError(name, f"must be one per box ({len(rows)})", got=len(given))

    @property
    def aspect(self) -> float:
        """Height over width."""
        return aspect_of(self.image)

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the picture."""
        pixels = to_display(self.image)
        place = canvas.fitted(pixels, x, y, width, height, drawn=self.on_paper)
        canvas.frame(*place)
        spots = [placed_box(box, pixels.shape[:2], place) for box in _tensor(self.boxes).tolist()]
        styles = self.styles or [BoxStyle()] * len(spots)
        for spot, style in zip(spots, styles, strict=True):
            if spot is not None:
                if not style.faint:
                    canvas.frame(*spot, color=palette.PAPER, line=style.line + 2.5)
                canvas.frame(*spot, color=style.color, line=style.line, dashed=style.dash)
        self._tag_all(canvas, spots, styles, place)
        return place

    def _tag_all(
        self, canvas: Canvas, spots: Sequence[_Place | None], styles: Sequence[BoxStyle], place: _Place
    ) -> None:
        """Boxes on top choose their corners first, and are drawn last."""
        none = [""] * len(spots)
        texts = list(zip(self.words or none, self.numbers or none, strict=True))
        plates: dict[int, _Place] = {}
        for at in reversed(range(len(spots))):
            spot = spots[at]
            if spot is not None and any(texts[at]):
                plates[at] = _plate(texts[at], spot, place, list(plates.values()))
        for at in sorted(plates):
            _tag(canvas, texts[at], plates[at], styles[at].color)


def boxed(
    image: Any,
    boxes_xyxy: Any,
    labels: Any = None,
    scores: Any = None,
    names: ClassNames | None = None,
    *,
    truth: Any = None,
) -> Boxed:
    """A picture and its boxes as a drawing, for ``viz.panels``; arguments as for :func:`boxes`.

    >>> import numpy as np
    >>> gray = np.zeros((8, 8, 3), np.uint8)
    >>> drawing = boxed(gray, torch.tensor([[1, 1, 5, 6]]), [1], [0.9], ["cat", "dog"])
    >>> drawing.words
    ['cat']
    """
    rows = _tensor(boxes_xyxy)
    kinds = _numbers("labels", labels, len(rows))
    sure = _numbers("scores", scores, len(rows))
    words = class_names(names, kinds) or [""] * len(rows)
    numbers = [f"{score:.2f}" for score in sure] or [""] * len(rows)
    styles = [BoxStyle(_color(kinds[at] if kinds else None)) for at in range(len(rows))]
    true_rows, true_kinds = _truth(truth)
    true_words = class_names(names, true_kinds, what="truth['labels']") or [""] * len(true_rows)
    # the truth below: what the model says about it must stay readable
    together = torch.cat([true_rows.to(rows), rows]) if len(true_rows) else rows
    below = len(true_rows)
    return Boxed(image, together, true_words + words, [""] * below + numbers, [TRUTH] * below + styles)


def boxes(
    image: Any,
    boxes_xyxy: Any,
    labels: Any = None,
    scores: Any = None,
    names: ClassNames | None = None,
    *,
    truth: Any = None,
    title: str = "",
    width: int | None = None,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """A picture with boxes: a solid line for each, dashed ones for the truth, names and scores on tags.

    Small pictures are enlarged, pixel by pixel.

    Args:
        image: any picture ``to_display`` takes.
        boxes_xyxy: (N, 4) in pixels of the picture; none are ``torch.zeros(0, 4)``.
        labels: (N,) 1 ... K, as in detection targets; each has its colour.
        scores: (N,) how sure, written with two digits.
        names: of the labels 1 ... K as a list, or label → name; without, the numbers are written.
        truth: what is really there: boxes (M, 4), or a target with "boxes" and perhaps "labels".
        title: a heading.
        width: of the picture in CSS pixels; None takes what reads well.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: boxes that aren't xyxy, another number of labels or scores, a label that a list of names
            doesn't reach, or nobody has words for it.
    """
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


def _color(kind: Any) -> str:
    return palette.ACCENT if kind is None else _CLASS_COLORS[int(kind) % len(_CLASS_COLORS)]


def placed_box(box: list[float], size_hw: tuple[int, ...], place: _Place) -> _Place | None:
    """A box in pixels as a rectangle on the sheet, cut off at the edge; None where nothing is left.

    Args:
        box: xyxy in pixels of the picture.
        size_hw: of the picture.
        place: where the picture stands on the sheet: x, y, width and height in CSS pixels.
    """
    x, y, width, height = place
    across, down = width / size_hw[1], height / size_hw[0]
    x0, x1 = (min(max(edge, 0), size_hw[1]) for edge in (box[0], box[2]))
    y0, y1 = (min(max(edge, 0), size_hw[0]) for edge in (box[1], box[3]))
    outside = box[2] < 0 or box[3] < 0 or box[0] > size_hw[1] or box[1] > size_hw[0]
    return None if outside else (x + x0 * across, y + y0 * down, (x1 - x0) * across, (y1 - y0) * down)


def _plate(texts: Sequence[str], spot: _Place, place: _Place, taken: Sequence[_Place]) -> _Place:
    """Where a tag goes: the corner of its box where it hides least of the other tags."""
    width, height = sum(map(_tag_width, texts)) + (12 if all(texts) else 8), _TAG_HEIGHT
    left, top, right, bottom = spot[0], spot[1], spot[0] + spot[2], spot[1] + spot[3]
    corners = [
        (left - 1, top - height),
        (left, top),
        (right - width + 1, top - height),
        (left - 1, bottom),
        (right - width, top),
        (left, bottom - height),
        (right - width, bottom - height),
        (right, top),
    ]
    plates = [_inside((x, y, width, height), place) for x, y in corners]
    return min(plates, key=lambda one: sum(_shared(one, other) for other in taken))


def _tag(canvas: Canvas, texts: Sequence[str], plate: _Place, color: str) -> None:
    """Words, then a number, on their plate."""
    x, y, width, height = plate
    fill = palette.darker(color)
    canvas.frame(*plate, color=fill, line=0, fill=fill)
    number_left = width - 4 - _tag_width(texts[1])
    for text, left, role in zip(texts, (4, number_left), (None, MEASURED), strict=True):
        if text:
            canvas.text(
                x + left,
                y + height / 2,
                text,
                size=_TAG,
                weight="bold",
                color=palette.PAPER,
                va="center_baseline",
                role=role,
            )


def _tag_width(text: str) -> float:
    return text_width(text, _TAG, "bold") if text else 0.0


def _inside(plate: _Place, place: _Place) -> _Place:
    x = min(max(plate[0], place[0]), max(place[0], place[0] + place[2] - plate[2]))
    y = min(max(plate[1], place[1]), max(place[1], place[1] + place[3] - plate[3]))
    return x, y, plate[2], plate[3]


def _shared(one: _Place, other: _Place) -> float:
    """The area of overlap."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(down, 0.0)


def _draw_legend(canvas: Canvas, x: float, y: float) -> None:
    for style, words in ((BoxStyle(), _("predicted")), (TRUTH, _("truth"))):
        canvas.frame(x, y + 2, 26, 15, color=style.color, line=style.line, dashed=style.dash)
        canvas.text(x + 34, y + 15, words)
        x += 34 + text_width(words, TEXT) + 28
