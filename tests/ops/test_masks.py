import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision import ops as tv
from torchvision import tv_tensors

from vislearn import ops
from vislearn.errors import InputError


@pytest.mark.parametrize("shape", [(0, 5, 5), (3, 0, 5)])
def test_nothing_has_no_box(shape):
    assert ops.masks_to_boxes(torch.zeros(shape)).tolist() == [[0.0] * 4] * shape[0]


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float32, torch.int64])
def test_boxes_equal_torchvisions(dtype):
    chance = torch.Generator().manual_seed(0)
    for share in (0.0, 0.01, 0.05, 0.5, 1.0):
        masks = (torch.rand(20, 13, 17, generator=chance) < share).to(dtype)
        got = ops.masks_to_boxes(masks)
        assert got.dtype == torch.float32
        filled = masks.bool().flatten(1).any(dim=1)
        assert torch.equal(got[filled], tv.masks_to_boxes(masks[filled]))
        assert not got[~filled].any()  # torchvision agrees since 0.25; before, an empty mask was an error


def test_half_open_boxes_are_as_wide_as_the_object():
    masks = torch.zeros(3, 8, 9, dtype=torch.bool)
    masks[0, 2, 3] = True
    masks[1] = True
    boxes = ops.masks_to_boxes(masks, half_open=True)
    assert boxes.tolist() == [[3, 2, 4, 3], [0, 0, 9, 8], [0, 0, 0, 0]]
    assert ops.box_area(boxes).tolist() == [1, 72, 0]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_no_masks_have_no_pairs(n, m):
    assert ops.mask_iou(torch.ones(n, 4, 4), torch.ones(m, 4, 4)).shape == (n, m)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 6), st.sampled_from([0.05, 0.5, 0.95]))
def test_iou_is_its_definition_and_keeps_its_rules(seed, height, width, share):
    chance = torch.Generator().manual_seed(seed)
    some, others = (torch.rand(n, height, width, generator=chance) < share for n in (3, 4))
    got = ops.mask_iou(some, others)
    for row, mask in enumerate(some):
        for column, other in enumerate(others):
            union = int((mask | other).sum())
            assert got[row, column].item() == pytest.approx(int((mask & other).sum()) / max(union, 1))
    assert ((got >= 0) & (got <= 1)).all()
    torch.testing.assert_close(got, ops.mask_iou(others, some).T)
    assert (ops.mask_iou(some, some).diag() == some.flatten(1).any(dim=1).float()).all()
    order = torch.randperm(height * width, generator=chance)
    moved = [masks.flatten(1)[:, order].reshape(masks.shape) for masks in (some, others)]
    torch.testing.assert_close(ops.mask_iou(*moved), got)


def test_full_boxes_overlap_as_boxes_do():
    boxes = torch.tensor([[0, 0, 4, 4], [2, 1, 6, 5], [5, 5, 8, 7]])
    masks = torch.zeros(3, 8, 8, dtype=torch.uint8)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.tolist(), strict=True):
        mask[y0:y1, x0:x1] = 1
    torch.testing.assert_close(ops.mask_iou(masks, masks), ops.box_iou(boxes, boxes))


def test_a_mask_of_a_data_set_gives_plain_numbers():
    masks = tv_tensors.Mask(torch.ones(1, 2, 2, dtype=torch.uint8))
    assert type(ops.mask_iou(masks, masks)) is torch.Tensor


def test_pairs_of_masks_that_do_not_fit():
    with pytest.raises(InputError, match=r"masks2 must be of the size of masks1, \(4, 4\) .*got \(4, 5\)"):
        ops.mask_iou(torch.ones(1, 4, 4), torch.ones(1, 4, 5))
    with pytest.raises(InputError, match=r"masks2 must hold 0 and 1 only"):
        ops.mask_iou(torch.ones(1, 4, 4), torch.full((1, 4, 4), 2))
    with pytest.raises(InputError, match=r"masks1 must have shape \(N, H, W\), got \(4, 4\)"):
        ops.mask_iou(torch.ones(4, 4), torch.ones(1, 4, 4))


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (
            torch.zeros(5, 5),
            r"must have shape \(N, H, W\), got \(5, 5\). One mask\? masks\[None\]. Objects numb",
        ),
        (torch.zeros(2, 1, 5, 5), r"masks.squeeze\(1\)"),
        (torch.zeros(5), r"got \(5,\)"),
        (torch.full((1, 2, 2), 0.7), "must hold 0 and 1 only, got 0.7…0.7. Probabilities: masks > 0.5"),
        (torch.full((1, 2, 2), 255, dtype=torch.uint8), "got 255…255"),
        (torch.full((1, 2, 2), float("nan")), "got nan…nan"),
    ],
)
def test_what_is_no_mask_is_refused(masks, message):
    with pytest.raises(InputError, match=message):
        ops.masks_to_boxes(masks)
