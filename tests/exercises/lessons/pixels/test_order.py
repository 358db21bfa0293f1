"""Lesson 07's order of axes and colours: many ways to be right, and other ways to make each mistake."""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2.functional import pil_to_tensor, to_image

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "pixels.rgb_tensor"


def by_numpy(array):
    return np.ascontiguousarray(array[..., ::-1].transpose(2, 0, 1))


def copied_first(array):
    return torch.from_numpy(array[:, :, ::-1].copy()).movedim(-1, 0)


def by_stacking(array):
    blue, green, red = torch.from_numpy(array).unbind(-1)
    return torch.stack([red, green, blue])


def by_index(array):
    return torch.tensor(array)[..., [2, 1, 0]].permute(2, 0, 1).contiguous()


def by_pillow(array):
    return pil_to_tensor(Image.fromarray(array[..., [2, 1, 0]]))


def by_to_image(array):
    return to_image(array).flip(0)


RIGHT = {NAME: [by_numpy, copied_first, by_stacking, by_index, by_pillow, by_to_image]}

WRONG = {
    NAME: {
        "_still_bgr": to_image,
        "_still_hwc": lambda array: array[..., ::-1].copy(),
        "_reshaped": lambda array: torch.tensor(array).view(3, *array.shape[:2]),
        "_flipped_and_reshaped": lambda array: torch.tensor(array[..., ::-1].copy()).view(
            3, *array.shape[:2]
        ),
        "_reshaped_and_flipped": lambda array: array.reshape(3, *array.shape[:2])[[2, 1, 0]],
        "_transposed": lambda array: array.T[::-1].copy(),
        "_transposed_bgr": lambda array: torch.tensor(array.T),
        "_upside_down": lambda array: torch.tensor(array[::-1].copy()).movedim(2, 0),
        "_mirrored": lambda array: torch.tensor(array[:, ::-1].copy()).movedim(2, 0),
        "_rolled": lambda array: torch.tensor(array)[..., [2, 0, 1]].movedim(2, 0),
        "_negative_strides": lambda array: torch.from_numpy(array[:, :, ::-1]),
        "_unit_range": lambda array: torch.tensor(array[..., ::-1] / 255).movedim(2, 0).float(),
    }
}

UNLISTED = {
    NAME: [
        lambda array: array,
        lambda array: torch.from_numpy(array).permute(2, 0, 1).flip(0, 1),
        lambda array: torch.from_numpy(array).permute(2, 0, 1)[:2],
        lambda array: torch.from_numpy(array).permute(2, 0, 1).flip(0).int() + 1,
        lambda array: torch.from_numpy(array).permute(2, 0, 1).flip(0).int(),
        lambda array: array[..., ::-1].transpose(2, 0, 1).astype(int),
        lambda array: torch.zeros(3, 4, 5, dtype=torch.uint8),
    ]
}


def test_every_channel_of_the_trials_has_a_range_of_its_own():
    for trial in range(find(NAME).trials):
        (array,) = find(NAME).arguments(trial)
        blue, green, red = array.reshape(-1, 3).T.astype(int)
        assert blue.max() < green.min() <= green.max() < red.min()


def test_numpy_read_backwards_is_told_what_torch_takes():
    verdict = check(NAME, lambda array: torch.from_numpy(array[..., ::-1]).permute(2, 0, 1))
    assert verdict.status == "wrong"
    assert ".copy()" in verdict.message


def test_whole_numbers_that_are_no_bytes_are_told():
    verdict = check(NAME, lambda array: torch.from_numpy(array).permute(2, 0, 1).flip(0).int())
    assert verdict.status == "wrong"
    assert "uint8" in verdict.message
    assert "int32" in verdict.message
