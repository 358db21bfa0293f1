"""Lesson 00's exercises on pictures: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch

from vislearn.exercises import check
from vislearn.exercises.registry import find


def shape_by_counting(image):
    height = len(image[0])
    width = len(image[0][0])
    return [height, width, len(image)]


def range_by_loops(image):
    smallest = largest = image[0, 0, 0].item()
    for value in image.flatten().tolist():
        smallest, largest = min(smallest, value), max(largest, value)
    return smallest, largest


RIGHT = {
    "overview.image_shape": [
        lambda image: (image.shape[1], image.shape[2], image.shape[0]),
        lambda image: image.permute(1, 2, 0).shape,
        lambda image: image.numpy().transpose(1, 2, 0).shape,
        lambda image: (image.size(-2), image.size(-1), image.size(-3)),
        lambda image: (*image.shape[-2:], image.shape[0]),
        lambda image: (np.int64(image.shape[1]), image.shape[2], image.shape[0]),
        lambda image: image.movedim(0, -1).size(),
        lambda image: torch.tensor(image.shape)[[1, 2, 0]].tolist(),
        lambda image: np.roll(image.shape, -1),
        shape_by_counting,
    ],
    "overview.value_range": [
        lambda image: (float(image.min()), float(image.max())),
        lambda image: (image.min().item(), image.max().item()),
        lambda image: [value.item() for value in image.aminmax()],
        lambda image: (image.numpy().min(), image.numpy().max()),
        lambda image: (np.float64(image.min()), np.float64(image.max())),
        lambda image: tuple(image.flatten().sort().values[[0, -1]].tolist()),
        lambda image: (float(image.double().min()), float(image.double().max())),
        lambda image: tuple(np.percentile(image.numpy(), [0, 100])),
        range_by_loops,
    ],
}

UNLISTED = {
    "overview.image_shape": [
        lambda image: (image.shape[2], image.shape[0], image.shape[1]),
        lambda image: (image.shape[1] - 1, image.shape[2] - 1, image.shape[0]),
        lambda image: (1, *image.shape),
        lambda image: (224, 224, 3),
        lambda image: f"{image.shape[1]}x{image.shape[2]}x{image.shape[0]}",
        lambda image: image.permute(1, 2, 0),
        lambda image: print(image.shape[1], image.shape[2], image.shape[0]),
    ],
    "overview.value_range": [
        lambda image: image.max().item() - image.min().item(),
        lambda image: (0, image.max().item()),
        lambda image: (image[0, 0, 0].item(), image[-1, -1, -1].item()),
        lambda image: (image[-1].min().item(), image[-1].max().item()),
        lambda image: (image.abs().min().item(), image.abs().max().item()),
        lambda image: (image.min().item() / 255, image.max().item() / 255),
        lambda image: (str(image.min().item()), str(image.max().item())),
    ],
}

# The name of the registered mistake, and someone else's way to make it.
WRONG = {
    "overview.image_shape": {
        "_as_stored": lambda image: [len(image), image.size(1), image.size(2)],
        "_width_first": lambda image: image.T.shape if image.ndim == 2 else image.permute(2, 1, 0).shape,
        "_without_channels": lambda image: image[0].shape,
        "_axes_as_channels": lambda image: [*image.shape[1:], len(image.shape)],
    },
    "overview.value_range": {
        "_tensors": lambda image: torch.aminmax(image),
        "_largest_first": lambda image: sorted((float(image.min()), float(image.max())), reverse=True),
        "_range_of_dtype": lambda image: [0, 255] if image.dtype == torch.uint8 else [0, 1],
        "_per_channel": lambda image: (
            [channel.min().item() for channel in image],
            [channel.max().item() for channel in image],
        ),
        "_first_channel": lambda image: tuple(float(value) for value in image[0].aminmax()),
        "_cut_to_int": lambda image: (image.min().int().item(), image.max().int().item()),
        "_python_min": lambda image: [min(image).item(), max(image).item()],
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("overview.image_shape", lambda image: 3, "a tuple of length 3 expected, the number 3 returned"),
        ("overview.image_shape", lambda image: (*image.shape[1:], 4), "At [2] of the result: "),
        (
            "overview.value_range",
            lambda image: image.min().item(),
            "a tuple of length 2 expected, the number",
        ),
        ("overview.value_range", lambda image: (float(image.mean()), 1.0), "RuntimeError"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_cover_every_kind_of_picture():
    pictures = find("overview.value_range")
    images = [pictures.arguments(trial)[0] for trial in range(pictures.trials)]
    assert {image.dtype for image in images} == {torch.uint8, torch.float32}
    assert any(image.min() < 0 for image in images if image.is_floating_point())
    shapes = find("overview.image_shape")
    assert {shapes.arguments(trial)[0].shape[0] for trial in range(shapes.trials)} == {1, 3}
