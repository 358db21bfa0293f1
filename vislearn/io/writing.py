"""Pictures out."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vislearn.errors import InputError, require_one_of
from vislearn.files import replaced_whole, require_path

if TYPE_CHECKING:
    import torch

__all__ = ["write_image"]

_OPTIONS = {
    ".png": {"format": "PNG"},
    ".jpg": {"format": "JPEG", "subsampling": "4:4:4"},  # colours as sharp as brightness
    ".jpeg": {"format": "JPEG", "subsampling": "4:4:4"},
}


def write_image(
    path: str | Path, image: "Image.Image | torch.Tensor | np.ndarray", *, quality: int = 92
) -> Path:
    """Write a picture whole or not at all; the ending decides the format.

    Args:
        path: ends in ``.png`` (exact), ``.jpg`` or ``.jpeg`` (small).
        image: a PIL image, a uint8 tensor (3, H, W) or (1, H, W), or a uint8 array (H, W, 3) or (H, W).
        quality: of JPEG, 1..95; PNG ignores it.

    Returns:
        ``path``.

    Raises:
        InputError: an unknown ending, or pixels that aren't uint8 of such a shape.
        FileError: the folder can't be written to, or the disk is full.
    """
    path = require_path(path)
    require_one_of("the file's ending", path.suffix.lower(), _OPTIONS)
    picture = image if isinstance(image, Image.Image) else _picture(image)
    with replaced_whole(path) as draft:
        picture.save(draft, quality=quality, **_OPTIONS[path.suffix.lower()])
    return path


def _picture(image: "torch.Tensor | np.ndarray") -> Image.Image:
    if "uint8" not in str(image.dtype):
        raise InputError(
            "image",
            "must be uint8 in 0..255",
            got=image.dtype,
            fix="For pixels in 0..1: (image * 255).round().to(torch.uint8).",
        )
    if isinstance(image, np.ndarray):
        pixels = image
    else:
        pixels = image.detach().cpu().numpy()
        pixels = pixels.transpose(1, 2, 0) if pixels.ndim == 3 else pixels  # channels last, as in files
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    if pixels.size == 0 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise InputError(
            "image",
            "must have shape (3, H, W) or (1, H, W) as a tensor, (H, W, 3) or (H, W) as an array",
            got=tuple(image.shape),
        )
    return Image.fromarray(np.ascontiguousarray(pixels))
