"""Small slips in annotations, mended on request, and every one of them listed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vislearn.errors import FileError
from vislearn.io.reading import size_of
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["repaired"]

Item = tuple[Path, Mapping[str, Any]]
_FREE = 0.5  # pixels a box may stick out without meaning harm, as vislearn.sample has it
_SLIP = 2.0  # ... and without meaning anything at all: rounding, or counting from the other end


def repaired(items: Iterable[Item]) -> tuple[list[Item], list[Problem]]:
    """Boxes that stick out a little are clipped, objects without an area left out; all else stays as it is.

    Args:
        items: as :class:`DetectionDS` takes them.

    Returns:
        The items, and what was done: one problem for each box, whose ``fix`` tells it.
    """
    mended, done = [], []
    for path, annotation in items:
        try:
            changed, told = _mended(path, annotation, size_of(path))
        except (
            FileError,
            KeyError,
            TypeError,
            ValueError,
        ):  # nothing small: it is told when the item is read
            changed, told = annotation, []
        mended.append((path, changed))
        done += told
    return mended, done


def _mended(
    path: Path, annotation: Mapping[str, Any], size_hw: tuple[int, int]
) -> tuple[Mapping[str, Any], list[Problem]]:
    if tuple(annotation.get("size_hw", size_hw)) != size_hw:
        return annotation, []
    boxes, kept, done = [], [], []
    for index, row in enumerate(annotation["boxes"]):
        box = [float(number) for number in row]
        clipped = _clipped(box, size_hw)
        if clipped != box:
            done.append(
                Problem(
                    str(path),
                    _("has a box that sticks out, {listed}", listed=_listed(box)),
                    _("It was clipped."),
                )
            )
        left, top, right, bottom = clipped
        if left == right or top == bottom:
            done.append(
                Problem(
                    str(path),
                    _("has a box without an area, {listed}", listed=_listed(box)),
                    _("It was left out."),
                )
            )
            continue
        boxes.append(clipped)
        kept.append(index)
    return (_chosen(annotation, boxes, kept), done) if done else (annotation, [])


def _clipped(box: list[float], size_hw: tuple[int, int]) -> list[float]:
    """Unchanged where it sticks out so far that it can't be a slip."""
    limits = (size_hw[1], size_hw[0], size_hw[1], size_hw[0])
    beyond = max(max(-number, number - limit) for number, limit in zip(box, limits, strict=True))
    if not _FREE < beyond <= _SLIP:
        return box
    return [min(max(number, 0.0), float(limit)) for number, limit in zip(box, limits, strict=True)]


def _chosen(annotation: Mapping[str, Any], boxes: list[list[float]], kept: list[int]) -> dict[str, Any]:
    changed = dict(annotation) | {"boxes": boxes}
    for key in ("labels", "iscrowd", "area", "ids", "drawn"):
        if changed.get(key) is not None:
            changed[key] = [changed[key][index] for index in kept]
    if "origin" in changed:
        changed["origin"] = changed["origin"].chosen(kept)
    if "masks" in changed:
        changed["masks"] = partial(_some_masks, changed["masks"], kept)
    return changed


def _some_masks(masks: torch.Tensor | Callable[[], torch.Tensor], kept: Sequence[int]) -> torch.Tensor:
    whole = masks() if callable(masks) else masks
    return torch.as_tensor(whole)[list(kept)]


def _listed(box: list[float]) -> str:
    return "[" + ", ".join(f"{number:g}" for number in box) + "]"
