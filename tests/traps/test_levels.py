from dataclasses import replace

import pytest
import torch

from vislearn.traps.levels import (
    Levels,
    is_bytes,
    is_normalised_bytes,
    levels_of,
    levels_of_list,
    scale_of,
    undone,
)

UNIT = torch.linspace(0, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)


def test_no_look_and_a_single_one_say_nothing():
    assert scale_of([]) == scale_of([levels_of(UNIT)]) == ""


@pytest.mark.parametrize(
    ("pictures", "scale"),
    [
        (UNIT * 255, "bytes"),
        (UNIT, "unit"),
        ((UNIT - 0.45) / 0.225, "signed"),
        (UNIT * 0.3, ""),  # dark
        (UNIT * 2000, ""),
    ],
)
def test_a_scale_is_told_where_all_looks_agree(pictures, scale):
    assert scale_of([levels_of(pictures)] * 2) == scale
    assert scale_of([levels_of(pictures), levels_of(UNIT * -3e3)]) == ""


def test_every_channel_has_its_own_ends():
    looked = levels_of(UNIT)
    assert (looked.least, looked.greatest, looked.reach) == (0, 1, 1)
    assert looked.low[0] < looked.low[1] < looked.low[2]
    assert looked.high[0] < looked.high[2]
    assert not looked.whole
    assert levels_of(torch.ones(1, 3, 2, 2)).whole


def test_flattened_pictures_are_one_channel():
    assert levels_of(UNIT.flatten(1)).low == (0.0,)


def test_a_list_of_pictures_of_several_sizes_is_one_look():
    looked = levels_of_list([UNIT[0] * 255, torch.zeros(3, 2, 5)])
    assert looked.low == (0.0, 0.0, 0.0)
    assert looked.greatest == pytest.approx(255)
    assert is_bytes(looked)


def test_flat_pictures_are_no_bytes():
    assert not is_bytes(levels_of(torch.full((1, 3, 4, 4), 200.0)))


def looked(low, high, std=30.0):
    """A look at pictures whose values reach from low to high in each channel, or in the only one."""
    ends = [tuple(map(float, end)) if isinstance(end, tuple) else (float(end),) for end in (low, high)]
    return Levels(*ends, 1.0, std, False)


@pytest.mark.parametrize(
    ("low", "high", "std", "expected"),
    [
        (0, 255, 30, True),
        (0, 255.5, 30, True),  # resizing rounds up to half a value
        (0, 255.6, 30, False),
        (-0.01, 255, 30, False),
        (0, 50.1, 30, True),
        (0, 50, 30, False),
        (0, 255, 5.1, True),
        (0, 255, 5, False),
    ],
)
def test_bytes_end_where_no_picture_goes_on(low, high, std, expected):
    assert is_bytes(looked(low, high, std)) is expected


@pytest.mark.parametrize(
    ("low", "high", "scale"),
    [
        (0, 1.0001, "unit"),
        (0, 1.0002, ""),
        (-0.0001, 1, ""),
        (0, 0.51, "unit"),
        (0, 0.5, ""),
        (-11.9, 11.9, "signed"),
        (-12, 0, ""),
        (-1, 12, ""),
        (-0.31, 0, "signed"),
        (-0.3, 0.4, ""),
    ],
)
def test_between_two_scales_nothing_is_said(low, high, scale):
    assert scale_of([looked(low, high)] * 2) == scale
    assert scale_of([looked(low, high), looked(0, 20)]) == ""


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        # by halves alone: 160 / 2 is a bright pixel, while others would make a dark picture of it
        (-1.9, 160, True),
        (-2, 160, False),
        (-1.9, 150.1, True),
        (-1.9, 150, False),
        # by MNIST's alone
        (-2.04, 162, True),
        (-2.04, 161, False),
        (-2.1, 162, False),
        # by CIFAR-10's alone, each channel by its own
        ((-3.9, -3.9, -3.5), (200, 200, 200), True),
        ((-4.02, -3.9, -3.5), (200, 200, 200), False),
        ((-3.9, -4.04, -3.5), (200, 200, 200), False),
        ((-3.9, -3.9, -3.63), (200, 200, 200), False),
        # by ImageNet's alone
        ((-2.2, -2.1, -1.9), (1113, 1138, 1133), True),
        ((-2.2, -2.1, -1.9), (1114, 1138, 1133), False),
        ((-2.2, -2.1, -1.9), (1113, 1139, 1133), False),
        ((-2.2, -2.1, -1.9), (1113, 1138, 1134), False),
        ((-4.2, -4.2, -4.0), (1113, 1138, 1133), True),
        ((-4.2, -4.2, -4.1), (1113, 1138, 1133), False),
        # by whatever
        ((-1, -1), (400, 400), False),  # pictures have one channel or three
        (0, 255, False),  # not normalised at all
    ],
)
def test_bytes_that_were_normalised_are_known_by_the_constants_people_take(low, high, expected):
    one = looked(low, high)
    assert is_normalised_bytes(one) is expected
    assert is_normalised_bytes(replace(one, std=20.0)) is expected
    assert not is_normalised_bytes(replace(one, std=19.9))


def test_normalising_is_undone_in_each_channel():
    assert undone(2.0, 1, ((0.0, 1.0, 5.0), (1.0, 3.0, 1.0))) == 7
    assert undone(2.0, 2, ((1.0,), (3.0,))) == 7


def test_sixteen_pictures_are_looked_at():
    images = torch.zeros(17, 3, 2, 2)
    images[15, 1, 0, 0], images[16] = 5.0, 9.0
    assert levels_of(images).greatest == levels_of_list(list(images)).greatest == 5


def test_the_spread_is_that_of_all_values():
    found = levels_of(torch.tensor([[0.0, 2.0]]))
    assert (found.mean, found.std, found.reach, found.whole) == (1, 1, 2, True)
    assert levels_of(torch.tensor([[-3.0, 2.0]])).reach == 3
