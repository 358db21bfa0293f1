"""The letters of figures: the house's fonts, how wide a text gets in them, and where its lines break."""

import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vislearn.sidecar import words

__all__ = [
    "CSS_DPI",
    "CSS_PT",
    "LEADING",
    "TEXT",
    "font",
    "font_families",
    "font_file",
    "text_width",
    "wrap",
]

CSS_DPI = 96  # a CSS pixel is 1/96 inch, so 11 pt text is 11 pt on the page
CSS_PT = 72 / CSS_DPI  # points per CSS pixel, for matplotlib, which counts in points
TEXT = 15.0  # px; 11.25 pt, legible from the back row at 1000 px
LEADING = 1.32  # line height; Bengali letters reach higher and lower than Latin ones

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
