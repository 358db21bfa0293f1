import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision import ops as tv
from torchvision import tv_tensors

from vislearn import ops
from vislearn.errors import InputError
from vislearn.ops.boxes import FORMATS, LARGEST

FAMILY = ["box_iou", "generalized_box_iou", "distance_box_iou", "complete_box_iou"]
NAN, INF = float("nan"), float("inf")
FEW = settings(max_examples=60, deadline=None, derandomize=True)
UNIT = torch.tensor([[0.0, 0, 1, 1]])


@st.composite
def boxes(draw, low=-50, high=50, least_side=0):
    """(N, 4) float64 of quarters, exact in any arithmetic."""
    corner, side = st.integers(4 * low, 4 * high), st.integers(4 * least_side, 80)
    rows = draw(st.lists(st.tuples(corner, corner, side, side), min_size=1, max_size=6))
    table = torch.tensor(rows, dtype=torch.float64) / 4
    return torch.cat([table[:, :2], table[:, :2] + table[:, 2:]], dim=1)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("sizes", [(0, 0), (0, 3), (3, 0)])
def test_no_boxes_have_no_pairs(name, sizes):
    first, second = (torch.zeros(size, 4) for size in sizes)
    assert getattr(ops, name)(first, second).shape == sizes


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.int32])
@pytest.mark.parametrize("high", [1.0, 50.0, 1e3, 1e8])
def test_the_family_equals_torchvision(random_boxes, name, dtype, high):
    if (dtype == torch.float16 and high > 1e3) or (not dtype.is_floating_point and high == 1.0):
        high = 300.0
    first, second = (random_boxes(seed, 60, high, dtype=dtype) for seed in (1, 2))
    first[:, 2:] += 1  # a side of 0 is decided otherwise here, and tested below
    second[:, 2:] += 1
    # torchvision multiplies sides of int32 in int32, which overflows, and subtracts in float16, which rounds
    wider = {torch.int32: torch.int64, torch.float16: torch.float32}.get(dtype, dtype)
    wide = [each.to(wider) for each in (first, second)]
    expected = getattr(tv, name)(*wide)
    exact = {"rtol": 1e-12, "atol": 1e-9} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 2e-5}
    got = getattr(ops, name)(first, second)
    torch.testing.assert_close(got.double(), expected.double(), **exact)
    assert got.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)


@pytest.mark.parametrize("name", FAMILY)
def test_batches_are_compared_sample_by_sample(random_boxes, name):
    first, second = random_boxes(1, 30).view(2, 3, 5, 4), random_boxes(2, 24).view(2, 3, 4, 4)
    got = getattr(ops, name)(first, second)
    assert got.shape == (2, 3, 5, 4)
    torch.testing.assert_close(got[1, 2], getattr(tv, name)(first[1, 2], second[1, 2]))


@pytest.mark.parametrize("name", FAMILY)
def test_the_gradient_is_torchvisions(random_boxes, name):
    second = random_boxes(2, 6, dtype=torch.float64)
    gradients = []
    for library in (ops, tv):
        first = random_boxes(1, 7, dtype=torch.float64).requires_grad_()
        getattr(library, name)(first, second).square().sum().backward()
        gradients.append(first.grad)
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().sum() > 0


@pytest.mark.parametrize(
    ("name", "second", "expected"),
    [
        ("box_iou", [5.0, 5, 5, 5], 0.0),  # torchvision: nan
        ("box_iou", [7.0, 7, 7, 7], 0.0),
        ("generalized_box_iou", [5.0, 5, 5, 5], 0.0),  # the same point: nothing empty around it
        ("generalized_box_iou", [7.0, 7, 7, 7], -1.0),  # all of the hull is empty
        ("distance_box_iou", [5.0, 5, 5, 5], 0.0),
        ("distance_box_iou", [7.0, 7, 7, 7], -1.0),
        ("complete_box_iou", [5.0, 5, 5, 5], 0.0),
        ("complete_box_iou", [5.0, 5, 9, 5], -0.75),  # distance 1/4, shape 1/2
    ],
)
def test_boxes_without_area_have_decided_values(name, second, expected):
    first = torch.tensor([[5.0, 5, 5, 5]], requires_grad=True)
    got = getattr(ops, name)(first, torch.tensor([second]))
    assert got.item() == pytest.approx(expected, abs=1e-6)
    if name != "complete_box_iou":  # the angle of nothing has no slope
        got.sum().backward()
        assert first.grad.isfinite().all()


def test_an_empty_box_beside_a_real_one_has_no_overlap():
    assert ops.box_iou(UNIT, torch.tensor([[0.5, 0.5, 0.5, 0.9]])).item() == 0


@FEW
@given(boxes(), boxes())
def test_iou_is_symmetric_and_bounded(first, second):
    for name in FAMILY:
        table = getattr(ops, name)(first, second)
        torch.testing.assert_close(table, getattr(ops, name)(second, first).T)
        assert -2 <= table.min() <= table.max() <= 1 + 1e-9
    iou = ops.box_iou(first, second)
    assert (iou >= 0).all()
    assert (ops.generalized_box_iou(first, second) <= iou + 1e-12).all()


@FEW
@given(boxes(least_side=1))
def test_a_box_overlaps_itself_fully(some):
    for name in FAMILY:
        torch.testing.assert_close(
            getattr(ops, name)(some, some).diag(), torch.ones(len(some)).double(), rtol=0, atol=1e-6
        )


@FEW
@given(boxes(), boxes(), st.integers(-100, 100), st.sampled_from([0.25, 2.0, 64.0]), st.randoms())
def test_moving_scaling_and_reordering_change_nothing(first, second, shift, scale, chance):
    order = list(range(len(first)))
    chance.shuffle(order)
    for name in ("box_iou", "generalized_box_iou"):
        table = getattr(ops, name)(first, second)
        moved = getattr(ops, name)((first[order] + shift) * scale, (second + shift) * scale)
        torch.testing.assert_close(moved, table[order])


@FEW
@given(boxes(), st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_converting_there_and_back_gives_the_same_boxes(some, there, back):
    start = tv.box_convert(some, "xyxy", there)
    assert torch.equal(ops.box_convert(ops.box_convert(start, there, back), back, there), start)


@pytest.mark.parametrize("in_fmt", FORMATS)
@pytest.mark.parametrize("out_fmt", FORMATS)
@pytest.mark.parametrize("shape", [(0, 4), (4,), (7, 4), (2, 3, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.int64])
def test_formats_convert_as_torchvision_does(random_boxes, in_fmt, out_fmt, shape, dtype):
    count = torch.Size(shape).numel() // 4
    some = random_boxes(3, count, 60, dtype=dtype).view(shape)
    expected = tv.box_convert(some, in_fmt, out_fmt)
    got = ops.box_convert(some, in_fmt, out_fmt)
    assert got.dtype == expected.dtype
    torch.testing.assert_close(got, expected)
    assert got.data_ptr() != some.data_ptr() or count == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_areas_clipping_and_sifting_equal_torchvision(random_boxes, dtype):
    for seed in range(20):
        some = random_boxes(seed, 50, 40, whole=seed % 2 == 0, dtype=dtype) - 10
        assert torch.equal(ops.box_area(some).double(), tv.box_area(some).double())
        assert torch.equal(ops.clip_boxes_to_image(some, (30, 20)), tv.clip_boxes_to_image(some, (30, 20)))
        for least in (0, 1, 7.5):
            assert torch.equal(ops.remove_small_boxes(some, least), tv.remove_small_boxes(some, least))


def test_clipping_twice_is_clipping_once_in_batches_too(random_boxes):
    some = random_boxes(0, 12).view(3, 4, 4)
    once = ops.clip_boxes_to_image(some, (20, 30))
    assert torch.equal(once, ops.clip_boxes_to_image(once, (20, 30)))
    assert torch.equal(once, tv.clip_boxes_to_image(some, (20, 30)))


def test_half_precision_is_counted_in_float32():
    assert ops.box_area(torch.tensor([[0, 0, 300, 300]], dtype=torch.float16)).item() == 90000
    assert ops.box_area(torch.tensor([[0, 0, 60000, 60000]], dtype=torch.int32)).item() == 3.6e9


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[0.0, 0, 1, 1]], "boxes must be a tensor, got list"),
        (torch.zeros(4), r"boxes must have shape \(..., N, 4\), got \(4,\). One box\? boxes\[None\]"),
        (torch.zeros(3, 5), r"got \(3, 5\)"),
        (torch.zeros(0), r"got \(0,\). No boxes are torch.zeros\(0, 4\)"),
        (torch.tensor(3.0), r"got \(\)"),
        (torch.tensor([[0.0, 0, 1, 1], [5, 0, 1, 9]]), r"got \[5, 0, 1, 9\] in row 1. They may be xywh"),
        (torch.tensor([[[0.0, 5, 1, 1]]]), r"in row \(0, 0\)"),
        (torch.tensor([[0, 0, NAN, 1]]), r"must be finite, below 1e\+18, got \[0, 0, nan, 1\] in row 0"),
        (torch.tensor([[0, 0, INF, 1]]), "must be finite"),
        (torch.tensor([[0, 0, 2 * LARGEST, 1]]), "must be finite"),
        (torch.zeros(1, 4, dtype=torch.bool), "must be float or whole numbers, got torch.bool"),
        (
            tv_tensors.BoundingBoxes(torch.ones(1, 4), format="XYWH", canvas_size=(9, 9)),
            'must be xyxy, got BoundingBoxes in XYWH. box_convert\\(boxes, "xywh", "xyxy"\\)',
        ),
    ],
)
def test_what_is_no_box_is_refused_everywhere(bad, message):
    for use in (
        lambda: ops.require_xyxy("boxes", bad),
        lambda: ops.box_area(bad),
        lambda: ops.clip_boxes_to_image(bad, (9, 9)),
        lambda: ops.remove_small_boxes(bad, 1),
    ):
        with pytest.raises(InputError, match=message):
            use()
    for name in (*FAMILY, "box_overlap"):
        for place, arguments in (("boxes1", (bad, UNIT)), ("boxes2", (UNIT, bad))):
            with pytest.raises(InputError, match=place) as caught:
                getattr(ops, name)(*arguments)
            assert re.search(message, str(caught.value).replace(place, "boxes"))


def test_tensors_that_know_they_are_xyxy_are_welcome():
    known = tv_tensors.BoundingBoxes(UNIT, format="XYXY", canvas_size=(9, 9))
    assert ops.box_iou(known, UNIT).item() == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((UNIT, "xyhw", "xyxy"), "in_fmt must be one of .* Did you mean 'xywh'"),
        ((UNIT, "xyxy", "coco"), "out_fmt must be one of"),
        ((torch.tensor([[0.0, 0, -1, 1]]), "xywh", "xyxy"), "boxes given as xywh must have width and height"),
        ((torch.tensor([[3.0, 3, 1, 1]]), "xyxy", "xywh"), "left ≤ right"),
    ],
)
def test_formats_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ops.box_convert(*arguments)


def test_a_picture_has_no_negative_height():
    with pytest.raises(InputError, match="canvas_hw must be height and width"):
        ops.clip_boxes_to_image(UNIT, (-1, 5))
