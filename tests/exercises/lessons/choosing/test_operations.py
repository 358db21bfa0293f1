"""Lesson 10's multiply-adds: other ways to count them, and other ways to make each mistake."""

import math

import torch
from torch.utils.flop_counter import FlopCounterMode


def by_formula(conv, height, width):
    places = 1
    for side, k, s, p, d in zip(
        (height, width), conv.kernel_size, conv.stride, conv.padding, conv.dilation, strict=True
    ):
        places *= (side + 2 * p - d * (k - 1) - 1) // s + 1
    kernel = conv.kernel_size[0] * conv.kernel_size[1]
    return places * conv.out_channels * conv.in_channels // conv.groups * kernel


def by_shape(conv, height, width):
    _batch, _channels, rows, columns = conv(torch.rand(1, conv.in_channels, height, width)).shape
    return rows * columns * conv.weight.numel()


def by_counter(conv, height, width):
    with FlopCounterMode(display=False) as counter:
        conv(torch.rand(1, conv.in_channels, height, width))
    return counter.get_total_flops() // 2


def by_meta(conv, height, width):
    out = conv.to("meta")(torch.empty(1, conv.in_channels, height, width, device="meta"))
    return math.prod(out.shape) * math.prod(conv.weight.shape[1:])


def by_adding(conv, height, width):
    out = conv(torch.rand(1, conv.in_channels, height, width))
    return sum(conv.weight[0].numel() for _number in range(out.numel()))


NAME = "choosing.conv_operations"
RIGHT = {NAME: [by_formula, by_shape, by_counter, by_meta, by_adding]}


def same_size(conv, height, width):
    kernel = conv.kernel_size[0] * conv.kernel_size[1]
    return height * width * conv.out_channels * (conv.in_channels // conv.groups) * kernel


def without_dilation(conv, height, width):
    places = 1
    for side, k, s, p in zip((height, width), conv.kernel_size, conv.stride, conv.padding, strict=True):
        places *= (side + 2 * p - k) // s + 1
    return places * conv.weight.numel()


def one_stride(conv, height, width):
    """Takes the stride, and what is laid around, of the rows for the columns too."""
    places = 1
    for side, k, d in zip((height, width), conv.kernel_size, conv.dilation, strict=True):
        places *= (side + 2 * conv.padding[0] - d * (k - 1) - 1) // conv.stride[0] + 1
    return places * conv.weight.numel()


WRONG = {
    NAME: {
        "_ungrouped": lambda conv, h, w: by_formula(conv, h, w) * conv.groups,
        "_doubled": lambda conv, h, w: by_shape(conv, h, w) * 2,
        "_as_large": same_size,
        "_undilated": without_dilation,
        "_with_bias": lambda conv, h, w: (
            by_shape(conv, h, w) // conv.weight.numel() * sum(one.numel() for one in conv.parameters())
        ),
        "_kernel_alone": lambda conv, h, w: math.prod(conv.weight.shape),
        "_outputs_alone": lambda conv, h, w: math.prod(conv(torch.rand(1, conv.in_channels, h, w)).shape),
        "_one_channel": lambda conv, h, w: by_formula(conv, h, w) // conv.out_channels,
    }
}

UNLISTED = {
    NAME: [
        lambda conv, h, w: by_formula(conv, w, h),
        lambda conv, h, w: by_formula(conv, h, w) + conv.out_channels * h,
        one_stride,
        lambda conv, h, w: "many",
        lambda conv, h, w: by_formula(conv, h, w) / 2,
        lambda conv, h, w: [by_formula(conv, h, w)],
        lambda conv, h, w: by_formula(conv, h, w) * conv.in_channels,
    ]
}
