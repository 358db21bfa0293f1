"""Lesson 01's exercises on pixels: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find


def unit_by_loop(image):
    return [[[value / 255 for value in row] for row in channel] for channel in image.tolist()]


def unit_in_place(image):
    image = image.float()
    image.div_(255)
    return image


def normalized_by_loop(image, mean, std):
    result = torch.empty_like(image)
    for channel in range(3):
        result[channel] = (image[channel] - mean[channel]) / std[channel]
    return result


def normalized_in_place(image, mean, std):
    image -= mean[:, None, None]
    image /= std[:, None, None]
    return image


def normalized_as_hwc(image, mean, std):
    hwc = image.numpy().transpose(1, 2, 0)
    return ((hwc - mean.numpy()) / std.numpy()).transpose(2, 0, 1)


def restored_in_place(image, mean, std):
    image.mul_(std.view(-1, 1, 1)).add_(mean.view(-1, 1, 1))
    return image


def restored_by_loop(image, mean, std):
    return torch.stack([channel * s + m for channel, m, s in zip(image, mean, std, strict=True)])


RIGHT = {
    "pipeline.to_unit_range": [
        lambda image: image / 255,
        lambda image: image.numpy().astype(np.float32) / 255,
        lambda image: image.numpy() / np.float64(255),
        lambda image: image.double() / 255,
        lambda image: image.float() * (1 / 255),
        v2.ToDtype(torch.float32, scale=True),
        lambda image: v2.functional.to_dtype(image, torch.float32, scale=True),
        lambda image: torch.linspace(0, 1, 256)[image.long()],
        unit_by_loop,
        unit_in_place,
    ],
    "pipeline.normalize": [
        lambda image, mean, std: (image - mean[:, None, None]) / std[:, None, None],
        lambda image, mean, std: (image.double() - mean.view(-1, 1, 1)) * std.reciprocal().view(-1, 1, 1),
        lambda image, mean, std: image / std[:, None, None] - (mean / std)[:, None, None],
        lambda image, mean, std: ((image.permute(1, 2, 0) - mean) / std).permute(2, 0, 1),
        lambda image, mean, std: v2.functional.normalize(image, mean.tolist(), std.tolist()),
        lambda image, mean, std: v2.Normalize(mean, std)(image),
        lambda image, mean, std: list(normalized_by_loop(image, mean, std)),
        lambda image, mean, std: torch.nn.functional.batch_norm(image[None], mean, std**2, eps=0)[0],
        normalized_by_loop,
        normalized_in_place,
        normalized_as_hwc,
    ],
    "pipeline.denormalize": [
        lambda image, mean, std: image * std[:, None, None] + mean[:, None, None],
        lambda image, mean, std: (image * std[:, None, None] + mean[:, None, None]).clamp(0, 1),
        lambda image, mean, std: (image + (mean / std)[:, None, None]) * std[:, None, None],
        lambda image, mean, std: torch.addcmul(mean.view(3, 1, 1), image, std.view(3, 1, 1)),
        lambda image, mean, std: v2.functional.normalize(image, (-mean / std).tolist(), (1 / std).tolist()),
        lambda image, mean, std: image.numpy() * std.numpy()[:, None, None] + mean.numpy()[:, None, None],
        lambda image, mean, std: image.double() * std.view(3, 1, 1) + mean.view(3, 1, 1),
        restored_in_place,
        restored_by_loop,
    ],
}


def stacked(function):
    """The mistake made channel by channel."""
    return lambda image, mean, std: torch.stack(
        [function(channel, m, s) for channel, m, s in zip(image, mean, std, strict=True)]
    )


def shown_as_bytes(image, mean, std):
    return ((image * std[:, None, None] + mean[:, None, None]) * 255).to(torch.uint8)


UNLISTED = {
    "pipeline.to_unit_range": [
        lambda image: image.half() / 255,
        lambda image: image.float() / 128,
        lambda image: 1 - image.float() / 255,
        lambda image: image.float().sigmoid(),
        lambda image: (image / 255).round(decimals=1),
        lambda image: image.float().clamp(0, 1),
        lambda image: image.float() / 255 / 255,
        lambda image: (image.float() / 255)[None],
        lambda image: (image.float() / 255).mean(0, keepdim=True).expand(2, -1, -1),
    ],
    "pipeline.normalize": [
        stacked(lambda channel, m, s: (channel - m) / s**2),
        stacked(lambda channel, m, s: (channel - s) / m),
        stacked(lambda channel, m, s: ((channel - m) / s).clamp(0, 1)),
        stacked(lambda channel, m, s: (channel / 255 - m) / s),
        stacked(lambda channel, m, s: (m - channel) / s),
        lambda image, mean, std: stacked(lambda channel, m, s: (channel - m) / s)(image, mean.flip(0), std),
        lambda image, mean, std: (image - 0.5) / 0.5,
        lambda image, mean, std: (image - mean[0]) / std[0],
    ],
    "pipeline.denormalize": [
        stacked(lambda channel, m, s: channel * m + s),
        stacked(lambda channel, m, s: (channel * s + m) * 255),
        stacked(lambda channel, m, s: (channel * s + m).clamp(0, 0.5)),
        stacked(lambda channel, m, _s: channel + m),
        lambda image, mean, std: image * std[0] + mean[0],
        lambda image, mean, std: image.clamp(0, 1),
        shown_as_bytes,
    ],
}


WRONG = {
    "pipeline.to_unit_range": {
        "_by_256": lambda image: image.numpy() * (1 / 256),
        "_only_cast": v2.ToDtype(torch.float32),
        "_whole_division": lambda image: image.numpy() // 255,
        "_cast_too_late": lambda image: (image / 255).floor(),
        "_by_own_maximum": lambda image: image / max(image.flatten().tolist()),
        "_stretched": lambda image: np.interp(image, [image.min(), image.max()], [0, 1]),
        "_guessed_from_values": lambda image: image / (255 if int(image.max()) > 1 else 1),
        "_minus_one_to_one": lambda image: (image / 255 - 0.5) / 0.5,
    },
    "pipeline.normalize": {
        "_along_the_width": lambda image, mean, std: image.sub(mean.view(1, 1, 3)).div(std.view(1, 1, 3)),
        "_along_the_height": lambda image, mean, std: (image - mean[:, None]) / std[:, None],
        "_multiplied": stacked(lambda channel, m, s: (channel - m) * s),
        "_divided_first": stacked(lambda channel, m, s: channel / s - m),
        "_without_brackets": stacked(lambda channel, m, s: channel - m / s),
        "_added": stacked(lambda channel, m, s: channel / s + m / s),
        "_without_std": stacked(lambda channel, m, s: channel - m),
        "_without_mean": stacked(lambda channel, m, s: channel.double() / s),
        "_one_for_all": lambda image, mean, std: (
            (image.numpy() - np.mean(mean.numpy())) / np.mean(std.numpy())
        ),
        "_own_statistics": lambda image, mean, std: torch.stack(
            [(channel - channel.mean()) / channel.std() for channel in image]
        ),
    },
    "pipeline.denormalize": {
        "_mean_first": stacked(lambda channel, m, s: channel * s + m * s),
        "_subtracted": stacked(lambda channel, m, s: channel * s - m),
        "_divided": stacked(lambda channel, m, s: channel / s + m),
        "_normalized_again": lambda image, mean, std: v2.functional.normalize(
            image, mean.tolist(), std.tolist()
        ),
        "_back_along_the_width": lambda image, mean, std: image.mul(std.view(1, 3)).add(mean),
        "_mean_forgotten": stacked(lambda channel, m, s: s * channel),
        "_stretched_for_show": lambda image, mean, std: (
            (image.numpy() - image.min().item()) / np.ptp(image.numpy())
        ),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "stage"),
    [
        ("pipeline.to_unit_range", lambda image: image.bfloat16() / 255, "dtype"),
        ("pipeline.to_unit_range", lambda image: image.permute(1, 2, 0) / 255, "shape"),
        ("pipeline.to_unit_range", lambda image: image[None] / 255, "shape"),
        ("pipeline.to_unit_range", lambda image: image.flip(2) / 255, "value"),
        (
            "pipeline.normalize",
            lambda image, mean, std: (image - mean.view(3, 1, 1)) / std.view(3, 1, 1) ** 2,
            "range",
        ),
        (
            "pipeline.normalize",
            lambda image, mean, std: normalized_by_loop(image, mean.flip(0), std),
            "value",
        ),
        ("pipeline.denormalize", lambda image, mean, std: restored_by_loop(image, mean, std) * 255, "range"),
        (
            "pipeline.denormalize",
            lambda image, mean, std: (restored_by_loop(image, mean, std) * 255).byte(),
            "dtype",
        ),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, stage):
    verdict = check(name, answer)
    assert (verdict.status, verdict.stage) == ("wrong", stage)


def test_some_pictures_are_three_pixels_wide_and_most_are_not():
    exercise = find("pipeline.normalize")
    widths = [exercise.arguments(trial)[0].shape[2] for trial in range(exercise.trials)]
    assert 3 in widths
    assert set(widths) != {3}


def test_denormalize_undoes_normalize():
    normalize, denormalize = find("pipeline.normalize"), find("pipeline.denormalize")
    image, mean, std = normalize.arguments(0)
    assert torch.allclose(denormalize(normalize(image, mean, std), mean, std), image, atol=1e-6)
