"""Words of a figure in the learner's language: English in a lesson's code, translated when they are drawn."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter

from vislearn.sidecar import words

__all__ = ["translate_figure"]


def translate_figure(figure: Figure, families: list[str]) -> None:
    """Translate every text of a figure that the lesson's translation knows, ticks that are words included.

    What was laid out by width, such as a heading in lines, was translated before it was measured.

    Args:
        figure: before it is drawn.
        families: fonts that have the letters of both languages.
    """
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FixedFormatter):
            translated = [words(text) for text in formatter.seq]
            if translated != list(formatter.seq):
                formatter.seq = translated
                _set_families(axis.get_ticklabels(), families)
    for text in figure.findobj(Text):
        if (said := words(text.get_text())) != text.get_text():
            text.set_text(said)
            _set_families([text], families)


def _set_families(texts: Any, families: list[str]) -> None:
    for text in texts:
        text.set_fontfamily(families)
