"""Figures on dark pages: the page turns a drawing's lightness around, and leaves photographs as they are.

A figure is stored once, as ink on white paper. Over it lies a sheet that only a dark page makes visible: it
inverts what shines through and turns the hues back, so paper becomes the page's near-black, ink light, and
blue stays blue. Where photographs lie the sheet has holes. So one file is right on both pages, follows a
change of theme at once, and costs some hundred bytes; two variants of each would not fit into a lesson.
Where style sheets are taken out (GitHub, a notebook that JupyterLab doesn't trust), the paper stays white.
"""

from collections.abc import Iterable
from html import escape

import numpy as np
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

__all__ = ["BRIGHTER", "INVERTED", "STYLE", "WHOLE", "Part", "photos_of", "sheet"]

Part = tuple[float, float, float, float]  # left, top, right, bottom: fractions of the picture
WHOLE: Part = (0.0, 0.0, 1.0, 1.0)

BRIGHTER = 1.2  # orange and light blue, turned around, are 3.5:1 on the dark page; so 4.5:1 or better
INVERTED = 1 - 0x11 / 255 / BRIGHTER  # of the way: white becomes #111111, JupyterLab's dark page, in the end
_FILTER = f"invert({INVERTED:.4f}) hue-rotate(180deg) brightness({BRIGHTER})"
# JupyterLab and nbconvert, Sphinx's themes, Colab, Material for MkDocs, VS Code
_DARK = (
    ':is([data-jp-theme-light="false"],[data-theme="dark"],[theme="dark"],[data-md-color-scheme="slate"],'
    ".vscode-dark)"
)
STYLE = (
    "<style>.vislearn-sheet{position:relative;display:inline-block;vertical-align:top}"
    ".vislearn-sheet>img{display:block}"
    ".vislearn-night{display:none;position:absolute;inset:0;pointer-events:none}"
    # browsers round the edges of sheet and figure each for themselves: a line of white paper would stay
    f"@media screen{{{_DARK} .vislearn-sheet{{clip-path:inset(1.5px)}}{_DARK} .vislearn-night{{display:block;"
    f"-webkit-backdrop-filter:{_FILTER};backdrop-filter:{_FILTER}}}}}</style>"
)


def sheet(image: str, photos: Iterable[Part]) -> str:
    """An ``<img>`` with the sheet over it that a dark page makes visible.

    Args:
        image: the ``<img>``, as HTML.
        photos: parts that stay as they are on every page; where it is the whole, no sheet is needed.

    >>> sheet("<img>", [WHOLE])
    '<img>'
    """
    parts = list(photos)
    if WHOLE in parts:
        return image
    cut = f' style="clip-path:{escape(_with_holes(parts), quote=True)}"' if parts else ""
    night = f'<span class="vislearn-night" aria-hidden="true"{cut}></span>'
    return f'{STYLE}<span class="vislearn-sheet">{image}{night}</span>'


def _with_holes(parts: Iterable[Part]) -> str:
    """The whole but for some parts, as one line that comes back to the corner after each."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    for left, top, right, bottom in _disjoint(parts):
        corners += [(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (0.0, 0.0)]
    return f"polygon(evenodd,{','.join(f'{_percent(x)} {_percent(y)}' for x, y in corners)})"


def _disjoint(parts: Iterable[Part]) -> list[Part]:
    """Without parts that lie in others: by the even-odd rule, a hole in a hole would be none."""
    different = list(dict.fromkeys(parts))
    return [one for one in different if not any(_holds(other, one) for other in different if other != one)]


def _holds(outer: Part, inner: Part) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and outer[2] >= inner[2] and outer[3] >= inner[3]


def _percent(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.3f}".rstrip("0").rstrip(".") + "%"


def photos_of(figure: Figure) -> tuple[Part, ...]:
    """Where the pictures of a figure lie that has been drawn, whoever put them there."""
    images = [one for axes in figure.axes for one in axes.images if isinstance(one, AxesImage)]
    return tuple(_part(figure, one) for one in images if one.get_visible())


def _part(figure: Figure, image: AxesImage) -> Part:
    """What of the figure a picture takes up, within its plot."""
    left, right, bottom, top = image.get_extent()
    corners = image.axes.transData.transform([(left, bottom), (right, top)])
    seen = image.axes.bbox
    xs = np.clip(sorted(corners[:, 0]), seen.x0, seen.x1) / figure.bbox.width
    ys = 1 - np.clip(sorted(corners[:, 1]), seen.y0, seen.y1) / figure.bbox.height
    return float(xs[0]), float(ys[1]), float(xs[1]), float(ys[0])
