"""Lesson 15's project: what resembles a known mistake and is none, and what is no augmentation at all."""

import pytest
import torch
from torchvision.transforms import v2

from vislearn.exercises import check

UNLISTED = {
    "transforms.augmentation": [
        lambda: v2.RandomInvert(1.0),
        lambda: v2.ToDtype(torch.float32, scale=True),
        lambda: v2.Resize(24),
        lambda: v2.RandomAffine,
        lambda: lambda image: image.numpy(),
        lambda: v2.GaussianBlur(3, (0.1, 1.0)),
    ]
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: v2.RandomCrop(16), "uint8 (1, 16, 16)"),
        (lambda: v2.ToDtype(torch.float32), "float32 (1, 20, 20)"),
        (lambda: v2.Compose, "a transform expected"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check("transforms.augmentation", answer)
    assert verdict.status == "wrong"
    assert words in f"{verdict.message} {verdict.evidence}"
