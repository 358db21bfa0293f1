"""Pictures and masks: what is in order is never called wrong. (What is wrong: test_segmentation.)"""

import pytest
import torch

from vislearn.training.tasks.pixel_labels import mask_error, picture_error


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64])
def test_masks_of_any_integers(dtype):
    masks = torch.tensor([[[0, 2], [255, 1]]]).to(dtype)
    assert mask_error(torch.zeros(1, 3, 2, 2), masks, 3, 255) is None


def test_no_pictures_at_all():
    assert mask_error(torch.zeros(0, 3, 2, 2), torch.zeros(0, 2, 2, dtype=torch.int64), 3, 255) is None
    assert picture_error(torch.zeros(0, 3, 2, 2)) is None


def test_normalised_pictures_and_maps():
    assert picture_error(torch.full((1, 3, 2, 2), 2.6)) is None
    assert picture_error(torch.full((1, 3, 2, 2), 20.0)) is None  # normalised by a small deviation
    assert picture_error({"low": torch.full((1, 8, 2, 2), 99.0)}) is None


def test_no_and_yes_as_bytes():
    error = mask_error(torch.zeros(1, 3, 1, 2), torch.tensor([[[0, 255]]]), 2, -100)
    assert "0 and 255 stand for no and yes" in str(error)
