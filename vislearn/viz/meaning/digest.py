"""What a figure shows, as a small dictionary: two figures that mean the same have about the same digest.

The regression check of the course compares digests instead of pixels, which change with every font. So
nothing here depends on how wide letters are: plots are described in the units of their axes, boxes by their
place on the picture or card below them, pictures by their size and their colours.

Drawing functions say with an artist's ``gid`` what can't be seen from outside, in the words of
:mod:`vislearn.viz.meaning.terms`. Names of lines and bars are their labels, as matplotlib has it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.figure import Figure

from vislearn.viz.meaning.plots import Plot, seen, without_empty
from vislearn.viz.meaning.terms import MEASURED, RANKED, TITLE_TEXT, VALUES

__all__ = ["digest"]


def digest(figure: Figure, size: tuple[int, int], compared: str = VALUES) -> dict[str, Any]:
    """Describe a figure that has been drawn; the result can be written as JSON.

    Args:
        figure: drawn once, so that all limits and places are settled.
        size: width and height in CSS pixels.
        compared: one of ``terms.COMPARED``, explained at :func:`vislearn.viz.render`; written down as it is.
    """
    scale = figure.bbox.width / size[0]  # dots per CSS pixel
    plots = [Plot(axes, scale) for axes in _axes(figure) if axes.get_visible()]
    texts = [text for plot in plots for text in plot.axes.texts] + list(figure.texts)
    said = [(text.get_gid(), text.get_text().strip()) for text in texts if seen(text)]
    found: dict[str, Any] = {
        "compared": compared,
        "size": list(size),
        "title": " ".join(words for role, words in said if role == TITLE_TEXT),
        "words": [words for role, words in said if words and role not in (TITLE_TEXT, MEASURED, RANKED)],
        "numbers": sum(role == MEASURED for role, _words in said),
        "legend": [text.get_text() for legend in figure.legends for text in legend.get_texts()],
        "plots": [shown for plot in plots if (shown := plot.digest())],
    }
    _forget_unwritten(found["plots"], " ".join(words for role, words in said if role == RANKED))
    return without_empty(found)


def _axes(figure: Figure) -> Iterator[Any]:
    for axes in figure.axes:
        yield axes
        yield from axes.child_axes


def _forget_unwritten(plots: Sequence[dict[str, Any]], written: str) -> None:
    """A ranked bar has a name only if it is there to read, however it is broken into lines."""
    letters = "".join(written.split())
    for bar in (bar for plot in plots for bar in plot.get("bars", []) if "ranked" in bar):
        if "".join(bar.get("name", "").split()) not in letters:
            del bar["name"]
