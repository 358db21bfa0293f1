import pytest
import torch
from torchvision import ops as tv

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
