"""Single digits cut out of scenes: what a network learns from before it looks for digits by itself."""

from collections.abc import Collection, Iterator

import numpy as np

from vislearn.datasets.bundled.digits import load_split
from vislearn.datasets.bundled.scenes import _BACKGROUNDS, SIDE, _background, _open_rgb, _paste_digits
from vislearn.errors import InputError, require_one_of

__all__ = ["scene_crops"]

_SHIFT = 4  # pixels a digit may stand off the middle, either way


def scene_crops(
    split: str, count: int, *, side: int = 48, digits: Collection[int] = range(10), seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Windows around digits on photographs, drawn as the bundled scenes are, in the scenes' own scale.

    Args:
        split: ``"train"`` or ``"val"``; they share neither a digit's drawing nor a pixel of background.
        count: how many windows.
        side: of a window, 1..128 pixels. Digits are 20 to 50 pixels high; neighbours may be in view.
        digits: which digits there are. The others occur nowhere, not even at the margin.
        seed: the same seed, the same windows.

    Returns:
        uint8 (count, 3, side, side), and the digits as int64 (count,).

    Raises:
        InputError: an unknown split, or a side that doesn't fit into a scene.

    >>> pixels, labels = scene_crops("val", 4, digits=[3, 7])
    >>> pixels.shape, set(labels.tolist()) <= {3, 7}
    ((4, 3, 48, 48), True)
    """
    require_one_of("split", split, ("train", "val"))
    if not 1 <= side <= SIDE:
        raise InputError("side", f"must be 1 to {SIDE} pixels", got=side)
    rng = np.random.default_rng([2025, seed, split == "val"])
    pixels = np.empty((count, 3, side, side), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    windows = _windows(rng, split, side, list(digits))
    for index, (window, digit) in zip(range(count), windows, strict=False):
        pixels[index], labels[index] = window.transpose(2, 0, 1), digit
    return pixels, labels


def _windows(
    rng: np.random.Generator, split: str, side: int, digits: list[int]
) -> Iterator[tuple[np.ndarray, int]]:
    """Endless: one uint8 (side, side, 3) and its digit after the other."""
    ink, labels = load_split(split)
    chosen = np.isin(labels, digits)
    ink, labels = ink[chosen], labels[chosen]
    photographs = {name: _open_rgb(name) for name in _BACKGROUNDS}
    while True:
        canvas = _background(rng, photographs, split)
        objects = _paste_digits(rng, canvas, ink, labels)
        picture = canvas.round().clip(0, 255).astype(np.uint8)
        for item in objects:
            x0, y0, x1, y1 = item.box_xyxy
            left, top = (_start(rng, low, high, side) for low, high in ((x0, x1), (y0, y1)))
            yield picture[top : top + side, left : left + side], item.digit


def _start(rng: np.random.Generator, low: int, high: int, side: int) -> int:
    """Where a window around ``low`` to ``high`` begins: a little off the middle, inside the scene."""
    middle = (low + high) // 2 + int(rng.integers(-_SHIFT, _SHIFT + 1))
    return min(max(middle - side // 2, 0), SIDE - side)
