"""From picture to tensor and back: the presets every lesson uses."""

from collections.abc import Sequence
from typing import Any

import torch
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.errors import InputError

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "AlignedResize",
    "denormalize",
    "detection_transform",
    "eval_transform",
    "segmentation_transform",
    "source_chain_v1",
    "source_chain_v2",
    "train_transform",
]

# Per channel (red, green, blue), of pixels in 0..1, over ImageNet's training pictures.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_GRAY = 114  # what shows beyond a picture's edge


class AlignedResize(v2.Resize):
    """torchvision's ``Resize`` for pictures; each new pixel of a mask takes what lies below its *middle*.

    torchvision's takes what lies below the upper left corner (NEAREST), unless the picture is resized by
    NEAREST_EXACT, too: at other factors than one half it moves a mask by a part of a pixel against its
    picture. From its 0.28 on it could do otherwise, before it could not.

    >>> chess = tv_tensors.Mask(torch.arange(5)[None])
    >>> AlignedResize((1, 3))(chess).tolist(), v2.Resize((1, 3))(chess).tolist()
    ([[0, 2, 4]], [[0, 1, 3]])
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """One part of a sample: a mask by its middles, all else as torchvision does.

        Args:
            inpt: of a sample.
            params: as torchvision calls it, empty here.
        """
        if not isinstance(inpt, tv_tensors.Mask):
            return super().transform(inpt, params)
        plain = inpt.as_subclass(torch.Tensor)
        stack = plain if plain.ndim > 2 else plain[None]  # (..., N, H, W)
        moved = v2.functional.resize(
            stack, self.size, interpolation=v2.InterpolationMode.NEAREST_EXACT, max_size=self.max_size
        )
        return tv_tensors.wrap(moved if plain.ndim > 2 else moved[0], like=inpt)


def train_transform(
    size: int = 224,
    *,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
    crop_scale: tuple[float, float] = (0.35, 1.0),
) -> v2.Compose:
    """Random crop and mirror, then numbers a network likes: picture -> float32 (3, size, size).

    Args:
        size: side of the square that comes out, in pixels.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.
        crop_scale: a crop covers between this least and greatest share of the picture's area.

    Returns:
        A v2 pipeline for a PIL image or a uint8 tensor (3, H, W); boxes and masks that come along as
        tv_tensors move with the picture.

    Raises:
        InputError: ``size`` is below 1 pixel.

    Source: the training recipe of torchvision's classification references.
    """
    _require_size(size)
    return v2.Compose(
        [
            v2.ToImage(),
            v2.RandomResizedCrop(size, scale=crop_scale, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean, std),
        ]
    )


def eval_transform(
    size: int = 224, *, mean: Sequence[float] = IMAGENET_MEAN, std: Sequence[float] = IMAGENET_STD
) -> v2.Compose:
    """The same every time: shorter side to ``size``, centre square -> float32 (3, size, size).

    Args:
        size: side of the square that comes out, in pixels.
        mean: per channel, of pixels in 0..1; the same as in training.
        std: per channel, of pixels in 0..1; the same as in training.

    Raises:
        InputError: ``size`` is below 1 pixel.
    """
    _require_size(size)
    return v2.Compose(
        [
            v2.ToImage(),
            v2.Resize(size, antialias=True),
            v2.CenterCrop(size),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean, std),
        ]
    )


def detection_transform(
    *,
    train: bool,
    mirror: float = 0.5,
    colour: bool = True,
    zoom: tuple[float, float] | None = None,
    size_hw: tuple[int, int] | None = None,
) -> v2.Compose:
    """Picture and boxes together -> float32 (3, H, W) in 0..1 and boxes where the objects now are.

    Not normalised: torchvision's detectors do that themselves. Sizes stay unless ``size_hw`` asks.

    Args:
        train: whether to change anything by chance; validation pictures stay as they are.
        mirror: chance of being mirrored left to right; 0 where left and right mean something, as in digits.
        colour: whether brightness, contrast, saturation and hue change.
        zoom: the picture is scaled by a factor between these, around a random point, on a canvas of the same
            size; None leaves it.
        size_hw: squeeze into this height and width, pixels.

    Returns:
        A v2 pipeline, called as ``transform(image, target)`` with tv_tensors in the target.

    Raises:
        InputError: a chance outside 0..1, or a zoom that isn't two growing factors above 0.

    Source: torchvision's detection references, without what only large data sets bear.
    """
    geometry = _varied(train, mirror, colour, zoom, size_hw, outside=0)
    return v2.Compose([*geometry, v2.ToDtype(torch.float32, scale=True)])


def segmentation_transform(
    *,
    train: bool,
    mirror: float = 0.5,
    colour: bool = True,
    zoom: tuple[float, float] | None = None,
    size_hw: tuple[int, int] | None = None,
    mean: Sequence[float] = IMAGENET_MEAN,
    std: Sequence[float] = IMAGENET_STD,
) -> v2.Compose:
    """Picture and mask together -> float32 (3, H, W), normalised, and the classes of its pixels.

    Classes never mix: a mask that comes as ``tv_tensors.Mask`` is resized as :class:`AlignedResize` does, and
    what is missing beyond the picture's edge becomes 255, which is ignored. Sizes stay unless ``size_hw``
    asks.

    Args:
        train: as for :func:`detection_transform`, and so the next four.
        mirror: likewise.
        colour: likewise.
        zoom: likewise.
        size_hw: likewise.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.

    Returns:
        A v2 pipeline, called as ``transform(image, mask)``, or with a picture alone.

    Raises:
        InputError: a chance outside 0..1, or a zoom that isn't two growing factors above 0.

    Source: torchvision's segmentation references, without what only large data sets bear.
    """
    geometry = _varied(train, mirror, colour, zoom, size_hw, outside=255)
    return v2.Compose([*geometry, v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)])


def _varied(
    train: bool,
    mirror: float,
    colour: bool,
    zoom: tuple[float, float] | None,
    size_hw: tuple[int, int] | None,
    *,
    outside: int,
) -> list[v2.Transform]:
    """What :func:`detection_transform` says of these; masks are ``outside`` beyond the picture's edge."""
    if not 0 <= mirror <= 1:
        raise InputError("mirror", "must be a chance in 0..1", got=mirror)
    if zoom is not None and not 0 < zoom[0] <= zoom[1]:
        raise InputError("zoom", "must be two factors, (least, greatest), above 0", got=zoom)
    chain: list[v2.Transform] = [v2.ToImage()]
    if size_hw is not None:
        chain.append(AlignedResize(size_hw, antialias=True))
    if train and zoom is not None:
        fill = {tv_tensors.Image: _GRAY, tv_tensors.Mask: outside, "others": 0}
        chain.append(v2.RandomAffine(0, translate=(0.1, 0.1), scale=zoom, fill=fill))
    if train and mirror:
        chain.append(v2.RandomHorizontalFlip(mirror))
    if train and colour:
        chain.append(v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.5, hue=0.1))
    return chain


def source_chain_v1(size: int = 224, *, train: bool = True) -> v1.Compose:
    """The classic chain in torchvision's first API: PIL image -> float32 (3, size, size).

    ``Resize((size, size))`` squeezes the picture into a square: simple, and it distorts.

    Args:
        size: side of the square, in pixels.
        train: whether to mirror half of the pictures.

    Raises:
        InputError: ``size`` is below 1 pixel.
    """
    _require_size(size)
    return v1.Compose(
        [
            v1.Resize((size, size)),
            *([v1.RandomHorizontalFlip()] if train else []),
            v1.ToTensor(),
            v1.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )


def source_chain_v2(size: int = 224, *, train: bool = True) -> v2.Compose:
    """What :func:`source_chain_v1` does, in today's API: the same numbers from the same chance.

    Args:
        size: side of the square, in pixels.
        train: whether to mirror half of the pictures.

    Raises:
        InputError: ``size`` is below 1 pixel.
    """
    _require_size(size)
    return v2.Compose(
        [
            v2.Resize((size, size)),
            *([v2.RandomHorizontalFlip()] if train else []),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),  # with ToImage: what ToTensor was
            v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )


def denormalize(
    image: torch.Tensor, mean: Sequence[float] = IMAGENET_MEAN, std: Sequence[float] = IMAGENET_STD
) -> torch.Tensor:
    """Undo ``Normalize``: float (..., C, H, W) around zero -> 0..1, clamped.

    Rounding can carry a pixel a hair past 0 or 1; a picture has no such pixels, so they are clamped.

    Args:
        image: what ``Normalize(mean, std)`` made.
        mean: per channel.
        std: per channel.

    Raises:
        InputError: ``image`` isn't float, or its channels don't match ``mean`` and ``std``.

    >>> grey = torch.zeros(3, 1, 1)
    >>> [round(value, 3) for value in denormalize(grey).flatten().tolist()]
    [0.485, 0.456, 0.406]
    """
    if not image.is_floating_point():
        raise InputError(
            "image", "must be float", got=image.dtype, fix="Only a normalised picture can go back."
        )
    if image.ndim < 3 or not image.shape[-3] == len(mean) == len(std):
        raise InputError(
            "image",
            f"must have shape (..., {len(mean)}, H, W)",
            got=tuple(image.shape),
            fix="Channels come first.",
        )
    scale = image.new_tensor(std).view(-1, 1, 1)
    shift = image.new_tensor(mean).view(-1, 1, 1)
    return (image * scale + shift).clamp(0, 1)


def _require_size(size: int) -> None:
    if size < 1:
        raise InputError("size", "must be at least 1 pixel", got=size, fix="Try 224.")
