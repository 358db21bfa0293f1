"""Exercise of lesson 14: one object in YOLO's line of text."""

from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.lessons.sets.boxes import whole_boxes
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["yolo_line"]


@exercise(
    "sets.yolo_line",
    trials=8,
    hints=[
        N_("The centre is the mean of both edges: `(left + right) / 2`. What must it be divided by?"),
        N_("x and the box's width are divided by the picture's width, y and the height by its height."),
        N_(
            "x is `(left + right) / 2 / width`, w is `(right - left) / width`; y and h likewise, by the "
            "height. The class is `label - 1`. In an f-string, `:.6f` after a number writes six decimals."
        ),
    ],
)
def yolo_line(box: Tensor, label: int, height: int, width: int) -> str:
    """One object as YOLO writes it: `class x y w h`, in one line of text.

    Args:
        box: (4,), left, top, right, bottom in pixels.
        label: 1 to K, as torchvision's detectors count; 0 is the background there.
        height: of the picture, pixels.
        width: of the picture, pixels.

    Returns:
        The class, counted from 0 (YOLO knows no background); centre x and y, width and height of the box, as
        shares of the picture, with six decimals. Five numbers, with spaces between.
    """
    left, top, right, bottom = box.tolist()
    x, y = (left + right) / 2 / width, (top + bottom) / 2 / height
    w, h = (right - left) / width, (bottom - top) / height
    return f"{label - 1} {x:.6f} {y:.6f} {w:.6f} {h:.6f}"


@yolo_line.inputs
def _a_box(generator: torch.Generator) -> tuple[Tensor, int, int, int]:
    height, width = unequal_sides(100, 400, generator)
    return whole_boxes(1, height, width, generator)[0], 1 + draw(4, generator), height, width


@yolo_line.read
def _read_line(text: Any) -> dict[str, Any]:
    """The five numbers: more than six decimals are welcome, fewer lose pixels."""
    if not isinstance(text, str):
        raise Unusable(_("a text expected, {got} returned.", got=describe(text)))
    words = text.split()
    if len(words) != 5:
        raise Unusable(
            _(
                "five numbers with spaces between expected, {count} found: {text}",
                count=len(words),
                text=repr(text),
            )
        )
    try:
        place = [float(word) for word in words[1:]]
        return {"class": int(words[0]), "x, y, w, h": place}
    except ValueError:
        raise Unusable(
            _("only numbers expected, the class a whole one; found: {text}", text=repr(text))
        ) from None


def _line(label: int, *numbers: float) -> str:
    return " ".join([str(label), *(f"{number:.6f}" for number in numbers)])


@yolo_line.mistake(N_("The class is counted from 1. YOLO has no background, its first class is 0."))
def _from_one(box: Tensor, label: int, height: int, width: int) -> str:
    return yolo_line(box, label + 1, height, width)


@yolo_line.mistake(N_("These are the corners. YOLO wants the box's *centre*, then its width and height."))
def _corners(box: Tensor, label: int, height: int, width: int) -> str:
    left, top, right, bottom = box.tolist()
    return _line(label - 1, left / width, top / height, right / width, bottom / height)


@yolo_line.mistake(N_("x and y are the upper left corner. YOLO wants the centre: the mean of both edges."))
def _corner_and_size(box: Tensor, label: int, height: int, width: int) -> str:
    left, top, right, bottom = box.tolist()
    return _line(label - 1, left / width, top / height, (right - left) / width, (bottom - top) / height)


@yolo_line.mistake(N_("These are pixels. YOLO wants shares of the picture: divide by its width or height."))
def _in_pixels(box: Tensor, label: int, height: int, width: int) -> str:
    return yolo_line(box, label, 1, 1)


@yolo_line.mistake(
    N_(
        "Width and height of the picture have changed places: x and w are divided by the width, y and h "
        "by the height."
    )
)
def _sides_turned(box: Tensor, label: int, height: int, width: int) -> str:
    return yolo_line(box, label, width, height)


@yolo_line.mistake(
    N_(
        "Too few decimals: in a picture 1000 pixels wide, the third decimal is a whole pixel. Write six: "
        "`:.6f`."
    )
)
def _rounded(box: Tensor, label: int, height: int, width: int) -> str:
    return _line_rounded(yolo_line(box, label, height, width), 2)


@yolo_line.mistake(
    N_("Too few decimals: a pixel would be lost on the way back from a large picture. Write six: `:.6f`.")
)
def _rounded_less(box: Tensor, label: int, height: int, width: int) -> str:
    return _line_rounded(yolo_line(box, label, height, width), 3)


def _line_rounded(line: str, decimals: int) -> str:
    label, *numbers = line.split()
    return " ".join([label, *(f"{float(number):.{decimals}f}" for number in numbers)])
