"""A class for each pixel, drawn over its picture: tints, edges, stripes where nothing counts, a legend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import aspect_of, to_display
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.mask_legend import (
    LegendEntry,
    class_colors,
    class_legend,
    draw_legend,
    label_image,
    legend_height,
    names_from_zero,
)
from vislearn.viz.pictures.mask_pixels import enlarged, striped, tinted

__all__ = ["Masked", "overlaid", "overlay", "require_same_size", "with_legend"]

_SMALLEST, _LARGEST, _TALLEST = 420.0, 720.0, 540.0  # px: how wide and how tall a single picture is shown

_Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Masked:
    """A picture with its classes on it, to be drawn at any size: a drawing for ``viz.panels`` and for steps.

    Attributes:
        image: any picture ``to_display`` takes.
        labels: (H, W) whole numbers, as large as ``image``.
        colors: label → #rrggbb; what isn't in it stays as it is.
        alpha: how much of the colours is seen, 0..1.
        outlined: regions have an edge.
        hatched: these labels are striped: void.
    """

    image: Any
    labels: Any
    colors: Mapping[int, str] = field(default_factory=dict)
    alpha: float = 0.5
    outlined: bool = True
    hatched: Sequence[int] = (255,)

    def __post_init__(self) -> None:
        require_same_size("mask", label_image(self.labels), to_display(self.image))
        if not 0 <= self.alpha <= 1:
            raise InputError("alpha", "must lie in 0..1: how much of the colour is seen", got=self.alpha)

    @property
    def aspect(self) -> float:
        """Height over width."""
        return aspect_of(self.image)

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the picture."""
        pixels, labels = enlarged(
            to_display(self.image), label_image(self.labels), min(width, height / self.aspect)
        )
        shown = tinted(pixels, labels, self.colors, alpha=self.alpha, outlined=self.outlined)
        void = np.isin(labels, list(self.hatched))
        place = canvas.fitted(striped(shown, void) if void.any() else shown, x, y, width, height)
        canvas.frame(*place)
        return place


def require_same_size(name: str, labels: np.ndarray, pixels: np.ndarray) -> None:
    """Refuse a mask of another size than its picture.

    Raises:
        InputError: the sizes differ.
    """
    if labels.shape != pixels.shape[:2]:
        sizes = [f"{shape[0]}×{shape[1]}" for shape in (pixels.shape, labels.shape)]
        raise InputError(
            name,
            f"must be as large as the picture, {sizes[0]} (height×width)",
            got=sizes[1],
            fix="Resize both together, or scores back to the picture before argmax.",
        )


def overlaid(
    picture: Any,
    mask: Any,
    *,
    classes: ClassNames | None = None,
    colors: Sequence[Sequence[int]] | None = None,
    alpha: float = 0.5,
    outlined: bool = True,
    ignore_index: int = 255,
) -> Masked:
    """A picture and its mask as a drawing, for ``viz.panels``; arguments as for :func:`overlay`.

    >>> gray = np.zeros((8, 8, 3), np.uint8)
    >>> overlaid(gray, np.eye(8, dtype=int), classes=["background", "line"]).colors
    {1: '#E69F00'}
    """
    names = names_from_zero(classes, label_image(mask), ignore_index)
    return Masked(picture, mask, class_colors(names, colors), alpha, outlined, (ignore_index,))


def overlay(
    picture: Any,
    mask: Any,
    *,
    classes: ClassNames | None = None,
    colors: Sequence[Sequence[int]] | None = None,
    alpha: float = 0.5,
    outlined: bool = True,
    ignore_index: int = 255,
    title: str = "",
    width: int | None = None,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """A picture with a colour for each class, edges, stripes where pixels are void, and a legend.

    A class has the same colour in every figure. The background is left as it is: class 0, where it is called
    so or where nobody names the classes. Small pictures are enlarged, pixel by pixel; edges and letters stay
    as wide as they are.

    Args:
        picture: any picture ``to_display`` takes.
        mask: whole numbers (H, W), 0 ... K-1 and ``ignore_index``.
        classes: names of 0 ... K-1, the background first where there is one, or label → name; None writes
            numbers.
        colors: (red, green, blue) of 0 ... K-1, such as ``dataset.colors``; None takes colours that
            colour-blind eyes can tell apart, twelve before they begin again.
        alpha: how much of the colours is seen, 0..1.
        outlined: regions have an edge.
        ignore_index: the number that means void.
        title: a heading.
        width: of the picture in CSS pixels; None takes what reads well.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or lists the classes.

    Raises:
        InputError: a mask of another size or with fractions, a number that ``classes`` doesn't reach, fewer
            colours than names, or ``alpha`` outside 0..1.

    >>> overlay(np.zeros((8, 8, 3), np.uint8), np.eye(8, dtype=int), classes=["background", "line"]).alt
    'A picture whose pixels are coloured by their class: line.'
    """
    drawing = overlaid(
        picture,
        mask,
        classes=classes,
        colors=colors,
        alpha=alpha,
        outlined=outlined,
        ignore_index=ignore_index,
    )
    entries = class_legend(
        names_from_zero(classes, label_image(mask), ignore_index),
        drawing.colors,
        label_image(mask),
        ignore_index,
    )
    listed = ", ".join(entry.words for entry in entries) or _("nothing")
    told = _("A picture whose pixels are coloured by their class: {classes}.", classes=listed)
    return with_legend(drawing, entries, title=title, width=width, compared=compared, alt=alt, told=told)


def with_legend(
    drawing: Any,
    entries: Sequence[LegendEntry],
    *,
    title: str,
    width: int | None,
    compared: str,
    alt: str,
    told: str,
) -> Picture:
    """One drawing on a sheet, its legend below.

    Args:
        drawing: a :class:`Masked`, or another with an ``image``.
        entries: of the legend.
        title: as for :func:`overlay`.
        width: likewise.
        compared: likewise.
        alt: likewise.
        told: the words where there are no others.
    """
    wide = float(width or min(_LARGEST, max(_SMALLEST, to_display(drawing.image).shape[1])))
    wide = wide if width else min(wide, _TALLEST / drawing.aspect)
    full = max(wide, _SMALLEST) + 2 * MARGIN
    tall = wide * drawing.aspect
    legend = legend_height(entries, full - 2 * MARGIN)
    canvas = Canvas(full, heading_height(title, full) + tall + legend + MARGIN)
    top = canvas.heading(title)
    place = drawing.draw_on(canvas, MARGIN, top, full - 2 * MARGIN, tall)
    draw_legend(canvas, entries, MARGIN, place[1] + place[3] + 8, full - 2 * MARGIN)
    return canvas.finish(alt, compared, told=told)
