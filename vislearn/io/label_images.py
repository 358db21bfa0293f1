"""Label images as they are stored: the number of each pixel, the colour it shows, or both."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.io.jpeg import is_jpeg
from vislearn.io.masks import has_one_channel, stored_numbers
from vislearn.io.orientation import orientation, upright
from vislearn.io.pillow import load
from vislearn.io.reading import MAX_MEGAPIXELS, read_file
from vislearn.io.refusals import Refusal
from vislearn.language import N_

__all__ = ["LabelImage", "read_label_image"]

_MANY = 2**16  # objects or classes; what is larger is no number of one


@dataclass(frozen=True)
class LabelImage:
    """What a label image holds, before anybody decides what it means.

    Attributes:
        numbers: int64 (H, W), gray levels up to 16 bits or the indices of a palette; None: it is coloured.
        colours: uint8 (H, W, 3), what a screen shows of it; None for gray of more than 8 bits.
    """

    numbers: np.ndarray | None
    colours: np.ndarray | None

    @property
    def gray(self) -> np.ndarray | None:
        """The gray level that every pixel shows, int64 (H, W); None: some pixel shows a colour."""
        if self.colours is None or (self.colours != self.colours[..., :1]).any():
            return None
        return self.colours[..., 0].astype(np.int64)


def read_label_image(path: str | Path, *, max_megapixels: float = MAX_MEGAPIXELS) -> LabelImage:
    """The numbers and colours of a label image, untouched by any conversion that a picture may bear.

    Unlike :func:`vislearn.io.read_mask` nothing is decided here: a palette gives its indices and its colours.
    Which entry of a palette is see-through is of no interest, its index counts.

    Args:
        path: a file of a format that loses nothing, such as PNG.
        max_megapixels: as for :func:`vislearn.io.read_image`.

    Raises:
        FileError: missing, damaged, too large, no picture, of several pages, of floating-point
            numbers; a JPEG, which changes numbers; or partly transparent, where nobody knows what stands
            behind.
    """
    return read_file(path, lambda data: _decode(data, max_megapixels))


def _decode(data: bytes, max_megapixels: float) -> LabelImage:
    if is_jpeg(data):
        raise Refusal(
            N_("is a JPEG, which changes numbers and colours a little"), N_("Export the labels as PNG.")
        )
    image = load(data, max_megapixels)
    if (pages := getattr(image, "n_frames", 1)) > 1:
        raise Refusal(
            N_("has {pages} pages or frames, and one label image belongs to one picture"),
            N_("Save each in a file of its own, named like its picture."),
            pages=pages,
        )
    turn = orientation(image)
    if image.mode == "F":
        raise Refusal(
            N_("holds floating-point numbers, not numbers of classes"), N_("Save it as PNG of 8 or 16 bits.")
        )
    if has_one_channel(image):
        numbers = upright(stored_numbers(image, data), turn)
        if numbers.min() < 0 or numbers.max() >= _MANY:
            raise Refusal(
                N_("holds numbers from {low} to {high}, not numbers of classes"),
                N_("Save it as PNG of 8 or 16 bits."),
                low=int(numbers.min()),
                high=int(numbers.max()),
            )
        return LabelImage(numbers, _shown(image, numbers, turn))
    return LabelImage(None, upright(_opaque(image), turn))


def _shown(image: Image.Image, numbers: np.ndarray, turn: int) -> np.ndarray | None:
    """Colours of a palette, or the gray itself."""
    if image.mode == "P":
        # by way of RGBA: Pillow warns where the palette's colours are see-through by degrees
        return upright(np.asarray(image.convert("RGBA"))[..., :3], turn)
    return np.repeat(numbers[..., None], 3, axis=2).astype(np.uint8) if numbers.max() < 256 else None


def _opaque(image: Image.Image) -> np.ndarray:
    """Colours (H, W, 3), where nothing is see-through."""
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    pixels = np.asarray(image.convert("RGBA"))
    if clear := float((pixels[..., 3] < 255).mean()):
        raise Refusal(
            N_("is transparent on {share:.3g} % of its pixels, and no class stands for that"),
            N_("Lay it on the colour of its background, and save it without transparency."),
            share=100 * clear,
        )
    return pixels[..., :3]
