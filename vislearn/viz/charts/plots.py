"""What charts share: words on a plot, in the letters of the sheet."""

from typing import Any

from matplotlib.axes import Axes

from vislearn.viz import palette
from vislearn.viz.letters import CSS_PT, TEXT, font

__all__ = ["inner_legend", "words_beside"]


def inner_legend(axes: Axes) -> None:
    """The names of what is drawn, inside the plot where most room is."""
    letters = font().copy()
    letters.set_size(TEXT * CSS_PT)
    axes.legend(prop=letters, frameon=False, labelcolor=palette.INK)


def words_beside(
    axes: Axes, at: tuple[float, float], words: str, *, distance: float, color: str, **style: Any
) -> None:
    """Bold words to the right of a point, also outside the plot.

    Args:
        axes: the plot.
        at: the point, in its units.
        words: what to write; a ``$`` is a dollar.
        distance: from the point, CSS pixels.
        color: of the letters.
        style: what else matplotlib's text takes, such as ``va`` and ``gid``.
    """
    axes.annotate(
        words,
        at,
        xytext=(distance * CSS_PT, 0),
        textcoords="offset points",
        fontproperties=font("bold"),
        fontsize=TEXT * CSS_PT,
        color=color,
        annotation_clip=False,
        parse_math=False,
        **style,
    )
