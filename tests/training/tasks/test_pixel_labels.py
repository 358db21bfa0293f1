"""Pictures and masks: what is in order is never called wrong. What is wrong is said with what to do."""

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


PICTURES = torch.zeros(1, 3, 2, 2)
RULE = "masks must be integers (N, H, W), a class for each pixel, got"
CLASSES = "masks must hold classes 0…2, or 255 for pixels to ignore, got"
VOID = "Ids of another list, or grey levels? Map them to 0 … K-1 first, void to 255."


def mask(*numbers):
    return torch.tensor(numbers).reshape(1, 1, -1)


@pytest.mark.parametrize(
    ("masks", "said"),
    [
        ([1], f"{RULE} list. tv_tensors.Mask(array)."),
        (torch.zeros(1, 2, 2), f"{RULE} float32 (1, 2, 2). Add .long()."),
        (torch.zeros(0, 2, 2), f"{RULE} float32 (0, 2, 2). Add .long()."),
        (
            torch.full((1, 2, 2), 0.5),
            f"{RULE} float32 (1, 2, 2). They were scaled like a picture: wrap the mask as tv_tensors.Mask "
            "before the transforms.",
        ),
        (
            torch.full((1, 2, 2), 1.5),
            f"{RULE} float32 (1, 2, 2). They were mixed, as by a bilinear resize: wrap the mask as "
            "tv_tensors.Mask before the transforms.",
        ),
        (mask(1)[None], f"{RULE} int64 (1, 1, 1, 1). Add .squeeze(1)."),
        (
            torch.zeros(1, 2, 2, 2, dtype=torch.uint8),
            f"{RULE} uint8 (1, 2, 2, 2). One plane per class becomes classes by .argmax(dim=1).",
        ),
        (torch.zeros(2, 2, dtype=torch.uint8), f"{RULE} uint8 (2, 2)."),
        (
            torch.zeros(1, 2, 3, dtype=torch.uint8),
            "masks must be as large as their pictures, 2×2, got 2×3. v2 transforms move both where the mask "
            "is a tv_tensors.Mask; a plain tensor beside an Image passes unresized, and nothing says so.",
        ),
    ],
)
def test_masks_of_a_wrong_form(masks, said):
    assert str(mask_error(PICTURES, masks, 3, 255)) == said


@pytest.mark.parametrize(
    ("masks", "ignored", "said"),
    [
        (
            mask(3),
            255,
            f"{CLASSES} 3 at 1 pixel. Is the background counted in num_classes? It is a class too.",
        ),
        (mask(4, 4, 0), 255, f"{CLASSES} 4 at 2 pixels. {VOID}"),
        (mask(-1), 255, f"{CLASSES} -1 at 1 pixel. {VOID}"),
        (mask(8, 7, 6, 5, 4), 255, f"{CLASSES} 4, 5, 6, 7, 8 at 5 pixels. {VOID}"),
        (mask(*range(9, 3, -1)), 255, f"{CLASSES} 4, 5, 6, 7, 8 … at 6 pixels. {VOID}"),
        (
            mask(255),
            9,
            "masks must hold classes 0…2, or 9 for pixels to ignore, got 255 at 1 pixel. 255 is mostly void: "
            "ignore_index=255, not 9; or 0 and 255 stand for no and yes.",
        ),
    ],
)
def test_masks_of_wrong_numbers(masks, ignored, said):
    assert str(mask_error({"low": PICTURES}, masks, 3, ignored)) == said


FIX = (
    "v2.ToDtype(torch.float32, scale=True), then v2.Normalize: vislearn.transforms.segmentation_transform "
    "does both."
)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        ([1], f"list. {FIX}"),
        (torch.zeros(1, 3, 2, 2, dtype=torch.uint8), f"uint8 (1, 3, 2, 2). {FIX}"),
        (torch.zeros(3, 2, 2), "float32 (3, 2, 2)."),
        (torch.full((1, 3, 2, 2), 30.1), f"values up to 30.1. {FIX}"),
    ],
)
def test_pictures_of_a_wrong_form(pictures, said):
    assert str(picture_error(pictures)) == f"pictures must be float32 (N, C, H, W), normalised, got {said}"
    assert picture_error(torch.full((1, 3, 2, 2), 30.0)) is None
