"""Exercise of lesson 10: how many multiply-adds a convolution takes."""

import copy
from typing import Any

import torch
from torch import nn

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise

__all__ = ["conv_operations"]


@exercise(
    "choosing.conv_operations",
    hints=[
        N_(
            "How many numbers come out? And how many products are added up for *one* of them? Multiply the "
            "two."
        ),
        N_(
            "One number that comes out looks at a window of the kernel's size, in `in_channels / groups` "
            "channels. `conv.weight[0].numel()` is just that many."
        ),
        N_(
            "How large the output is, with stride, padding and dilation, the layer itself knows best: "
            "`conv(torch.zeros(1, conv.in_channels, height, width)).numel()`."
        ),
    ],
)
def conv_operations(conv: nn.Conv2d, height: int, width: int) -> int:
    """Count the multiply-adds of a convolution for one picture.

    A product and its addition count as one. Adding the bias doesn't count.

    Args:
        conv: with any kernel, stride, padding, dilation and groups.
        height: of the picture that goes in.
        width: of the same.

    Returns:
        A whole number.
    """
    outputs = conv(torch.zeros(1, conv.in_channels, height, width)).numel()
    return outputs * conv.weight[0].numel()


@conv_operations.inputs
def _conv_and_size(generator: torch.Generator, trial: int) -> tuple[nn.Conv2d, int, int]:
    groups = (1, 2, 4, 1, 8, 2)[trial % 6]
    across = 8 * (1 + draw(2, generator))
    kernel = ((3, 3), (1, 1), (3, 5), (5, 3), (3, 3), (1, 3))[trial % 6]
    stride = ((2, 2), (1, 1), (2, 1), (1, 2), (2, 2), (1, 1))[trial % 6]
    dilation = ((1, 1), (1, 1), (1, 1), (1, 1), (2, 2), (1, 3))[trial % 6]
    around = draw(2, generator)
    padding = (around, around + (trial % 6 in (2, 3)))
    bias = bool(trial % 2)
    conv = nn.Conv2d(across, 16, kernel, stride, padding, dilation, groups=groups, bias=bias)
    return conv, *unequal_sides(11, 9, generator)


def _counted(conv: nn.Conv2d, height: int, width: int, *, grouped: bool = True, doubled: bool = False) -> int:
    right = conv_operations(conv, height, width)
    return right * (1 if grouped else conv.groups) * (2 if doubled else 1)


@conv_operations.mistake(
    N_(
        "`groups` is missing. With groups an output channel looks at only `in_channels / groups` channels, "
        "which is why depthwise convolutions are cheap."
    )
)
def _ungrouped(conv: nn.Conv2d, height: int, width: int) -> Any:
    return _counted(conv, height, width, grouped=False)


@conv_operations.mistake(
    N_(
        "Twice too many: these are FLOPs, which count a product and its addition as two. Multiply-adds count "
        "them as one."
    )
)
def _doubled(conv: nn.Conv2d, height: int, width: int) -> Any:
    return _counted(conv, height, width, doubled=True)


@conv_operations.mistake(
    N_(
        "You take the output to be as large as the input. Stride and padding change that: ask the layer for "
        "its output's shape."
    )
)
def _as_large(conv: nn.Conv2d, height: int, width: int) -> Any:
    return height * width * conv.weight.numel()


@conv_operations.mistake(
    N_(
        "Dilation is missing. It draws the kernel apart, so that it has fewer places: along a side it covers "
        "`dilation * (kernel_size - 1) + 1` pixels."
    )
)
def _undilated(conv: nn.Conv2d, height: int, width: int) -> Any:
    tight = copy.copy(conv)
    tight.dilation = (1, 1)
    return conv_operations(tight, height, width)


@conv_operations.mistake(
    N_("The biases' additions are counted, too. They are left out here: one for each number that comes out.")
)
def _with_bias(conv: nn.Conv2d, height: int, width: int) -> Any:
    biases = 0 if conv.bias is None else _outputs_alone(conv, height, width)
    return conv_operations(conv, height, width) + biases


@conv_operations.mistake(
    N_(
        "Those are the numbers in the kernel. Each is used at every place of the output: multiply by the "
        "output's height and width."
    )
)
def _kernel_alone(conv: nn.Conv2d, height: int, width: int) -> Any:
    return conv.weight.numel()


@conv_operations.mistake(
    N_(
        "Those are the numbers that come out. Each of them is a sum of many products: multiply by "
        "`conv.weight[0].numel()`."
    )
)
def _outputs_alone(conv: nn.Conv2d, height: int, width: int) -> Any:
    return conv(torch.zeros(1, conv.in_channels, height, width)).numel()


@conv_operations.mistake(
    N_(
        "The output's channels are missing: you counted one of them. All are made: multiply by "
        "`conv.out_channels`."
    )
)
def _one_channel(conv: nn.Conv2d, height: int, width: int) -> Any:
    return conv_operations(conv, height, width) // conv.out_channels
