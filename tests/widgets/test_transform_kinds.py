"""The gallery's transforms: the line of code is what is done, and every control's ends are allowed."""

import warnings

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.widgets.transform_kinds import transform_kinds

SIZE = (48, 64)
KINDS = transform_kinds(SIZE)
SAMPLE = {
    "image": tv_tensors.Image(torch.randint(40, 200, (3, *SIZE), dtype=torch.uint8)),
    "boxes": tv_tensors.BoundingBoxes([[8.0, 8, 24, 24]], format="XYXY", canvas_size=SIZE),
    "masks": tv_tensors.Mask(torch.ones(1, *SIZE, dtype=torch.uint8)),
    "keypoints": tv_tensors.KeyPoints([[[12.0, 12]]], canvas_size=SIZE),
}


def called(transform, seed=2):
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return transform(SAMPLE)


@pytest.mark.parametrize("name", KINDS)
def test_the_code_that_is_shown_does_what_is_shown(name):
    kind = KINDS[name]
    again = eval(kind.code(kind.starts), {"v2": v2})
    if not kind.takes_marks:
        with pytest.raises(TypeError, match="not supported"):
            called(again)
        return
    one, other = called(kind.transform(kind.starts)), called(again)
    assert all(torch.equal(one[key], other[key]) for key in SAMPLE)
    assert any(
        one[key].shape != SAMPLE[key].shape or not torch.equal(one[key], SAMPLE[key]) for key in SAMPLE
    )


def ends(kind):
    for name, may_be in kind.controls.items():
        values = may_be if isinstance(may_be, list) else [False, True] if may_be is False else may_be[:2]
        yield from (dict(kind.starts) | {name: value} for value in values)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.takes_marks])
def test_the_ends_of_every_control_are_allowed(name):
    for values in ends(KINDS[name]):
        called(KINDS[name].transform(values))


@pytest.mark.parametrize("name", KINDS)
def test_every_control_is_an_argument_and_begins_within_its_range(name):
    kind = KINDS[name]
    assert set(kind.starts) <= set(kind.controls)
    for argument, start in kind.starts.items():
        may_be = kind.controls[argument]
        if isinstance(may_be, tuple):
            assert may_be[0] <= start <= may_be[1]
            assert type(start) is type(may_be[0])


def test_floats_are_written_as_a_person_would():
    assert KINDS["RandomAffine"].code({"degrees": 0, "scale": 0.1 + 0.2}) == (
        "v2.RandomAffine(degrees=0, scale=(0.7, 1.3))"
    )


def test_a_picture_of_a_single_pixel_has_controls_too():
    transform_kinds((1, 1))["RandomCrop"].transform({"size": 1})


def test_room_around_a_picture_begins_at_none_and_ends_at_half_its_shorter_side():
    kind = KINDS["Pad"]
    assert (kind.controls, kind.starts) == ({"padding": (0, 24)}, {"padding": 8})
