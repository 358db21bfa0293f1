"""What is drawn, as lines of text, and the lines that were looked at once and stored.

A drawing is mostly numbers of its layout, and a test for each of them says nothing that the code doesn't say.
So galleries are drawn, and a paper in the place of matplotlib's writes down every stroke, letter and picture.
All letters are of one width there, so that no edition of a font, or of what draws it, matters.
"""

import difflib
import io
import json
import os
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import ipywidgets
import numpy as np
import pytest
from matplotlib.backend_bases import FigureCanvasBase, RendererBase
from matplotlib.colors import to_hex
from PIL import Image

from vislearn.files import replaced_whole
from vislearn.viz import Picture, letters, picture
from vislearn.viz.letters import CSS_DPI, CSS_PT
from vislearn.viz.meaning.signature import Signature
from vislearn.widgets import Lab

__all__ = ["Baselines", "differences", "drawn"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-\w.−]+|.')  # a text in quotes is one
_FRACTION = re.compile(r"-?\d+\.(\d+)")
_NEAR = 2.5  # of the last digit: rounding, and no more
_INLINE = re.compile(r"data:image/webp;base64,([\w+/=]+)")
_RULES = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_PART = re.compile(r"(?=<(?:div|details|figure|h\d|img|li|nav|ol|p|section|span|table|tr|ul)\b)")
_FEW = 3  # entries of one kind that are told one by one
_TOLD = 12  # lines of one drawing that differ


# -- what is stored


class Baselines:
    """A file of drawings by name.

    Args:
        file: its place.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def __call__(self, name: str, make: Callable[[], Any]) -> None:
        """Compare what a function draws with what is stored.

        Args:
            name: of the drawing.
            make: as for :func:`drawn`.

        Raises:
            AssertionError: it is drawn otherwise.
        """
        if folder := os.environ.get("VISLEARN_LOOK"):
            _look_at(make(), f"{folder}/{name}")
        got = drawn(make)
        if _renewed():
            self._store(self._stored() | {name: got})
        told = differences(self._stored().get(name, []), got)
        assert not told, f"{name} is drawn otherwise than {self.file} says:\n{told}"

    def are(self, names: Iterable[str]) -> bool:
        """Whether these are stored, and no others."""
        if _renewed():
            self._store({name: lines for name, lines in self._stored().items() if name in set(names)})
        return set(self._stored()) == set(names)

    def _stored(self) -> dict[str, list[str]]:
        if not self.file.exists():
            return {}
        parts = [part.splitlines() for part in self.file.read_text("utf-8").split("\n\n")]
        return {name.removeprefix("= "): lines for name, *lines in parts}

    def _store(self, drawings: dict[str, list[str]]) -> None:
        parts = ["\n".join([f"= {name}", *lines]) for name, lines in sorted(drawings.items())]
        with replaced_whole(self.file) as draft:
            draft.write_text("\n\n".join(parts) + "\n", "utf-8", newline="\n")


def _renewed() -> bool:
    return os.environ.get("VISLEARN_RENEW") == "1"


def differences(expected: list[str], got: list[str]) -> str:
    """The first lines that differ by more than rounding, as a diff; empty if none does."""
    if len(expected) == len(got):
        got = [was if _agree(was, now) else now for was, now in zip(expected, got, strict=True)]
    found = [line for line in difflib.unified_diff(expected, got, n=0, lineterm="") if line[:2] != "@@"][2:]
    more = [f"and {len(found) - _TOLD} more"] if len(found) > _TOLD else []
    return "\n".join([*found[:_TOLD], *more])


def _agree(one: str, other: str) -> bool:
    if one.startswith("<"):  # a page, whose numbers are texts
        return one == other
    tokens = _TOKEN.findall(one), _TOKEN.findall(other)
    return one == other or (len(tokens[0]) == len(tokens[1]) and all(map(_near, *tokens)))


def _near(one: str, other: str) -> bool:
    digits = _FRACTION.fullmatch(one)
    if one == other or not (digits and _FRACTION.fullmatch(other)):
        return one == other
    return abs(float(one) - float(other)) <= _NEAR * 10 ** -len(digits[1])


def _look_at(thing: Any, place: str) -> None:
    """Save a picture or a page where a person can look at it; nothing else."""
    if isinstance(thing, Picture):
        thing.save(f"{place}.png")
    if isinstance(thing, str):
        Path(f"{place}.html").write_text(thing, "utf-8")


# -- what is told of a drawing


def drawn(make: Callable[[], Any]) -> list[str]:
    """What a function draws, line by line.

    Args:
        make: returns a picture, a page of HTML or a widget; or yields the states of one in turn, of which the
            later ones tell what is new in them.
    """
    lines: list[str] = []
    with _paper() as sheets:
        things = make()
        for thing in things if isinstance(things, Iterator) else [things]:
            told = [*_told(thing), *(line for sheet in sheets for line in sheet)]
            sheets.clear()
            lines += [line for line in told if line not in lines] if lines else told
    return lines


def _told(thing: Any) -> Iterator[str]:
    if isinstance(thing, Lab):
        yield from _widget(thing.view, "")
        yield f"alt {_text(thing.alt)}"
        yield from _told(thing.fallback)
    elif isinstance(thing, Picture):
        yield f"sheet {thing.width} × {thing.height} {_text(thing.alt)} {_text(thing.caption)}"
        yield from (f"stays {_row(part, 3)}" for part in thing.photos)
        yield from _meaning("means", thing.digest)
    else:
        yield from _html(thing)


def _html(page: str) -> Iterator[str]:
    """A line for each part of a page; rules of style, which are one text, by their digest."""
    pictures: list[str] = []

    def taken_out(found: re.Match[str]) -> str:
        image = Image.open(io.BytesIO(b64decode(found[1])))
        if image.size != (1, 1):  # the sheets themselves are empty, and told elsewhere
            # in tens: what a compression makes of a level is its own affair
            seen = _look(np.asarray(image.convert("RGB"), float) / 10)
            pictures.append(f"holds {image.width} × {image.height} like {seen}")
        return "…"

    page = _RULES.sub(lambda found: f"<style {crc32(found[1].encode()):08x}>", page)
    lines = _PART.sub("\n", _INLINE.sub(taken_out, page)).splitlines()
    yield from (line for line in map(str.rstrip, lines) if line)
    yield from pictures


def _widget(widget: ipywidgets.Widget, margin: str) -> Iterator[str]:
    """A widget and all it holds: what isn't as it is by default."""
    state = widget.get_state(drop_defaults=True)
    page = isinstance(widget, ipywidgets.HTML) and state.pop("value", "")
    shown = {
        name: value
        for name, value in sorted(state.items())
        if (name == "_dom_classes" and value)
        or not (name.startswith("_") or name in ("layout", "style", "children"))
    }
    if isinstance(widget, ipywidgets.Dropdown):
        shown["options"] = dict(widget.options)
    yield f"{margin}{type(widget).__name__} {_plain(shown)}".rstrip()
    for part in ("layout", "style"):
        of = getattr(widget, part, None)
        of = of.get_state(drop_defaults=True) if of is not None else {}
        if told := {name: value for name, value in sorted(of.items()) if not name.startswith("_") and value}:
            yield f"{margin}  {part} {_plain(told)}"
    if page:
        yield from _html(page)
    for child in getattr(widget, "children", ()):
        yield from _widget(child, margin + "  ")


def _meaning(path: str, value: Any) -> Iterator[str]:
    """A digest, a line for each of its parts."""
    if isinstance(value, dict) and path.count(" ") < 4:
        for name, part in value.items():
            yield from _meaning(f"{path} {name}", part)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        if len(value) > _FEW:
            yield f"{path} {_summed([_plain(part) for part in value])}"
            return
        for at, part in enumerate(value):
            yield from _meaning(f"{path} {at}", part)
    elif value != []:
        yield f"{path} {_plain(value)}"


def _summed(lines: list[str]) -> str:
    """Many lines as one: how many, a number for their words, a sum of their numbers."""
    numbers = [float(found[0]) for found in _FRACTION.finditer(" ".join(lines))]
    words = crc32(_FRACTION.sub("#", " ".join(lines)).encode())
    return f"× {len(lines)} like {words:08x} sum {_row([_weights(len(numbers)) @ numbers], 2)}"


def _plain(value: Any) -> str:
    match value:
        case {"look": str(look), **rest}:
            signature = Signature.decode(look)
            parts = (signature.columns, signature.rows, signature.cells.reshape(-1, 3))
            means = [number for part in parts for number in _slope(len(part)) @ part]
            return f"{_plain(rest)} look {_row([*signature.mean, *means], 1)}"
        case dict():
            return " ".join(f"{name} {_plain(part)}" for name, part in value.items())
        case [list(), list(), list(), *_more] if not any(None in row for row in value):  # points of a curve
            points = np.array(value)
            return f"{len(value)} × {len(value[0])} sums {_row(_weights(len(points)) @ points, 3)}"
        case list() | tuple():
            return f"[{', '.join(map(_plain, value))}]"
        case str():
            return _text(value)
        case float():
            return f"{value:.3f}"
    return repr(value)


def _text(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)


def _row(numbers: Any, digits: int) -> str:
    """Numbers beside each other; no negative nothing."""
    return " ".join(f"{round(float(number), digits) + 0.0:.{digits}f}" for number in numbers)


def _slope(count: int) -> np.ndarray:
    """From -1 to 1, for means that tell left from right: they add up to 0."""
    return np.linspace(-1, 1, count) / count


def _weights(count: int) -> np.ndarray:
    """For sums that tell which number changed places with which."""
    return 1 + np.arange(count) % 7 / 7


def _look(pixels: np.ndarray) -> str:
    """A picture's mean colour, its slopes across and down, and how much neighbours differ."""
    shades = pixels.astype(float)
    slopes = [_slope(shades.shape[1]) @ shades.mean(0), _slope(shades.shape[0]) @ shades.mean(1)]
    rough = [np.abs(np.diff(shades, axis=axis)).sum() / shades.size for axis in (1, 0)]
    return _row([*shades.mean((0, 1)), *slopes[0], *slopes[1], *rough], 1)


# -- the paper


@contextmanager
def _paper() -> Iterator[list[list[str]]]:
    """Within, sheets are not drawn but told: a list of lines for each."""
    sheets: list[list[str]] = []

    class Paper(FigureCanvasBase):
        def draw(self, *_arguments: Any, **_options: Any) -> None:
            pen = _Pen(self.figure)
            self.figure.draw(pen)
            sheets.append([*pen.told()])

        def buffer_rgba(self) -> np.ndarray:
            return np.zeros((1, 1, 4), np.uint8)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture, "FigureCanvasAgg", Paper)
        patch.setattr(letters, "_ruler", lambda: _Ruler())
        letters._width.cache_clear()
        yield sheets
    letters._width.cache_clear()


class _Ruler:
    """Measures text at 96 dots an inch: every letter is as wide as every other."""

    dpi = CSS_DPI

    def get_text_width_height_descent(self, text: str, font: Any, _ismath: Any) -> tuple[float, float, float]:
        """As renderers do."""
        size = font.get_size_in_points() * self.dpi / 72
        share = 0.64 if font.get_weight() == "bold" else 0.56
        return share * size * len(text), size, 0.2 * size


class _Pen(_Ruler, RendererBase):
    """Keeps what it is to draw, in CSS pixels from the top left: what is of one kind, together.

    Of what stands side by side only neighbours are of one kind; of an axis, all its strokes and numbers.
    """

    def __init__(self, figure: Any) -> None:
        super().__init__()
        self.dpi = figure.dpi
        self._scale, self._height = figure.dpi / CSS_DPI, figure.bbox.height
        self._size = figure.bbox.width, figure.bbox.height
        self._runs: list[_Run] = []
        self._axis = 0  # where the runs of the present one begin; 0: there is none

    def told(self) -> Iterator[str]:
        """A line for each run."""
        return map(str, self._runs)

    def open_group(self, s: str, gid: Any = None) -> None:
        """Something begins: of interest is an axis."""
        self._axis = len(self._runs) if s == "matplotlib.axis" else self._axis

    def close_group(self, s: str) -> None:
        """It ends."""
        self._axis = 0 if s == "matplotlib.axis" else self._axis

    def _keep(self, kind: str, points: Any, words: str = "") -> None:
        points = np.atleast_2d(points) / self._scale
        found = [run for run in self._runs[self._axis or -1 :] if run.kind == kind]
        if not found:
            found = [_Run(kind, [], [])]
            self._runs += found
        found[0].parts.append(points)
        found[0].words.extend([words] if words else [])

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """A shape, a line, a marker."""
        points = transform.transform(path.vertices)
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) and (kind := _stroke(gc, rgbFace)):
            self._keep(kind, points * [1, -1] + [0, self._height])

    def draw_image(self, gc: Any, x: float, y: float, im: np.ndarray, transform: Any = None) -> None:
        """A picture, laid on white."""
        alpha, top = im[..., 3:] / 255, self._height - y - im.shape[0]
        shown = im[..., :3] * alpha + 255 * (1 - alpha)
        corners = [(x, top), (x + im.shape[1], top + im.shape[0])]
        self._keep(f"picture like {_look(shown)}", corners)

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """A line of text."""
        size, turned = _row([prop.get_size_in_points() / CSS_PT], 1), f" turned {angle:.0f}" if angle else ""
        self._keep(f"{prop.get_weight()} {size} {_paint(gc.get_rgb())}{turned}", (x, y), s)

    def get_canvas_width_height(self) -> tuple[float, float]:
        """In dots."""
        return self._size

    def points_to_pixels(self, points: Any) -> Any:
        """As dots."""
        return points * self.dpi / 72

    def option_image_nocomposite(self) -> bool:
        """Pictures stay apart."""
        return True


@dataclass
class _Run:
    """What was drawn in one way."""

    kind: str
    parts: list[np.ndarray]
    words: list[str]

    def __str__(self) -> str:
        said = " ".join(map(_text, self.words))
        points = np.concatenate(self.parts)
        if len(points) == 1:
            return f"{said} {self.kind} at {_row(points[0], 1)}".strip()
        sums = _weights(len(points)) @ points
        count = f"{len(self.parts)} × {len(points) / len(self.parts):g}: "
        box = _row([*points.min(0), *points.max(0)], 1)
        return f"{said} {'' if said else count}{self.kind} in {box} sums {_row(sums, 1)}".strip()


def _stroke(gc: Any, fill: Any) -> str:
    """How a shape is painted; empty where nothing is."""
    told = []
    alpha = [gc.get_alpha()] if gc.get_forced_alpha() else []
    if fill is not None and (paint := _paint([*fill[:3], *alpha] if alpha else fill)):
        told.append(f"fill {paint}")
    if gc.get_linewidth() > 0 and (paint := _paint(gc.get_rgb())):
        _start, dashes = gc.get_dashes()
        dashed = f" dashes {_row(np.divide(dashes, CSS_PT), 1)}" if dashes else ""
        told.append(f"line {paint} {_row([gc.get_linewidth() / CSS_PT], 1)} {gc.get_capstyle()}{dashed}")
    free = [] if gc.get_clip_rectangle() is not None else ["over the edge"]
    return ", ".join([*told, *free]) if told else ""


def _paint(color: Any) -> str:
    """#rrggbb, and aa where it isn't opaque; empty where nothing is seen."""
    opacity = [*color, 1.0][3]
    return to_hex(color, keep_alpha=opacity < 1) if opacity > 0 else ""
