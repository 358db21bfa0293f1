"""Any value as a small picture: an image, a mosaic of a batch, bars for a vector, words for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import LEADING, TEXT, Canvas, wrap
from vislearn.viz.display import is_picture, stretched_range, to_array, to_display

__all__ = ["Look", "draw", "look_at"]

_MOSAIC = 4
_MOST_BARS = 40
_MOST_WORDS = 16


@dataclass(frozen=True)
class Look:
    """How a value is to be drawn.

    Attributes:
        pictures: one picture, or the first few of a batch.
        total: how many pictures there are in all.
        unit: what they are, in the plural: pictures or channels.
        vector: numbers to draw as bars.
        words: text to write.
    """

    pictures: list[Any] = field(default_factory=list)
    total: int = 0
    unit: str = ""
    vector: np.ndarray | None = None
    words: str = ""

    @property
    def left_out(self) -> str:
        """How many of the pictures are shown, where not all are."""
        if self.total <= len(self.pictures):
            return ""
        return _(
            "{shown} of {total} {unit} shown", shown=len(self.pictures), total=self.total, unit=self.unit
        )

    @property
    def stretched(self) -> bool:
        """Does what is shown differ from the numbers: is their range not one a screen has?"""
        return bool(self.pictures) and stretched_range(self.pictures[0]) is not None


def look_at(value: Any, summary: str = "") -> Look:
    """Decide how a value is drawn.

    Args:
        value: anything.
        summary: what to write where nothing can be drawn and the value itself is too long.

    >>> look_at(np.zeros((32, 3, 8, 8))).left_out
    '4 of 32 pictures shown'
    >>> look_at("tabby cat").words
    'tabby cat'
    """
    found = _pictures(value)
    if found is not None:
        pictures, unit = found
        return Look(
            pictures=[pictures[at] for at in range(min(_MOSAIC, len(pictures)))],
            total=len(pictures),
            unit=unit,
        )
    if isinstance(value, str) or np.isscalar(value):
        return Look(words=str(value))
    if getattr(value, "shape", None) is not None and not isinstance(value, Image.Image):
        array = to_array(value)
        if array.size == 1 and array.ndim < 2:
            return Look(words=f"{array.item():.4g}" if array.dtype.kind == "f" else str(array.item()))
        if array.size and array.size == max(array.shape):
            return _vector(array.reshape(-1))
    return Look(words=summary or " ".join(str(value).split())[:100])


def _vector(numbers: np.ndarray) -> Look:
    """Bars for measurements; whole numbers are names of classes or samples, and are written out."""
    if numbers.dtype.kind == "f":
        return Look(vector=numbers.astype(float))
    words = ", ".join(str(number) for number in numbers[:_MOST_WORDS].tolist())
    return Look(words=f"{words}, …" if len(numbers) > _MOST_WORDS else words)


def _pictures(value: Any) -> tuple[Any, str] | None:
    """The pictures in a value as something to index, and what to call them; None if there are none."""
    if is_picture(value):
        return [value], _("pictures")
    shape = getattr(value, "shape", None)
    if shape is not None:
        if len(shape) == 4 and len(value) and is_picture(value[0]):
            return value, _("pictures")
        if len(shape) == 4 and len(value):
            return _pictures(value[0])
        if len(shape) == 3 and len(value) and is_picture(value[0]):
            return value, _("channels")
        return None
    if isinstance(value, Mapping):
        return next((found for part in value.values() if (found := _pictures(part))), None)
    if isinstance(value, (list, tuple)) and len(value):
        first = [_pictures(part) for part in value[:_MOSAIC]]
        if all(found and len(found[0]) == 1 for found in first) and not _is_pair(value):
            return _Firsts(value), _("pictures")
        return first[0]
    return None


def _is_pair(value: Any) -> bool:
    """A picture and its target (a mask, say) are one thing to look at, not two."""
    return isinstance(value, tuple) and len(value) == 2


class _Firsts:
    """The picture of each sample, looked up when asked for: a batch of thousands costs nothing."""

    def __init__(self, samples: Any) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, at: int) -> Any:
        found = _pictures(self._samples[at])
        return found[0][0] if found else np.zeros((4, 4), np.uint8)


def draw(
    canvas: Canvas, look: Look, x: float, y: float, width: float, height: float
) -> tuple[float, float, float, float]:
    """Draw a look into a rectangle; returns the rectangle its (first) picture took."""
    if len(look.pictures) == 1:
        place = canvas.fitted(to_display(look.pictures[0]), x, y, width, height)
        canvas.frame(*place)
        return place
    if look.pictures:
        return _mosaic(canvas, look.pictures, x, y, width, height)
    if look.vector is not None:
        _bars(canvas, look.vector, x, y, width, height)
    else:
        _words(canvas, look.words, x, y, width, height)
    return x, y, width, height


def _mosaic(
    canvas: Canvas, pictures: list[Any], x: float, y: float, width: float, height: float
) -> tuple[float, float, float, float]:
    gap = 4.0
    pixels = [to_display(picture) for picture in pictures]
    aspect = max(one.shape[0] / one.shape[1] for one in pixels)
    rows = -(-len(pixels) // 2)
    w = min((width - gap) / 2, (height - gap * (rows - 1)) / rows / aspect)
    left, top = x + (width - 2 * w - gap) / 2, y + (height - rows * w * aspect - (rows - 1) * gap) / 2
    places = [
        canvas.fitted(one, left + (at % 2) * (w + gap), top + (at // 2) * (w * aspect + gap), w, w * aspect)
        for at, one in enumerate(pixels)
    ]
    for place in places:
        canvas.frame(*place)
    return places[0]


def _bars(canvas: Canvas, vector: np.ndarray, x: float, y: float, width: float, height: float) -> None:
    """Numbers as columns from a zero line, the highest one named."""
    vector = np.nan_to_num(vector)
    best = int(np.argmax(vector))
    label = 2 * TEXT * LEADING
    top, bottom = y + label + 4, y + height - 8
    lowest, highest = min(0.0, float(vector.min())), max(0.0, float(vector.max()))
    scale = (bottom - top) / max(highest - lowest, 1e-12)
    zero = bottom + lowest * scale
    step = (width - 24) / len(vector)
    if len(vector) > _MOST_BARS:
        canvas.curve(
            x + 12 + (np.arange(len(vector)) + 0.5) * step, zero - vector * scale, color=palette.ACCENT
        )
    else:
        for at, number in enumerate(vector):
            color = palette.ACCENT if at == best else palette.REST
            size = abs(number) * scale
            canvas.bar(
                x + 12 + (at + 0.1) * step, zero - max(number, 0) * scale, 0.8 * step, size, color=color
            )
    canvas.curve(np.array([x + 10, x + width - 10]), np.array([zero, zero]), color=palette.MUTED, line=1)
    centre = x + width / 2
    lines = [_("highest: {value}", value=f"{vector[best]:.2f}"), _("at index {index}", index=best)]
    for at, line in enumerate(lines):
        canvas.text(centre, y + 6 + TEXT + at * TEXT * LEADING, line, ha="center", color=palette.INK)


def _words(canvas: Canvas, words: str, x: float, y: float, width: float, height: float) -> None:
    """Text as large as fits."""
    lines: list[str] = []
    size = TEXT
    for size in (26.0, 21.0, 18.0, 16.0, TEXT):
        lines = wrap(words, width - 20, size, "bold")
        if len(lines) * size * LEADING <= height - 16 and not _splits_a_word(words, lines):
            break
    room = int((height - 8) / (size * LEADING))
    if len(lines) > room:
        lines = [*lines[: room - 1], "…"]
    top = y + (height - len(lines) * size * LEADING) / 2
    canvas.lines(x + width / 2, top, lines, size=size, weight="bold", ha="center", color=palette.INK)


def _splits_a_word(words: str, lines: list[str]) -> bool:
    return len(lines) > 1 and " ".join(lines) != " ".join(words.split())
