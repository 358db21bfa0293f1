"""What annotation programs let people draw: rectangles, outlines, ellipses and brushed pixels, as objects."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vislearn.datasets.detection.coco_masks import coco_mask
from vislearn.datasets.detection.origin import Origin
from vislearn.errors import FileError, Words
from vislearn.language import N_
from vislearn.problems import joined

__all__ = ["Shape", "annotation_of", "brushed", "ellipse", "outline", "rectangle"]

_CORNERS = 64  # of the outline that stands for an ellipse; it differs by less than a pixel up to 800 pixels
_FARTHEST = 1e6  # pixels; no picture is as wide
Point = tuple[float, float]
Fill = Callable[[tuple[int, int]], np.ndarray]


@dataclass(frozen=True)
class Shape:
    """A drawn shape: its class, its box (xyxy, pixels), its pixels, and the object that it is a part of.

    ``fill`` makes uint8 (H, W) of the picture's height and width; ``group`` is None for an object of its own;
    ``where`` says for sentences which of its picture's shapes it is; ``drawn`` is ``"box"``, ``"corners"`` or
    ``"pixels"``.
    """

    name: str
    box: tuple[float, float, float, float]
    fill: Fill
    group: Any
    where: str
    drawn: str


def rectangle(points: Sequence[Point]) -> tuple[tuple[float, float, float, float], Fill]:
    """Box and pixels between corners, in whichever order they were drawn.

    >>> rectangle([(30, 15), (10, 5)])[0]
    (10, 5, 30, 15)
    """
    left, top, right, bottom = _around(points)
    return outline([(left, top), (right, top), (right, bottom), (left, bottom)])


def outline(points: Sequence[Point]) -> tuple[tuple[float, float, float, float], Fill]:
    """Box and pixels of a polygon of three points or more, filled as COCO fills its own.

    Raises:
        ValueError: fewer points, or numbers that can be no pixels; the text is a clause.
    """
    if len(points) < 3:
        raise ValueError(Words(N_("an outline of {count} points, and needs 3"), count=len(points)))
    flat = [float(number) for point in points for number in point]
    if not all(math.isfinite(number) and abs(number) <= _FARTHEST for number in flat):
        raise ValueError(Words(N_("a point that lies on no picture")))
    return _around(points), partial(coco_mask, [flat])


def ellipse(centre: Point, radii: Point) -> tuple[tuple[float, float, float, float], Fill]:
    """Box and pixels of an ellipse along the picture's axes; a circle has two equal radii."""
    (x, y), (wide, tall) = centre, radii
    turns = [2 * math.pi * step / _CORNERS for step in range(_CORNERS)]
    _box, fill = outline([(x + wide * math.cos(turn), y + tall * math.sin(turn)) for turn in turns])
    return (x - wide, y - tall, x + wide, y + tall), fill


def brushed(pixels: np.ndarray, corner: tuple[int, int]) -> tuple[tuple[float, float, float, float], Fill]:
    """Box and pixels of a small mask (h, w) that lies with its top left pixel at ``corner``, x and y.

    Raises:
        ValueError: nothing is drawn in it; the text is a clause.
    """
    rows, columns = np.nonzero(pixels.any(1))[0], np.nonzero(pixels.any(0))[0]
    if not len(rows):
        raise ValueError(Words(N_("a mask without a pixel")))
    left, top = corner
    box = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
    return tuple(map(float, box)), partial(_pasted, pixels, corner)  # type: ignore[return-value]  # four


def annotation_of(
    file: Path,
    shapes: Iterable[Shape],
    labels: Mapping[str, int],
    size_hw: tuple[int, int],
    masks: bool,
    of: str = "",
) -> dict[str, Any]:
    """One picture's annotation as :class:`DetectionDS` takes it; shapes of one class and group are one.

    Args:
        file: where the shapes stand.
        shapes: of the picture, in order.
        labels: name -> label.
        size_hw: of the picture, as the file notes it, or as it is.
        masks: whether targets get masks.
        of: the picture, in words behind a shape's place, where the file holds more than one.

    Raises:
        FileError: a class without a label.
    """
    objects: dict[Any, list[Shape]] = {}
    for place, shape in enumerate(shapes):
        if shape.name not in labels:
            known = ", ".join(labels)
            raise FileError(
                file,
                N_("has an unknown class {name!r} ({where}{of})"),
                fix=N_("Known: {known}."),
                name=shape.name,
                where=shape.where,
                of=of,
                known=known,
            )
        objects.setdefault(place if shape.group is None else (shape.name, shape.group), []).append(shape)
    parts = list(objects.values())
    annotation: dict[str, Any] = {
        "boxes": [_around([corner for part in some for corner in _corners(part)]) for some in parts],
        "labels": [labels[some[0].name] for some in parts],
        "size_hw": size_hw,
        "drawn": [some[0].drawn if len(some) == 1 else "corners" for some in parts],
        "origin": Origin(file, [joined([part.where for part in some]) for some in parts]),
    }
    return annotation | ({"masks": partial(_masks, file, of, parts, size_hw)} if masks else {})


def _corners(shape: Shape) -> tuple[Point, Point]:
    return shape.box[:2], shape.box[2:]


def _around(points: Sequence[Point]) -> tuple[float, float, float, float]:
    across, down = [x for x, _y in points], [y for _x, y in points]
    return min(across), min(down), max(across), max(down)


def _pasted(pixels: np.ndarray, corner: tuple[int, int], size_hw: tuple[int, int]) -> np.ndarray:
    left, top = corner
    height, width = pixels.shape
    if left < 0 or top < 0 or top + height > size_hw[0] or left + width > size_hw[1]:
        raise ValueError(Words(N_("a mask that sticks out of its picture")))
    whole = np.zeros(size_hw, np.uint8)
    whole[top : top + height, left : left + width] = pixels
    return whole


def _masks(file: Path, of: str, parts: Sequence[Sequence[Shape]], size_hw: tuple[int, int]) -> torch.Tensor:
    """The objects' pixels, uint8 (N, H, W)."""
    found = np.zeros((len(parts), *size_hw), np.uint8)
    for index, some in enumerate(parts):
        for shape in some:
            try:
                found[index] |= shape.fill(size_hw)
            except ValueError as trouble:
                raise FileError(
                    file,
                    N_("has {trouble} ({where}{of})"),
                    fix=N_("Draw it again."),
                    trouble=trouble.args[0],
                    where=shape.where,
                    of=of,
                ) from None
    return torch.from_numpy(found)
