"""Exercises of lesson 00: read a picture's shape and range."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise

__all__ = ["image_shape", "value_range"]


@exercise(
    "overview.image_shape",
    hints=[
        N_("A tensor knows its own size. Print `image.shape` for a picture you know, and compare."),
        N_("torch keeps a picture as (channels, height, width); you are asked for another order."),
        N_("Unpack the three sizes, then put them in order: `channels, height, width = image.shape`."),
    ],
)
def image_shape(image: Tensor) -> tuple[int, int, int]:
    """Say how large a picture is.

    Args:
        image: (C, H, W), as torch keeps pictures.

    Returns:
        Three whole numbers: (height, width, channels), in pixels, pixels and colours.
    """
    channels, height, width = image.shape
    return height, width, channels


@image_shape.inputs
def _picture(generator: torch.Generator) -> tuple[Tensor]:
    height, width = unequal_sides(4, 12, generator)
    channels = (1, 3)[draw(2, generator)]
    return (torch.rand(channels, height, width, generator=generator),)


@image_shape.mistake(
    N_("This is torch's own order (channels, height, width). You are asked for (height, width, channels).")
)
def _as_stored(image: Tensor) -> tuple[int, ...]:
    return tuple(image.shape)


@image_shape.mistake(
    N_(
        "Width and height are swapped. A tensor's shape is (channels, height, width): rows come before "
        "columns. Only PIL and OpenCV's resize speak of (width, height)."
    )
)
def _width_first(image: Tensor) -> tuple[int, int, int]:
    return image.shape[2], image.shape[1], image.shape[0]


@image_shape.mistake(N_("Height and width are there; the number of channels, `image.shape[0]`, is missing."))
def _without_channels(image: Tensor) -> tuple[int, int]:
    return image.shape[1], image.shape[2]


@image_shape.mistake(
    N_(
        "Not every picture has 3 channels; a grey one has 1. `image.shape[0]`, the length of the first axis, "
        "counts them. (`image.ndim` counts the axes, and these are always 3.)"
    )
)
def _axes_as_channels(image: Tensor) -> tuple[int, int, int]:
    return image.shape[1], image.shape[2], image.ndim + 0 * image.shape[0]


@exercise(
    "overview.value_range",
    hints=[
        N_(
            "Which is the darkest number in the picture, and which the brightest? Tensors have methods "
            "for both."
        ),
        N_("`image.min()` looks at all pixels of all channels. What it gives is still a tensor."),
        N_("`float(image.min())` is a Python float. Return that of the minimum, then that of the maximum."),
    ],
)
def value_range(image: Tensor) -> tuple[float, float]:
    """Find the smallest and the largest value in a picture.

    Args:
        image: (C, H, W), any dtype, any range.

    Returns:
        (smallest, largest) over all pixels and channels, as Python numbers.
    """
    return float(image.min()), float(image.max())


@value_range.inputs
def _picture_of_any_range(generator: torch.Generator) -> tuple[Tensor]:
    shape = (3, draw(4, generator) + 3, draw(4, generator) + 3)
    kind = draw(3, generator)
    if kind == 0:
        return (torch.randint(5, 250, shape, generator=generator, dtype=torch.uint8),)
    image = torch.rand(shape, generator=generator) * 0.9 + 0.05
    return (image if kind == 1 else image * 4.5 - 2.1,)


@value_range.mistake(
    N_(
        "The numbers are right, but they are still tensors. `.item()` takes the Python number out of a "
        "tensor."
    )
)
def _tensors(image: Tensor) -> tuple[Tensor, Tensor]:
    return image.min(), image.max()


@value_range.mistake(N_("The order is swapped: the smallest value comes first, then the largest."))
def _largest_first(image: Tensor) -> tuple[float, float]:
    return image.max().item(), image.min().item()


@value_range.mistake(
    N_(
        "This is the range the dtype could hold, or usually holds. You are asked what this picture really "
        "contains: look at its pixels."
    )
)
def _range_of_dtype(image: Tensor) -> tuple[float, float]:
    return (0.0, 1.0) if image.is_floating_point() else (0.0, 255.0)


@value_range.mistake(
    N_("This is one number per channel. Without `dim`, `min` and `max` look at all channels at once.")
)
def _per_channel(image: Tensor) -> tuple[list[float], list[float]]:
    return image.amin(dim=(1, 2)).tolist(), image.amax(dim=(1, 2)).tolist()


@value_range.mistake(
    N_("This looks at the first channel only. The other channels belong to the picture too.")
)
def _first_channel(image: Tensor) -> tuple[float, float]:
    return image[0].min().item(), image[0].max().item()


@value_range.mistake(
    N_(
        "`int(...)` cuts off everything behind the decimal point. Of 0.87 it leaves 0. Use `.item()` or "
        "`float(...)`."
    )
)
def _cut_to_int(image: Tensor) -> tuple[int, int]:
    return int(image.min()), int(image.max())


@value_range.mistake(
    N_(
        "Python's `min(image)` compares whole channels with each other. Use the tensor's own `image.min()`, "
        "which compares pixels."
    )
)
def _python_min(image: Tensor) -> tuple[float, float]:
    return float(min(image)), float(max(image))
