"""Any value as a small picture: an image, a mosaic of a batch, bars for numbers, words for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.display import is_picture, stretched_range, to_array, to_display
from vislearn.viz.drawings import Drawing
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.meaning.terms import MEASURED, RANKED_BAR
from vislearn.viz.numerals import few_digits

__all__ = ["Look", "draw", "look_at"]

_MOSAIC = 4
_CHANNELS = 9  # of a feature map one sees the pattern even when small
_MOST_BARS = 40
_MOST_ROWS = 9  # bars with a name each
_MOST_WORDS = 16


@dataclass(frozen=True)
class Look:
    """How a value is to be drawn.

    Attributes:
        pictures: one picture, or the first few of a batch.
        total: how many pictures there are in all.
        unit: what they are, in the plural: pictures or channels.
        span: what is black and what is white, where pictures share a scale: channels of one layer.
        vector: numbers to draw as bars.
        names: one per number of the vector, if they have names.
        words: text to write.
        drawing: what draws itself, letters included.
    """

    pictures: list[Any] = field(default_factory=list)
    total: int = 0
    unit: str = ""
    span: tuple[float, float] | None = None
    vector: np.ndarray | None = None
    names: tuple[str, ...] = ()
    words: str = ""
    drawing: Drawing | None = None

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
        if self.span is not None:
            return True
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
    if isinstance(value, Drawing):
        return Look(drawing=value)
    found = _pictures(value)
    if found is not None:
        pictures, unit = found
        channels = unit == _("channels")
        shown = [pictures[at] for at in range(min(_CHANNELS if channels else _MOSAIC, len(pictures)))]
        span = _span(np.stack([to_array(one) for one in shown])) if channels else None
        return Look(pictures=shown, total=len(pictures), unit=unit, span=span)
    if isinstance(value, Mapping) and value and all(isinstance(one, float) for one in value.values()):
        return Look(vector=np.array(list(value.values())), names=tuple(map(str, value)))
    if isinstance(value, str) or np.isscalar(value):
        return Look(words=str(value))
    if getattr(value, "shape", None) is not None and not isinstance(value, Image.Image):
        array = to_array(value)
        if array.size == 1 and array.ndim < 2:
            return Look(words=f"{array.item():.4g}" if array.dtype.kind == "f" else str(array.item()))
        if array.size and array.size == max(array.shape):
            return _vector(array.reshape(-1))
    return Look(words=summary or " ".join(str(value).split())[:100])


def _span(channels: np.ndarray) -> tuple[float, float] | None:
    """Black and white where the numbers are none for a screen; a few extremes must not decide."""
    if stretched_range(channels) is None or not np.isfinite(channels).any():
        return None
    lowest, highest = np.quantile(channels[np.isfinite(channels)], [0.005, 0.995])
    return (float(lowest), float(highest)) if lowest < highest else stretched_range(channels)


def _vector(numbers: np.ndarray) -> Look:
    """Bars for measurements; whole numbers are names of classes or samples, and are written out."""
    if numbers.dtype.kind == "f":
        return Look(vector=numbers.astype(float))
    words = ", ".join(str(number) for number in numbers[:_MOST_WORDS].tolist())
    return Look(words=f"{words}, …" if len(numbers) > _MOST_WORDS else words)


def _pictures(value: Any) -> tuple[Any, str] | None:
    """The pictures in a value as something to index, and what to call them; None if there are none."""
    shape = getattr(value, "shape", None)
    if shape is not None and _is_feature_maps(shape):
        return value[:, None], _("channels")
    if is_picture(value):
        return [value], _("pictures")
    if shape is not None:
        if len(shape) == 4 and len(value) and is_picture(value[0]) and not _is_feature_maps(shape[1:]):
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


def _is_feature_maps(shape: Any) -> bool:
    """Small square maps of many channels, whose sides alone might be taken for the colours of (H, W, C)."""
    return len(shape) == 3 and shape[0] > 4 and 1 < shape[1] == shape[2] <= 4


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
    if look.drawing is not None:
        return look.drawing.draw_on(canvas, x, y, width, height)
    if len(look.pictures) == 1:
        place = canvas.fitted(to_display(look.pictures[0]), x, y, width, height)
        canvas.frame(*place)
        return place
    if look.pictures:
        return _mosaic(canvas, _mosaic_pixels(look), x, y, width, height)
    if look.vector is not None and 0 < len(look.names) <= _MOST_ROWS:
        _rows(canvas, look.names, look.vector, x, y, width, height)
    elif look.vector is not None:
        _bars(canvas, look.vector, x, y, width, height, look.names)
    else:
        _words(canvas, look.words, x, y, width, height)
    return x, y, width, height


def _mosaic_pixels(look: Look) -> list[np.ndarray]:
    if look.span is None:
        return [to_display(picture) for picture in look.pictures]
    lowest, highest = look.span
    scaled = [(to_array(one).astype(float) - lowest) / max(highest - lowest, 1e-12) for one in look.pictures]
    return [to_display(one.clip(0, 1)) for one in scaled]


def _mosaic(
    canvas: Canvas, pixels: list[np.ndarray], x: float, y: float, width: float, height: float
) -> tuple[float, float, float, float]:
    gap = 4.0
    columns = 2 if len(pixels) <= _MOSAIC else 3
    aspect = max(one.shape[0] / one.shape[1] for one in pixels)
    rows = -(-len(pixels) // columns)
    w = min((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows / aspect)
    left = x + (width - columns * w - (columns - 1) * gap) / 2
    top = y + (height - rows * w * aspect - (rows - 1) * gap) / 2
    places = [
        canvas.fitted(
            one, left + (at % columns) * (w + gap), top + (at // columns) * (w * aspect + gap), w, w * aspect
        )
        for at, one in enumerate(pixels)
    ]
    for place in places:
        canvas.frame(*place)
    return places[0]


def _rows(
    canvas: Canvas,
    names: tuple[str, ...],
    vector: np.ndarray,
    x: float,
    y: float,
    width: float,
    height: float,
) -> None:
    """Numbers with names: a bar each, from top to bottom in their order."""
    vector = np.nan_to_num(vector)
    whole = bool((vector == vector.round()).all()) and np.abs(vector).max() > 1  # counts, not shares
    texts = [f"{number:.0f}".replace("-", "−") if whole else few_digits(float(number)) for number in vector]
    words = [_shortened(name, 0.46 * width) for name in names]
    before = max(text_width(word) for word in words) + 8
    after = max(text_width(text, TEXT, "bold") for text in texts) + 6
    full, row = max(width - before - after, 12.0), min(34.0, height / len(names))
    longest, top = max(float(np.abs(vector).max()), 1e-12), y + (height - row * len(names)) / 2
    for at, (name, word, number, text) in enumerate(zip(names, words, vector, texts, strict=True)):
        middle = top + (at + 0.5) * row
        size = full * abs(float(number)) / longest
        canvas.text(x + before - 8, middle + 0.36 * TEXT, word, ha="right")
        canvas.bar(
            x + before,
            middle - 0.32 * row,
            size,
            0.64 * row,
            color=palette.ACCENT,
            role=RANKED_BAR,
            name=name,
        )
        canvas.text(x + before + size + 6, middle + 0.36 * TEXT, text, weight="bold", role=MEASURED)


def _shortened(name: str, width: float) -> str:
    """A name that fits: of a dotted one the end says more."""
    while text_width(name) > width and len(name) > 4:
        name = "…" + name.removeprefix("…")[1:]
    return name


def _bars(
    canvas: Canvas,
    vector: np.ndarray,
    x: float,
    y: float,
    width: float,
    height: float,
    names: tuple[str, ...] = (),
) -> None:
    """Numbers as columns from a zero line, the highest one named."""
    vector = np.nan_to_num(vector)
    best = int(np.argmax(vector))
    label = 2 * TEXT * LEADING
    top, bottom = y + label + 10, y + height - 8
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
    where = _("at {name}", name=names[best]) if names else _("at index {index}", index=best)
    value = few_digits(float(vector[best])) if names else f"{vector[best]:.2f}"
    lines = [_("highest: {value}", value=value), _shortened(where, width - 8)]
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
    return " ".join(lines) != " ".join(words.split())
