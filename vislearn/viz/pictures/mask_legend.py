"""Which class has which colour, and the legend that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.display import to_array
from vislearn.viz.letters import TEXT, text_width
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import SCALE
from vislearn.viz.pictures.mask_pixels import striped

__all__ = [
    "LegendEntry",
    "class_colors",
    "class_legend",
    "draw_legend",
    "is_background",
    "label_image",
    "legend_height",
    "names_from_zero",
]

_SWATCH, _ROW, _GAP = (26.0, 16.0), 26.0, 22.0
_MOST_NAMES = 12  # in a legend; of more, those that are on the picture
_BACKGROUND = ("", "background", "__background__")


@dataclass(frozen=True)
class LegendEntry:
    """One part of a legend: a colour, or stripes, and what it means.

    Attributes:
        words: what it means.
        color: #rrggbb.
        hatched: stripes of this colour.
        number: such as a share, written after the words; apart from them, because numbers may differ a
            little from machine to machine.
    """

    words: str
    color: str = palette.INK
    hatched: bool = False
    number: str = ""

    @property
    def width(self) -> float:
        """In CSS pixels."""
        number = text_width(self.number, TEXT, "bold") + 6 if self.number else 0
        return _SWATCH[0] + 7 + text_width(self.words, TEXT) + number


def label_image(mask: Any, *, name: str = "mask") -> np.ndarray:
    """A mask as whole numbers (H, W); one channel in front is left out.

    Args:
        mask: tensor or array.
        name: what to call it in the sentence.

    Raises:
        InputError: another shape, or numbers that aren't whole.
    """
    array = to_array(mask)
    array = array[0] if array.ndim == 3 and array.shape[0] == 1 else array
    if array.ndim != 2 or array.size == 0:
        fix = "Scores (K, H, W)? scores.argmax(0)." if array.ndim == 3 else ""
        raise InputError(name, "must be one number for each pixel, (H, W)", got=array.shape, fix=fix)
    if array.dtype.kind == "f" and not (array == np.floor(array)).all():
        raise InputError(
            name, "must hold whole numbers", got="fractions", fix="Probabilities? mask > 0.5, or argmax."
        )
    return array.astype(np.int64)


def names_from_zero(
    classes: ClassNames | None, labels: np.ndarray, ignore_index: int, *, name: str = "mask"
) -> dict[int, str]:
    """Class → name, void left out; class 0 has no name where nobody names the classes.

    Args:
        classes: a list of the names of 0 ... K-1, a mapping, or None.
        labels: int (H, W).
        ignore_index: the number that means void.
        name: what to call the mask in the sentence.

    Raises:
        InputError: a single word, or a number without a name.
    """
    if isinstance(classes, str):
        raise InputError("classes", "must be a list of names, or label → name", got=repr(classes))
    present = [number for number in np.unique(labels).tolist() if number != ignore_index]
    if classes is None:
        return {number: str(number) if number else "" for number in present}
    pairs = classes.items() if isinstance(classes, Mapping) else enumerate(classes)
    names = {int(number): str(word) for number, word in pairs if number != ignore_index}
    for number in present:
        if number not in names:
            raise InputError(
                name,
                f"must hold numbers of the {len(names)} classes that have a name, or {ignore_index} for void",
                got=number,
                fix="classes names all of them, the background first.",
            )
    return names


def is_background(names: Mapping[int, str], label: int) -> bool:
    """Is this the class of what is nothing in particular? Only 0 is, and only if it is called so."""
    return label == 0 and names.get(0, "").casefold() in _BACKGROUND


def class_colors(names: Mapping[int, str], colors: Sequence[Sequence[int]] | None) -> dict[int, str]:
    """Class → #rrggbb, the background left out.

    Args:
        names: class → name.
        colors: (red, green, blue) of 0 ... K-1; None takes the house's.

    Raises:
        InputError: fewer colours than classes.
    """
    if colors is not None and names and len(colors) <= max(names):
        raise InputError("colors", f"must be one for each of the classes 0 ... {max(names)}", got=len(colors))
    return {
        label: palette.class_color(label)
        if colors is None
        else "#" + "".join(f"{int(channel):02x}" for channel in colors[label])
        for label in names
        if not is_background(names, label)
    }


def class_legend(
    names: Mapping[int, str], colors: Mapping[int, str], labels: np.ndarray, ignore_index: int
) -> list[LegendEntry]:
    """All classes where they are few, else those on the picture; void if there is some.

    Args:
        names: class → name.
        colors: class → #rrggbb; what isn't in it isn't told.
        labels: int, of any shape.
        ignore_index: the number that means void.
    """
    present = set(np.unique(labels).tolist())
    told = [label for label in colors if len(colors) <= _MOST_NAMES or label in present]
    entries = [LegendEntry(names[label], colors[label]) for label in told]
    return [*entries, LegendEntry(_("void"), hatched=True)] if ignore_index in present else entries


def legend_height(entries: Sequence[LegendEntry], width: float) -> float:
    """What :func:`draw_legend` takes up, in CSS pixels."""
    return len(_rows(entries, width)) * _ROW + (8 if entries else 0)


def draw_legend(canvas: Canvas, entries: Sequence[LegendEntry], x: float, y: float, width: float) -> None:
    """The entries side by side, in as many rows as they need.

    Args:
        canvas: the sheet.
        entries: of the legend.
        x: left edge, CSS pixels.
        y: top edge.
        width: of the rows.
    """
    for row in _rows(entries, width):
        left = x
        for entry in row:
            # as a picture, which a dark page leaves as it is: the colours must be those on the photograph
            canvas.picture(_swatch(entry), left, y + 3, *_SWATCH)
            canvas.frame(left, y + 3, *_SWATCH)
            canvas.text(left + _SWATCH[0] + 7, y + 16, entry.words)
            if entry.number:
                right = left + entry.width
                canvas.text(right, y + 16, entry.number, weight="bold", ha="right", role=MEASURED)
            left += entry.width + _GAP
        y += _ROW


def _swatch(entry: LegendEntry) -> np.ndarray:
    size = round(_SWATCH[1] * SCALE), round(_SWATCH[0] * SCALE)
    color = [int(entry.color[at : at + 2], 16) for at in (1, 3, 5)]
    plain = np.full((*size, 3), 255 if entry.hatched else color, np.uint8)
    return striped(plain, np.ones(size, bool), entry.color) if entry.hatched else plain


def _rows(entries: Sequence[LegendEntry], width: float) -> list[list[LegendEntry]]:
    rows: list[list[LegendEntry]] = []
    left = width
    for entry in entries:
        if left + entry.width > width:
            rows, left = [*rows, []], 0.0
        rows[-1].append(entry)
        left += entry.width + _GAP
    return rows
