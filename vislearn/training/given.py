"""A picture as somebody gives it to a saved model: made sure that it is one, and in which numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.io.pillow import on_white

__all__ = ["given_picture"]

_BEYOND = 0.1  # resizing may push pixels of 0..1 a little over the edge; 0..255 goes far over
_WHITE = 255
_READ = "vislearn.io.read_image(path) reads any file so."
_SIXTEEN_BITS = (
    "Divide by the value that is white, as when the model learned, and pass floats: 65535 for all of 16 "
    "bits, 4095 for a camera's 12; vislearn.io.read_image(path, scale=4095) does so with a file."
)


def given_picture(image: Any) -> torch.Tensor:
    """A tensor (3, H, W) from a picture in one of the forms that pictures have in memory.

    Gray becomes three equal channels, and transparency is laid on white, as :func:`vislearn.io.read_image`
    does with files.

    Args:
        image: a PIL image; a tensor (3, H, W) or (1, H, W), or an array (H, W, 3) or (H, W): uint8 in 0..255,
            or float in 0..1.

    Raises:
        InputError: something else: a path, a batch, channels last in a tensor, floats beyond 0..1, whole
            numbers of another type, 16 bits: only you know which of them is white.

    >>> given_picture(Image.new("RGBA", (2, 1), (0, 0, 0, 0)))[:, 0, 0].tolist()
    [255, 255, 255]
    """
    picture = _tensor(image)
    if picture.shape[0] == 1:
        picture = picture.expand(3, -1, -1)
    _require_known_numbers(picture)
    return picture


def _tensor(image: Any) -> torch.Tensor:
    """(C, H, W), of 1 or 3 channels."""
    if isinstance(image, Image.Image):
        return v2.functional.pil_to_tensor(_rgb(image))
    if isinstance(image, np.ndarray):
        shape = image.shape
        if image.ndim == 2 or (image.ndim == 3 and shape[2] == 3):
            rows = image[..., None] if image.ndim == 2 else image
            return torch.from_numpy(np.ascontiguousarray(rows.transpose(2, 0, 1)))
        raise InputError("image", "must be (H, W, 3) as an array", got=f"shape {shape}", fix=_READ)
    if not isinstance(image, torch.Tensor):
        got = repr(str(image)) if isinstance(image, str | Path) else type(image).__name__
        raise InputError("image", "must be a PIL image, or a tensor (3, H, W)", got=got, fix=_READ)
    if image.ndim == 3 and image.shape[0] in (1, 3) and image.numel():
        return image.as_subclass(torch.Tensor)
    raise InputError(
        "image", "must be one picture, (3, H, W)", got=f"shape {tuple(image.shape)}", fix=_way_out(image)
    )


def _way_out(image: torch.Tensor) -> str:
    if image.ndim == 4:
        return "Pass the pictures of a batch one after the other."
    if image.ndim == 3 and image.shape[2] == 3:
        return "Channels come first: image.permute(2, 0, 1)."
    return _READ


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        got = f"mode {image.mode}, more than 8 bits"
        raise InputError("image", "must have 8 bits per channel", got=got, fix=_SIXTEEN_BITS)
    return on_white(image)


def _require_known_numbers(picture: torch.Tensor) -> None:
    if picture.dtype == torch.uint8:
        return
    if not picture.is_floating_point():
        wide = int(picture.to(torch.int64).max()) > _WHITE
        fix = _SIXTEEN_BITS if wide else "For 0..255: image.to(torch.uint8)."
        raise InputError("image", "must be uint8 in 0..255, or float in 0..1", got=picture.dtype, fix=fix)
    low, high = float(picture.min()), float(picture.max())
    if not (low >= -_BEYOND and high <= 1 + _BEYOND):  # nan is beyond, too
        fix = "For 0..255: image / 255, or image.to(torch.uint8)."
        if low < 0:
            fix = "It seems normalised already: pass it as it was before."
        elif high > _WHITE:
            fix = _SIXTEEN_BITS
        got = f"float from {low:.3g} to {high:.3g}"
        raise InputError("image", "must be uint8 in 0..255, or float in 0..1", got=got, fix=fix)
