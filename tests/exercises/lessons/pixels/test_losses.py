"""Lesson 07's PSNR and quality for a budget: many ways to be right, and other ways to make each mistake."""

import io
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from vislearn.exercises import check
from vislearn.exercises.registry import find

PSNR, QUALITY = "pixels.psnr", "pixels.best_quality"


def by_numpy(one, other):
    error = ((one.numpy().astype(float) - other.numpy()) ** 2).mean()
    return 10 * math.log10(255**2 / error) if error else math.inf


def by_root(one, other):
    root = (one.double() - other.double()).pow(2).mean().sqrt()
    return float(20 * torch.log10(255 / root))


def by_units(one, other):
    error = torch.nn.functional.mse_loss(one / 255, other / 255)
    return -10 * error.log10().item()


def by_whole_numbers(one, other):
    total = (one.int() - other.int()).square().sum().item()
    return math.inf if total == 0 else 10 * math.log10(255**2 * one.numel() / total)


def in_two_logarithms(one, other):
    error = torch.dist(one.float(), other.float()) ** 2 / one.numel()
    return 20 * math.log10(255) - 10 * error.log10().item()


def size_of(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, format="jpeg", quality=quality)
    return len(buffer.getvalue())


def upward(picture, budget):
    best = 0
    for quality in range(1, 96):
        if size_of(picture, quality) <= budget:
            best = quality
    return best


def by_halving(picture, budget):
    low, high = 0, 95
    while low < high:
        middle = (low + high + 1) // 2
        if size_of(picture, middle) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def by_max(picture, budget):
    return max((quality for quality in range(1, 96) if size_of(picture, quality) <= budget), default=0)


def by_while(picture, budget):
    quality = 95
    while quality > 0 and size_of(picture, quality) > budget:
        quality -= 1
    return quality


def by_files(picture, budget):
    file = Path(tempfile.mkdtemp()) / "try.jpg"
    for quality in reversed(range(1, 96)):
        picture.save(file, quality=quality)
        if file.stat().st_size <= budget:
            return quality
    return 0


RIGHT = {
    PSNR: [by_numpy, by_root, by_units, by_whole_numbers, in_two_logarithms],
    QUALITY: [upward, by_halving, by_max, by_while, by_files],
}


def mse(one, other):
    return (one.double() - other.double()).pow(2).mean()


def stops_at_zero(one, other):
    return 10 * math.log10(255**2 / mse(one, other).item())


def growing(picture, budget):
    buffer = io.BytesIO()
    quality = 95
    picture.save(buffer, "JPEG", quality=quality)
    while len(buffer.getvalue()) > budget and quality > 0:
        quality -= 1
        if quality:
            picture.save(buffer, "JPEG", quality=quality)
    return quality


WRONG = {
    PSNR: {
        "_wrapped": lambda one, other: float(
            10 * torch.log10(65025 / (one - other).double().square().mean())
        ),
        "_wrapped_twice": lambda one, other: float(
            10 * torch.log10(65025 / (one - other).square().double().mean())
        ),
        "_squares_wrapped": lambda one, other: float(
            10 * np.log10(65025 / ((one.numpy().astype(np.int16) - other.numpy()) ** 2).mean())
        ),
        "_absolute": lambda one, other: float(
            10 * torch.log10(65025 / torch.nn.functional.l1_loss(one.double(), other.double()))
        ),
        "_natural": lambda one, other: float(10 * torch.log(65025 / mse(one, other))),
        "_peak_not_squared": lambda one, other: float(10 * torch.log10(255 / mse(one, other))),
        "_twenty": lambda one, other: float(20 * torch.log10(255**2 / mse(one, other))),
        "_on_its_head": lambda one, other: float(10 * torch.log10(mse(one, other) / 255**2)),
        "_own_peak": lambda one, other: float(10 * torch.log10(one.amax().double() ** 2 / mse(one, other))),
        "_divided_by_zero": stops_at_zero,
    },
    QUALITY: {
        "_one_too_high": lambda picture, budget: min(by_max(picture, budget) + 1, 95),
        "_from_below": lambda picture, budget: next(
            (q for q in range(1, 96) if size_of(picture, q) <= budget), 0
        ),
        "_strictly_less": lambda picture, budget: max(
            (q for q in range(1, 96) if size_of(picture, q) < budget), default=0
        ),
        "_kibibytes": lambda picture, budget: max(
            (q for q in range(1, 96) if size_of(picture, q) / 1024 <= budget), default=0
        ),
        "_in_fives": lambda picture, budget: max(
            (q for q in range(5, 96, 5) if size_of(picture, q) <= budget), default=0
        ),
        "_down_to_10": lambda picture, budget: max(
            (q for q in range(10, 96) if size_of(picture, q) <= budget), default=0
        ),
        "_up_to_100": lambda picture, budget: max(
            (q for q in range(1, 101) if size_of(picture, q) <= budget), default=0
        ),
        "_one_buffer": growing,
    },
}

UNLISTED = {
    PSNR: [
        lambda one, other: 30.0,
        lambda one, other: mse(one, other).item(),
        lambda one, other: 10 * torch.log10(255**2 / mse(one, other)),
        lambda one, other: (10 * torch.log2(255**2 / mse(one, other))).item(),
        lambda one, other: by_numpy(one, other) + 1,
        lambda one, other: min(by_numpy(one, other), 100.0),
        lambda one, other: by_numpy(one.float().mean(0), other.float().mean(0)),
        lambda one, other: by_numpy(one[0], other[0]),
        lambda one, other: str(by_numpy(one, other)),
    ],
    QUALITY: [
        lambda picture, budget: 75,
        lambda picture, budget: budget,
        lambda picture, budget: size_of(picture, 75),
        lambda picture, budget: by_max(picture, budget) - 1,
        lambda picture, budget: float(by_max(picture, budget)),
        lambda picture, budget: by_max(picture, budget) or 1,
        lambda picture, budget: by_max(picture.convert("L"), budget),
        lambda picture, budget: by_max(picture, budget) // 2 * 2,
        lambda picture, budget: min(by_max(picture, budget), 94),
    ],
}


def test_psnr_is_what_scikit_image_says():
    for trial in range(5):
        one, other = find(PSNR).arguments(trial)
        expected = peak_signal_noise_ratio(np.asarray(one), np.asarray(other))
        assert find(PSNR).reference(one, other) == pytest.approx(expected, abs=1e-5)


def test_equal_pictures_are_infinitely_alike():
    one, other = find(PSNR).arguments(5)
    assert torch.equal(one, other)
    assert find(PSNR).reference(one, other) == math.inf


def test_sizes_of_the_trials_rise_with_quality_so_that_one_answer_is_right():
    for trial in range(find(QUALITY).trials):
        picture, budget = find(QUALITY).arguments(trial)
        sizes = [size_of(picture, quality) for quality in range(1, 96)]
        assert sizes == sorted(sizes)
        assert find(QUALITY).reference(picture, budget) == sum(size <= budget for size in sizes)


def test_a_budget_that_fits_to_the_byte_is_among_the_trials():
    picture, budget = find(QUALITY).arguments(0)
    assert size_of(picture, find(QUALITY).reference(picture, budget)) == budget


def test_a_buffer_that_grows_is_recognised():
    assert "io.BytesIO()" in check(QUALITY, growing).message
