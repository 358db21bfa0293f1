"""A pad to draw on: mouse, touch, pen or keyboard."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import anywidget
import traitlets
from PIL import Image, ImageDraw

from vislearn.datasets import digits
from vislearn.errors import InputError
from vislearn.io import read_pil
from vislearn.language import translate as _
from vislearn.viz import grid
from vislearn.widgets.lab import framed
from vislearn.widgets.own import OwnPicture

__all__ = ["DrawingPad", "draw", "drawn"]

_HERE = Path(__file__).parent
_BUNDLED = "3"
_PEN = 0.08  # of the pad's side
_FINE = 8  # pixels drawn per pixel of the result, along each side: smooth edges
# The bundled digits fill their picture, in strokes this thick, and were scanned in 8 × 8 pixels. Six small
# networks trained on them read .90 to 1.00 of 400 drawings made like that, .16 to .24 of the same as drawn.
_DIGIT_PEN, _DIGIT_FILLED, _DIGIT_PIXELS = 0.15, 0.94, 8
Stroke = Sequence[Sequence[float]]


class _Pad(anywidget.AnyWidget):
    """The part in the browser: nothing but strokes in and out."""

    _esm = (_HERE / "pad.js").read_text(encoding="utf-8")
    _css = (_HERE / "pad.css").read_text(encoding="utf-8")
    strokes: traitlets.List = traitlets.List().tag(sync=True)
    size = traitlets.Int().tag(sync=True)
    pen = traitlets.Float(_PEN).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)


class DrawingPad(OwnPicture):
    """A black pad and a white pen."""

    def __init__(self, size: int = 280) -> None:
        if not 100 <= size <= 600:
            raise InputError("size", "must be 100 to 600 CSS pixels", got=size)
        words = {
            "label": _("A pad to draw on."),
            "keys": _(
                "By keyboard: arrow keys move the pen, Space puts it down and lifts it, Z undoes, C clears."
            ),
            "empty": _("Draw with mouse, finger or pen."),
            "down": _("The pen is down: the arrow keys draw."),
            "up": _("The pen is up: the arrow keys move it."),
            "undo": _("Undo"),
            "clear": _("Clear"),
        }
        self._pad = _Pad(size=size, words=words)
        self._pad.observe(self._changed, names="strokes")
        alt = _("A pad to draw on; until then, a handwritten {digit} stands in.", digit=_BUNDLED)
        bundled = grid([_bundled_digit()], alt=alt)
        super().__init__(framed([], self._pad), bundled, alt, _("Run this cell to draw."))

    @property
    def strokes(self) -> list[list[list[float]]]:
        """What was drawn: per stroke its points (x, y), as fractions of the pad's side from the top left."""
        return self._pad.strokes

    @strokes.setter
    def strokes(self, strokes: Sequence[Stroke]) -> None:
        self._pad.strokes = [[list(point) for point in stroke] for stroke in strokes]

    def picture(self, side: int = 32, *, as_drawn: bool = False) -> Image.Image:
        """The drawing, white on black, in mode RGB; a bundled digit where nothing was drawn.

        Args:
            side: height and width of the picture, in pixels.
            as_drawn: False makes it like the bundled digits, which a network trained on them needs: moved to
                the middle, enlarged until it fills the picture, thick, and as coarse as they are. True leaves
                it where, as small and as thin as it was drawn.
        """
        if not self.strokes:
            return _bundled_digit().resize((side, side), Image.Resampling.BICUBIC)
        if as_drawn:
            return drawn(self.strokes, side)
        coarse = drawn(_framed(self.strokes), _DIGIT_PIXELS, _DIGIT_PEN)
        return coarse.resize((side, side), Image.Resampling.BICUBIC)


def draw(size: int = 280) -> DrawingPad:
    """A pad to draw on; ``picture()`` gives the drawing, or a bundled digit where there is none.

    Args:
        size: of the pad, in CSS pixels.

    Raises:
        InputError: ``size`` is not between 100 and 600.

    >>> pad = draw()
    >>> pad.strokes = [[(0.5, 0.2), (0.5, 0.8)]]
    >>> pad.picture(as_drawn=True).getpixel((16, 16))
    (255, 255, 255)
    """
    return DrawingPad(size)


def drawn(strokes: Sequence[Stroke], side: int, pen: float = _PEN) -> Image.Image:
    """Strokes as a picture in mode RGB, white on black.

    Args:
        strokes: per stroke its points (x, y) in 0..1.
        side: height and width, in pixels.
        pen: the width of a line, as a fraction of the side.

    >>> drawn([[(0.5, 0.5)]], 9, pen=0.3).getpixel((4, 4))
    (255, 255, 255)
    """
    large = side * _FINE
    radius = pen * large / 2
    image = Image.new("L", (large, large))
    canvas = ImageDraw.Draw(image)
    for stroke in strokes:
        points = [(x * large, y * large) for x, y in stroke]
        canvas.line(points, fill=255, width=round(2 * radius))
        for x, y in points:  # round ends and joints
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return image.resize((side, side), Image.Resampling.BOX).convert("RGB")


def _framed(strokes: Sequence[Stroke]) -> list[list[tuple[float, float]]]:
    """The same strokes in the middle, as large as a bundled digit."""
    xs, ys = ([point[axis] for stroke in strokes for point in stroke] for axis in (0, 1))
    extent = max(max(xs) - min(xs), max(ys) - min(ys))
    scale = (_DIGIT_FILLED - _DIGIT_PEN) / max(extent, _DIGIT_PEN)
    middle_x, middle_y = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return [[(0.5 + (x - middle_x) * scale, 0.5 + (y - middle_y) * scale) for x, y in one] for one in strokes]


@cache
def _bundled_digit() -> Image.Image:
    return read_pil(min((digits("val") / _BUNDLED).iterdir()))
