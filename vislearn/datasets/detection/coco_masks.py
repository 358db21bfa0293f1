"""COCO's polygons and run lengths to masks, checked before any memory is taken or any C code sees them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislearn.datasets.detection.coco_file import is_number
from vislearn.errors import Words
from vislearn.language import N_

__all__ = ["coco_mask", "coco_runs", "counts_of"]

_MOST_OUTSIDE = 2  # a polygon may reach so many times the picture's size beyond it


def coco_mask(segmentation: Any, size_hw: tuple[int, int]) -> np.ndarray:
    """One object's ``segmentation`` -> uint8 (H, W) of 0 and 1.

    Args:
        segmentation: polygons ``[[x, y, x, y, x, y, ...], ...]``, or run lengths ``{"size": [height, width],
            "counts": ...}``, as a list of numbers or as the text that pycocotools writes.
        size_hw: height and width of the picture, pixels.

    Raises:
        ValueError: it is none of these, or not of this size; the text is a clause.
    """
    if not segmentation:
        raise ValueError(Words(N_("no segmentation; masks=False does without")))
    counts, (height, width) = coco_runs(segmentation, size_hw), size_hw
    values = np.arange(len(counts)) % 2  # zeros first, then ones, and so on
    return np.repeat(values, counts).astype(np.uint8).reshape(width, height).T  # column by column


def coco_runs(segmentation: Any, size_hw: tuple[int, int]) -> list[int]:
    """One object's ``segmentation`` as run lengths: so many zeros, ones, zeros …, column by column.

    Args:
        segmentation: as for :func:`coco_mask`.
        size_hw: height and width of the picture, pixels.

    Raises:
        ValueError: as there.

    >>> coco_runs({"size": [2, 2], "counts": "13"}, (2, 2))
    [1, 3]
    """
    if isinstance(segmentation, dict):
        return _from_runs(segmentation, size_hw)
    if isinstance(segmentation, list) and segmentation:
        return _from_polygons(segmentation, size_hw)
    raise ValueError(
        Words(N_("a segmentation that is neither polygons nor run lengths: {it}"), it=_short(segmentation))
    )


def _from_runs(runs: dict[str, Any], size_hw: tuple[int, int]) -> list[int]:
    height, width = size_hw
    if runs.get("size") != [height, width]:
        size = _short(runs.get("size"))
        raise ValueError(
            Words(
                N_("run lengths of size {size}, but its picture is {height}×{width} (height×width)"),
                size=size,
                height=height,
                width=width,
            )
        )
    counts: Any = runs.get("counts")
    if isinstance(counts, str):
        counts = counts_of(counts)
    whole = isinstance(counts, list) and all(type(count) is int and count >= 0 for count in counts)
    if not whole or sum(counts) != height * width:
        raise ValueError(
            Words(
                N_("run lengths that don't add up to {height}·{width} pixels: {it}"),
                height=height,
                width=width,
                it=_short(counts),
            )
        )
    return counts


def counts_of(text: str) -> list[int]:
    """The numbers in COCO's text of run lengths.

    Each number is written in groups of five bits, the lowest first, each as a character from ``0`` on; the
    sixth bit says that another group follows, and the fifth of the last group is the sign. From the third
    number on it is the difference to the one before the last.

    Args:
        text: ``counts`` as pycocotools' ``encode`` writes it.

    Raises:
        ValueError: a character that can't be there, or a number without an end.

    Source: ``rleFrString`` in cocoapi/common/maskApi.c.

    >>> counts_of("52203")
    [5, 2, 2, 2, 5]
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        group = ord(character) - 48
        if not 0 <= group < 64 or shift > 60:
            raise ValueError(
                Words(N_("run lengths with characters that can't be there: {it}"), it=_short(text))
            )
        value |= (group & 31) << shift
        shift += 5
        if group & 32:
            continue
        if group & 16:
            value -= 1 << shift
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError(Words(N_("run lengths that are cut off: {it}"), it=_short(text)))
    return counts


def _from_polygons(polygons: Sequence[Any], size_hw: tuple[int, int]) -> list[int]:
    from faster_coco_eval.core import mask as library

    height, width = size_hw
    for polygon in polygons:
        if not isinstance(polygon, list) or not all(map(is_number, polygon)):
            raise ValueError(Words(N_("a polygon that isn't a list of numbers: {it}"), it=_short(polygon)))
        if len(polygon) < 6 or len(polygon) % 2:
            raise ValueError(
                Words(
                    N_("a polygon of {count} numbers; three points make six: {it}"),
                    count=len(polygon),
                    it=_short(polygon),
                )
            )
        if max(map(abs, polygon)) > _MOST_OUTSIDE * max(size_hw):
            raise ValueError(
                Words(
                    N_("a polygon far beyond its picture of {height}×{width} pixels: {it}"),
                    height=height,
                    width=width,
                    it=_short(polygon),
                )
            )
    drawn = library.merge(library.frPyObjects(polygons, height, width))
    return counts_of(drawn["counts"].decode())


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 60 else said[:60] + " …"
