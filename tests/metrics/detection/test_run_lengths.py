import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as pycoco

from vislearn.errors import InputError
from vislearn.metrics.detection.run_lengths import as_run_lengths

MASKS = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(lambda size: arrays(bool, size))
TEXT = {"size": [2, 2], "counts": "13"}


@pytest.mark.parametrize("none", [torch.empty(0, 3, 4), torch.empty(0, 1, 3, 4), torch.empty(0), [], ()])
def test_no_masks(none):
    assert as_run_lengths(none, "masks") == []


@settings(max_examples=150, deadline=None)
@given(MASKS)
def test_pixels_area_and_box_are_pycocotools(mask):
    encoded = pycoco.encode(np.asfortranarray(mask.astype(np.uint8)))
    own = as_run_lengths(torch.from_numpy(mask)[None], "masks")[0]
    assert np.array_equal(own.mask().numpy(), mask)
    assert own.area == mask.sum() == pycoco.area(encoded)
    x, y, width, height = pycoco.toBbox(encoded).tolist()
    assert own.box_xyxy == ((x, y, x + width, y + height) if mask.any() else (0, 0, 0, 0))
    text = {"size": list(mask.shape), "counts": encoded["counts"].decode()}
    forms = [text, text | {"counts": encoded["counts"]}, own.as_coco(), own]
    for again in as_run_lengths(forms, "masks"):
        assert again.counts.tolist() == own.counts.tolist()
        assert again.size_hw == own.size_hw == mask.shape


def test_probabilities_above_one_half_are_the_object():
    soft = torch.tensor([[[[0.5, 0.51, 0.0, 1.0]]]], requires_grad=True)
    assert as_run_lengths(soft, "masks")[0].mask().tolist() == [[False, True, False, True]]


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float16])
def test_masks_of_any_type(dtype):
    mask = torch.tensor([[[0, 1], [1, 1]]]).to(dtype)
    assert as_run_lengths(mask, "masks")[0].counts.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (torch.ones(4, 4), r"masks must have shape \(N, H, W\), or \(N, 1, H, W\), got \(4, 4\)"),
        (torch.ones(2, 3, 4, 4), r"got \(2, 3, 4, 4\)"),
        (torch.ones(2, 0, 4), r"got \(2, 0, 4\)"),
        (
            torch.full((1, 2, 2), 255, dtype=torch.uint8),
            "must be 0 and 1, or probabilities, got 255…255. Logits",
        ),
        (torch.full((1, 2, 2), -3.0), "got -3…-3"),
        (torch.full((1, 2, 2), float("nan")), "got nan…nan"),
        (
            np.ones((1, 2, 2)),
            r"masks must be a tensor, or a list of run lengths, got ndarray. Use torch.as_tensor",
        ),
        (None, "got NoneType"),
        ("13", "got str"),
        ([torch.ones(2, 2)], r"masks\[0\] must be run lengths .*, got Tensor"),
        ([TEXT, [[0, 0, 1, 0, 1, 1]]], r"masks\[1\] must be run lengths .*, got list"),
        ([TEXT | {"size": [2]}], r"got size \[2\]"),
        ([TEXT | {"size": [0, 4]}], r"got size \[0, 4\]"),
        (
            [TEXT | {"counts": "1"}],
            "must be COCO's run lengths, got run lengths that don't add up to 2·2 pixels",
        ),
        ([TEXT | {"counts": "1 é"}], "characters that can't be there"),
        ([TEXT | {"counts": b"\xff"}], "characters that can't be there"),
        ([TEXT | {"counts": None}], "don't add up"),
    ],
)
def test_what_is_no_mask_is_refused(masks, message):
    with pytest.raises(InputError, match=message):
        as_run_lengths(masks, "masks")
