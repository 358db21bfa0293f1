"""Lesson 05's exercise on label images: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torchvision import tv_tensors
from torchvision.transforms import InterpolationMode, v2

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "segmentation.resize_mask"


def middles(old, new):
    return ((torch.arange(new) + 0.5) * old / new).long()


def by_index(mask, size):
    return mask[middles(mask.shape[0], size[0])][:, middles(mask.shape[1], size[1])]


def by_interpolate(mask, size):
    return F.interpolate(mask[None, None].float(), size, mode="nearest-exact")[0, 0].long()


def by_pil(mask, size):
    picture = Image.fromarray(mask.numpy()).resize((size[1], size[0]), Image.Resampling.NEAREST)
    return torch.from_numpy(np.array(picture))


def by_a_transform(mask, size):
    resize = v2.Resize(size, interpolation=InterpolationMode.NEAREST_EXACT)
    return resize(mask[None]).squeeze(0)


def by_loops(mask, size):
    (old_h, old_w), (h, w) = mask.shape, size
    return [
        [mask[int((y + 0.5) * old_h / h), int((x + 0.5) * old_w / w)].item() for x in range(w)]
        for y in range(h)
    ]


def as_tv_mask(mask, size):
    return v2.functional.resize(tv_tensors.Mask(mask), size, interpolation=InterpolationMode.NEAREST_EXACT)


def in_floats(mask, size):
    return F.interpolate(mask[None, None].float(), size, mode="nearest-exact")[0, 0]


RIGHT = {
    NAME: [by_index, by_interpolate, by_pil, by_a_transform, by_loops, as_tv_mask, in_floats],
}


def by_pil_in_its_order(mask, size, **how):
    """``size`` as it came, height first: PIL takes it for the width."""
    return torch.from_numpy(np.array(Image.fromarray(mask.numpy()).resize(tuple(size), **how)))


WRONG = {
    NAME: {
        "_corner": lambda mask, size: F.interpolate(mask[None, None].float(), size)[0, 0].to(torch.uint8),
        "_averaged": lambda mask, size: F.interpolate(mask[None, None].double(), size, mode="bilinear")[0, 0],
        "_sides_swapped": lambda mask, size: by_index(mask, (size[1], size[0])),
        "_sides_swapped_and_averaged": by_pil_in_its_order,
        "_scaled": lambda mask, size: by_index(mask.double() / 255, size),
    },
}


UNLISTED = {
    NAME: [
        lambda mask, size: mask[: size[0], : size[1]],
        lambda mask, size: by_index(mask, size).flip(1),
        lambda mask, size: by_index(mask, size).roll(1, 0),
        lambda mask, size: mask,
        lambda mask, size: by_index(mask, size)[None],
    ],
}


@pytest.mark.parametrize(
    "mix",
    [
        lambda mask, size: v2.Resize(size)(mask[None])[0],
        lambda mask, size: v2.Resize(size, antialias=False)(mask[None])[0],
        lambda mask, size: v2.Resize(size, interpolation=InterpolationMode.BICUBIC)(mask[None])[0],
        lambda mask, size: F.interpolate(mask[None, None].float(), size, mode="area")[0, 0].to(torch.uint8),
        lambda mask, size: torch.from_numpy(
            np.array(Image.fromarray(mask.numpy()).resize(size[::-1], Image.Resampling.BILINEAR))
        ),
    ],
)
def test_however_pixels_are_mixed_the_diagnosis_is_the_same(mix, diagnosis):
    verdict = check(NAME, mix)
    assert verdict.message == diagnosis(NAME, "_averaged")


def test_who_gives_pil_the_height_first_is_told_so(diagnosis):
    def answer(mask, size):
        return by_pil_in_its_order(mask, size, resample=Image.Resampling.NEAREST)

    for salt in range(8):
        assert check(NAME, answer, salt).message == diagnosis(NAME, "_sides_swapped")


@pytest.mark.parametrize("mix", [v2.functional.to_dtype, v2.functional.to_dtype_image])
def test_colours_are_scaled_and_names_are_not(mix, diagnosis):
    def answer(mask, size):
        resized = v2.functional.resize(mask[None], size, interpolation=InterpolationMode.NEAREST_EXACT)
        return mix(resized, torch.float32, scale=True)[0]

    assert check(NAME, answer).message == diagnosis(NAME, "_scaled")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda mask, size: "a mask", "a label image expected"),
        (lambda mask, size: by_index(mask, size)[None], "The shape of the result"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_no_middle_lies_on_an_edge_and_the_corner_is_another_pixel():
    for trial in range(find(NAME).trials):
        mask, size = find(NAME).arguments(trial)
        assert not torch.equal(
            by_index(mask, size), F.interpolate(mask[None, None].float(), size)[0, 0].to(torch.uint8)
        )
