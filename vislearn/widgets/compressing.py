"""A picture as JPEG, under a slider of quality."""

from typing import Any

from vislearn.language import translate as _
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.compression import SUBSAMPLINGS, draw_compressed
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["jpeg_lab"]


def jpeg_lab(picture: Any, *, compared: str = "") -> Lab:
    """Quality and subsampling under controls: the picture, its errors, its size in KiB, its PSNR.

    Each control takes the arrow keys. Without a kernel the picture at the starting values stands in.

    Args:
        picture: any picture ``viz`` takes.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: not a picture.

    >>> import numpy as np
    >>> jpeg_lab(np.zeros((16, 16, 3), np.uint8)).alt
    'A picture saved as JPEG, beside its errors; controls set the quality and how colours are stored.'
    """
    alt = _(
        "A picture saved as JPEG, beside its errors; controls set the quality and how colours are stored."
    )

    def draw(quality: int = 75, subsampling: str = "4:2:0") -> Picture:
        return draw_compressed(picture, quality, subsampling, compared=compared, alt=alt)

    return explorer(
        draw,
        alt=alt,
        labels={"quality": _("quality"), "subsampling": _("colours stored (subsampling)")},
        quality=(1, 100, 1),
        subsampling=list(SUBSAMPLINGS),
    )
