"""Many pictures beside each other: a grid, versions of one picture, details enlarged."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.seeding import Chance
from vislearn.viz.canvas import LEADING, TEXT, TITLE, Canvas, wrap
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.picture import Picture, require_alt

__all__ = ["augmentations", "grid", "zooms"]

_WIDTH = 1000.0
_MARGIN = 6.0
_GAP = 14.0
_LARGEST_TILE = 240.0


def grid(
    images: Sequence[Any],
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    title: str = "",
    alt: str,
) -> Picture:
    """Pictures in rows, each under its title.

    Args:
        images: pictures of any kind ``to_display`` takes, mixed sizes welcome; or a batch (N, C, H, W).
        titles: one per picture, may be long: they wrap. None leaves them out.
        columns: pictures per row; None takes what reads well, at most six.
        title: a heading over the whole.
        alt: the picture in words.

    Raises:
        InputError: no images, another number of titles than images, or ``alt`` is empty.
    """
    require_alt(alt)
    if len(images) == 0:
        raise InputError("images", "must hold at least one picture", got="none")
    if titles is not None and len(titles) != len(images):
        raise InputError("titles", f"must be as many as images ({len(images)})", got=len(titles))
    columns = max(1, min(columns or _columns(len(images)), len(images)))
    size = min(_LARGEST_TILE, (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns)
    pixels = [to_display(image) for image in images]
    aspect = min(1.25, max(picture.shape[0] / picture.shape[1] for picture in pixels))
    labels = [wrap(text, size) for text in titles] if titles else [[] for _image in pixels]
    return _Sheet(pixels, labels, columns, size, size * aspect, title).draw(alt)


def _columns(count: int) -> int:
    rows = -(-count // 6)
    return -(-count // rows)


class _Sheet:
    """Rows of equal tiles with labels above them."""

    def __init__(
        self,
        pixels: list[np.ndarray],
        labels: list[list[str]],
        columns: int,
        width: float,
        height: float,
        title: str,
    ) -> None:
        self.pixels, self.labels, self.columns = pixels, labels, columns
        self.tile_width, self.tile_height = width, height
        self.width = columns * width + (columns - 1) * _GAP + 2 * _MARGIN
        self.heading = wrap(title, self.width - 2 * _MARGIN, TITLE, "bold")

    def draw(self, alt: str) -> Picture:
        starts = range(0, len(self.pixels), self.columns)
        label_heights = [max(len(lines) for lines in self.labels[at : at + self.columns]) for at in starts]
        label_heights = [count * TEXT * LEADING + (4 if count else 0) for count in label_heights]
        heading = len(self.heading) * TITLE * LEADING + (8 if self.heading else 0)
        height = heading + sum(label_heights) + len(starts) * (self.tile_height + _GAP) - _GAP + 2 * _MARGIN
        canvas = Canvas(self.width, height)
        canvas.lines(_MARGIN, _MARGIN, self.heading, size=TITLE, weight="bold")
        y = _MARGIN + heading
        for start, label_height in zip(starts, label_heights, strict=True):
            for column, at in enumerate(range(start, min(start + self.columns, len(self.pixels)))):
                self._tile(canvas, at, _MARGIN + column * (self.tile_width + _GAP), y, label_height)
            y += label_height + self.tile_height + _GAP
        return canvas.finish(alt)

    def _tile(self, canvas: Canvas, at: int, x: float, y: float, label_height: float) -> None:
        lines = self.labels[at]
        canvas.lines(x, y + label_height - len(lines) * TEXT * LEADING - (4 if lines else 0), lines)
        place = canvas.fitted(self.pixels[at], x, y + label_height, self.tile_width, self.tile_height)
        canvas.frame(*place)


def augmentations(
    image: Any,
    transform: Callable[[Any], Any],
    seed: int = 0,
    count: int = 11,
    *,
    columns: int | None = None,
    alt: str | None = None,
) -> Picture:
    """A picture, and what a random transform makes of it again and again: what training sees, epoch by epoch.

    Args:
        image: what the transform takes: a PIL image or a tensor.
        transform: any callable from picture to picture; a normalised result is stretched for display.
        seed: where the chance comes from; the same seed gives the same pictures, and no other generator is
            disturbed.
        count: how many versions, besides the original.
        columns: pictures per row; None takes what reads well.
        alt: the picture in words; None makes them from the transform's name.

    Raises:
        InputError: ``count`` is below 1.
    """
    if count < 1:
        raise InputError("count", "must be at least 1", got=count)
    with Chance(seed):
        versions = [transform(image) for _again in range(count)]
    titles = [_("original"), *(_version_title(number, version) for number, version in enumerate(versions, 1))]
    if alt is None:
        name = type(transform).__name__
        alt = _(
            "The original picture and {count} random versions of it made by {name}.", count=count, name=name
        )
    return grid([image, *versions], titles, columns=columns, alt=alt)


def _version_title(number: int, version: Any) -> str:
    stretched = stretched_range(version) is not None
    return _("{number} (stretched)", number=number) if stretched else str(number)


def zooms(
    images: Mapping[str, Any],
    region: tuple[float, float, float, float] = (0.35, 0.35, 0.65, 0.65),
    *,
    columns: int | None = None,
    title: str = "",
    alt: str,
) -> Picture:
    """Versions of one picture with the same detail enlarged, pixel by pixel: what resizing did to it.

    Args:
        images: name → version; each may have another size.
        region: the detail, as xyxy in fractions of width and height.
        columns: versions per row; None takes what reads well, at most five.
        title: a heading over the whole.
        alt: the picture in words.

    Raises:
        InputError: no images, a region outside 0…1 or empty, or ``alt`` is empty.
    """
    require_alt(alt)
    if not images:
        raise InputError("images", "must hold at least one picture", got="none")
    x0, y0, x1, y1 = region
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise InputError("region", "must be xyxy in fractions, 0 ≤ x0 < x1 ≤ 1 likewise y", got=region)
    details = [_detail(to_display(image), region) for image in images.values()]
    columns = columns or min(5, len(images))
    size = min(_LARGEST_TILE, (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns)
    aspect = min(1.25, max(detail.shape[0] / detail.shape[1] for detail in details))
    sheet = _Sheet(details, [wrap(name, size) for name in images], columns, size, size * aspect, title)
    return sheet.draw(alt)


def _detail(pixels: np.ndarray, region: tuple[float, float, float, float]) -> np.ndarray:
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = region
    left, top = round(x0 * width), round(y0 * height)
    right, bottom = max(left + 1, round(x1 * width)), max(top + 1, round(y1 * height))
    return pixels[top:bottom, left:right]
