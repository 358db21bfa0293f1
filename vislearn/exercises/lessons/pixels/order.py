"""Exercise of lesson 07: from the order in which OpenCV keeps a picture to torch's."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.inputs import unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["rgb_tensor"]


@exercise(
    "pixels.rgb_tensor",
    hints=[
        N_("Two things are in another order: the channels, and the axes. Do one after the other."),
        N_(
            "`torch.from_numpy(array)` makes a tensor; `.permute(2, 0, 1)` brings the last axis to the front."
        ),
        N_("Then the channels are the first axis: `.flip(0)` turns blue, green, red into red, green, blue."),
    ],
)
def rgb_tensor(array: np.ndarray) -> Tensor:
    """Turn a picture as OpenCV reads it into one as torchvision wants it.

    Args:
        array: (H, W, 3), uint8, the channels in the order blue, green, red.

    Returns:
        (3, H, W), uint8, the channels in the order red, green, blue.
    """
    return torch.from_numpy(array).permute(2, 0, 1).flip(0)


@rgb_tensor.inputs
def _bgr_array(generator: torch.Generator) -> tuple[np.ndarray]:
    """Each channel has a range of its own, so that a wrong order of channels shows in every pixel."""
    height, width = unequal_sides(4, 5, generator)
    base = torch.tensor([20, 100, 180])
    pixels = base + torch.randint(0, 60, (height, width, 3), generator=generator)
    return (pixels.to(torch.uint8).numpy(),)


@rgb_tensor.read
def _bytes(picture: Any) -> Any:
    """The answer as it is, unless its whole numbers are no bytes: networks scale int32 by another maximum."""
    tensor = as_tensor(picture)
    if tensor is not None and tensor.dtype in {torch.int8, torch.int16, torch.int32, torch.int64}:
        raise Unusable(
            _(
                "bytes, uint8, expected; {got} returned. torchvision takes 255 for white only in bytes: "
                "leave them as they are.",
                got=str(tensor.dtype).removeprefix("torch."),
            )
        )
    return picture


@rgb_tensor.mistake(
    N_(
        "The axes are right, the channels are still blue, green, red: every cat would be blue. They are the "
        "first axis now, so `.flip(0)` turns them round."
    )
)
def _still_bgr(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1)


@rgb_tensor.mistake(
    N_("The colours are right, the axes are still height, width, channels: `.permute(2, 0, 1)`.")
)
def _still_hwc(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).flip(2)


_RESHAPED = N_(
    "The shape is right and the picture is gone: `reshape` and `view` count the numbers off anew, one after "
    "the other, and colours become neighbours. To move axes use `permute`."
)


@rgb_tensor.mistake(_RESHAPED)
def _reshaped(array: np.ndarray) -> Tensor:
    height, width, _channels = array.shape
    return torch.from_numpy(array).reshape(3, height, width)


@rgb_tensor.mistake(_RESHAPED)
def _flipped_and_reshaped(array: np.ndarray) -> Tensor:
    height, width, _channels = array.shape
    return torch.from_numpy(array).flip(2).reshape(3, height, width)


@rgb_tensor.mistake(_RESHAPED)
def _reshaped_and_flipped(array: np.ndarray) -> Tensor:
    return _reshaped(array).flip(0)


@rgb_tensor.mistake(
    N_(
        "Height and width have changed places: the picture lies on its side. `.permute(2, 0, 1)` keeps "
        "them in order; `.T` and `.permute(2, 1, 0)` don't."
    )
)
def _transposed(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 1, 0).flip(0)


@rgb_tensor.mistake(
    N_(
        "Height and width have changed places, and the channels are still blue, green, red. `.permute(2, 0, "
        "1)`, then `.flip(0)`."
    )
)
def _transposed_bgr(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 1, 0)


@rgb_tensor.mistake(
    N_(
        "This is upside down, and still blue, green, red: the first axis was the height when you flipped it. "
        "After `.permute(2, 0, 1)` the first axis is the channels."
    )
)
def _upside_down(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).flip(0).permute(2, 0, 1)


@rgb_tensor.mistake(
    N_(
        "This is mirrored, and still blue, green, red: after `.permute(2, 0, 1)` the last axis is the width. "
        "The channels are the first: `.flip(0)`."
    )
)
def _mirrored(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1).flip(-1)


@rgb_tensor.mistake(
    N_(
        "The channels have moved on by one, but only two of them change places, blue and red: `.flip(0)`, or "
        "`[[2, 1, 0]]`."
    )
)
def _rolled(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1).roll(1, 0)


@rgb_tensor.mistake(
    N_(
        "torch takes no array that NumPy reads backwards, as `array[..., ::-1]` is. Flip the tensor instead, "
        "`.flip(0)`, or `.copy()` the array first."
    )
)
def _negative_strides(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array[..., ::-1]).permute(2, 0, 1)


@rgb_tensor.mistake(
    N_("All is in order, but these are numbers from 0 to 1. Bytes were asked for: leave them as they are.")
)
def _unit_range(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).permute(2, 0, 1).flip(0) / 255
