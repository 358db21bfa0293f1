import pytest
import torch

from vislearn.traps.levels import is_bytes, levels_of, levels_of_list, scale_of

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
