"""Many pictures beside each other: a grid, versions of one picture, details enlarged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.seeding import Chance
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.layout import even_columns
from vislearn.viz.letters import LEADING, TEXT, wrap
from vislearn.viz.picture import Picture, describe, described

__all__ = ["augmentations", "grid", "zooms"]

_WIDTH = 1000.0
_GAP = 14.0
_ROW_GAP = 18.0
_LARGEST_TILE = 240.0


def grid(
    images: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    title: str = "",
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Pictures in rows, each under its title.

    Args:
        images: pictures of any kind ``to_display`` takes, mixed sizes welcome; or a batch (N, C, H, W).
        titles: one per picture, may be long: they wrap. None leaves them out.
        columns: pictures per row; None takes what reads well, at most six.
        title: a heading over the whole.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no images, another number of titles than images, or nobody has words for it.
    """
    if len(images) == 0:
        raise InputError("images", "must hold at least one picture", got="none")
    if titles is not None and len(titles) != len(images):
        raise InputError("titles", f"must be as many as images ({len(images)})", got=len(titles))
    tiles = [_Tile(to_display(image), titles[at] if titles else "") for at, image in enumerate(images)]
    return _sheet(tiles, columns or even_columns(len(tiles), 6), title, alt, compared)


@dataclass(frozen=True)
class _Tile:
    pixels: np.ndarray
    title: str
    box: tuple[float, float, float, float] | None = None  # xyxy in fractions, outlined


def _sheet(tiles: Sequence[_Tile], columns: int, title: str, alt: str, compared: str = "") -> Picture:
    """Tiles in rows; each row is as tall as its tallest picture, titles stand on the pictures."""
    columns = max(1, min(columns, len(tiles)))
    size = min(_LARGEST_TILE, (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns)
    rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
    label_heights = [_label_height(row, size) for row in rows]
    picture_heights = [size * min(1.25, max(_aspect(tile) for tile in row)) for row in rows]
    width = columns * size + (columns - 1) * _GAP + 2 * MARGIN
    tall = sum(label_heights) + sum(picture_heights) + _ROW_GAP * (len(rows) - 1)
    canvas = Canvas(width, heading_height(title, width) + tall + MARGIN)
    y = canvas.heading(title)
    for row, label_height, picture_height in zip(rows, label_heights, picture_heights, strict=True):
        y += label_height
        for at, tile in enumerate(row):
            _draw_tile(canvas, tile, MARGIN + at * (size + _GAP), y, size, picture_height)
        y += picture_height + _ROW_GAP
    return canvas.finish(alt, compared)


def _aspect(tile: _Tile) -> float:
    return tile.pixels.shape[0] / tile.pixels.shape[1]


def _label_height(row: Sequence[_Tile], width: float) -> float:
    lines = max(len(wrap(tile.title, width)) for tile in row)
    return lines * TEXT * LEADING + (4 if lines else 0)


def _draw_tile(canvas: Canvas, tile: _Tile, x: float, y: float, width: float, height: float) -> None:
    lines = wrap(tile.title, width)
    canvas.lines(x, y - 4 - len(lines) * TEXT * LEADING, lines)
    place = canvas.fitted(tile.pixels, x, y, width, min(height, width * _aspect(tile)))
    canvas.frame(*place)
    if tile.box:
        canvas.marked(place, tile.box)


def augmentations(
    image: Any,
    transform: Callable[[Any], Any],
    seed: int = 0,
    count: int = 11,
    *,
    columns: int | None = None,
    alt: str = "",
) -> Picture:
    """A picture, and what a random transform makes of it again and again: what training sees, epoch by epoch.

    Args:
        image: what the transform takes: a PIL image or a tensor.
        transform: any callable from picture to picture; a normalised result is stretched for display.
        seed: where the chance comes from; the same seed gives the same pictures, and no other generator is
            disturbed.
        count: how many versions, besides the original.
        columns: pictures per row; None takes what reads well.
        alt: the picture in words; empty takes the running cell's, or makes them from the transform's name.

    Raises:
        InputError: ``count`` is below 1.
    """
    if count < 1:
        raise InputError("count", "must be at least 1", got=count)
    with Chance(seed):
        versions = [transform(image) for _again in range(count)]
    titles = [_("original"), *(_version_title(number, version) for number, version in enumerate(versions, 1))]
    name = type(transform).__name__
    told = _("The original picture and {count} random versions of it made by {name}.", count=count, name=name)
    with described(describe(alt, told=told)):
        return grid([image, *versions], titles, columns=columns)


def _version_title(number: int, version: Any) -> str:
    stretched = stretched_range(version) is not None
    return _("{number} (stretched)", number=number) if stretched else str(number)


def zooms(
    images: Mapping[str, Any],
    region: tuple[float, float, float, float] = (0.35, 0.35, 0.65, 0.65),
    *,
    columns: int | None = None,
    title: str = "",
    alt: str = "",
) -> Picture:
    """Versions of one picture with the same detail enlarged, pixel by pixel: what resizing did to it.

    Args:
        images: name → version; each may have another size.
        region: the detail, as xyxy in fractions of width and height.
        columns: versions per row; None takes what reads well, at most five.
        title: a heading over the whole.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no images, a region outside 0…1 or empty, or nobody has words for it.
    """
    if not images:
        raise InputError("images", "must hold at least one picture", got="none")
    x0, y0, x1, y1 = region
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise InputError("region", "must be xyxy in fractions, 0 ≤ x0 < x1 ≤ 1 likewise y", got=region)
    whole = to_display(next(iter(images.values())))
    tiles = [_Tile(whole, _("where the detail is"), box=region)]
    tiles += [_Tile(_detail(to_display(image), region), name) for name, image in images.items()]
    return _sheet(tiles, columns or even_columns(len(tiles), 5), title, alt)


def _detail(pixels: np.ndarray, region: tuple[float, float, float, float]) -> np.ndarray:
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = region
    left, top = round(x0 * width), round(y0 * height)
    right, bottom = max(left + 1, round(x1 * width)), max(top + 1, round(y1 * height))
    return pixels[top:bottom, left:right]
