"""What JPEG makes of a picture: its size, how far it is from the original, and where."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.viz.display import to_display
from vislearn.viz.drawings import panels
from vislearn.viz.picture import Picture

__all__ = ["SUBSAMPLINGS", "Compressed", "compressed", "draw_compressed"]

SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")
_STRONGER = 6  # an error of a few levels can't be seen as it is


@dataclass(frozen=True)
class Compressed:
    """A picture after a JPEG.

    Attributes:
        pixels: uint8 (H, W, 3), as decoded.
        size: of the file, bytes.
        psnr: peak signal-to-noise ratio in dB, higher is nearer; infinite where nothing changed.
        error: uint8 (H, W, 3), the differences times 6, 255 at most.
    """

    pixels: np.ndarray
    size: int
    psnr: float
    error: np.ndarray


def compressed(picture: Any, quality: int = 75, subsampling: str = "4:2:0") -> Compressed:
    """Save a picture as a JPEG and read it again.

    Args:
        picture: any picture ``viz`` takes.
        quality: 1..95, as Pillow counts it; its 100 stores nearly everything and is larger than a PNG.
        subsampling: of the colours: ``"4:4:4"`` keeps all, ``"4:2:2"`` a half, ``"4:2:0"`` a quarter.

    Raises:
        InputError: another subsampling, or a quality outside 1..100.

    >>> gray = np.full((16, 16, 3), 128, np.uint8)
    >>> compressed(gray).psnr
    inf
    """
    require_one_of("subsampling", subsampling, SUBSAMPLINGS)
    if not 1 <= quality <= 100:
        raise InputError("quality", "must be 1 to 100", got=quality)
    before = to_display(picture)
    stream = io.BytesIO()
    Image.fromarray(before).save(stream, "JPEG", quality=quality, subsampling=subsampling)
    after = np.asarray(Image.open(stream))
    away = np.abs(after.astype(int) - before)
    squares = float((away**2).mean())
    psnr = float("inf") if squares == 0 else 10 * float(np.log10(255**2 / squares))
    return Compressed(after, stream.tell(), psnr, (away * _STRONGER).clip(0, 255).astype(np.uint8))


def draw_compressed(
    picture: Any, quality: int = 75, subsampling: str = "4:2:0", *, compared: str = "", alt: str = ""
) -> Picture:
    """The decoded picture beside its errors, with size and PSNR in the heading.

    Args:
        picture: any picture ``viz`` takes.
        quality: as for :func:`compressed`.
        subsampling: likewise.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's options.

    Raises:
        InputError: as :func:`compressed`, or nobody has words for it.
    """
    found = compressed(picture, quality, subsampling)
    title = _(
        "Quality {quality}, {subsampling}: {size} KiB, {psnr} dB",
        quality=quality,
        subsampling=subsampling,
        size=f"{found.size / 1024:.1f}",
        psnr=f"{found.psnr:.1f}",
    )
    shown = {
        _("as decoded"): found.pixels,
        _("its errors, {times} times as strong", times=_STRONGER): found.error,
    }
    return panels(shown, title=title, compared=compared, alt=alt)
