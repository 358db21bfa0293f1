"""Lesson 10's project: other networks that keep the limits, and others that don't."""

import pytest
import torch
from torch import nn

from vislearn.exercises import check
from vislearn.exercises.lessons.choosing.project import split_of_digits

NAME = "choosing.small_network"


def plain():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, 2, 1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(144, 10),
    )


def patches():
    """A patch of 4 × 4 becomes 24 numbers, as a vision transformer begins."""
    mix = nn.Sequential(nn.Conv2d(24, 24, 3, 1, 1, groups=24), nn.GELU(), nn.Conv2d(24, 24, 1))
    return nn.Sequential(
        nn.Conv2d(1, 24, 4, 4),
        nn.BatchNorm2d(24),
        nn.GELU(),
        mix,
        nn.BatchNorm2d(24),
        nn.MaxPool2d(2, padding=1),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(96, 10),
    )


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 14, 3, 2, 1, bias=False), nn.BatchNorm2d(14), nn.ReLU())
        self.inner = nn.Sequential(
            nn.Conv2d(14, 14, 3, 1, 1, groups=14, bias=False), nn.Conv2d(14, 14, 1), nn.BatchNorm2d(14)
        )
        self.last = nn.Linear(14 * 9, 10)

    def forward(self, x):
        x = self.first(x)
        x = torch.relu(x + self.inner(x))
        return self.last(nn.functional.adaptive_max_pool2d(x, 3).flatten(1))


def pooled_first():
    return nn.Sequential(
        nn.AvgPool2d(2),
        nn.Conv2d(1, 10, 3, padding=1),
        nn.BatchNorm2d(10),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(10, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


def without_convolutions():
    return nn.Sequential(
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(100, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 10)
    )


def lazy():
    """The first pictures tell how many numbers come in."""
    return nn.Sequential(
        nn.LazyConv2d(8, 3, 2, 1),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.LazyConv2d(16, 3, 2, 1),
        nn.LazyBatchNorm2d(),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.LazyLinear(10),
    )


class Unregistered(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.MaxPool2d(10), nn.Flatten(), nn.Linear(4, 10)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def fixed_edges():
    """The first filters don't learn: seen as they are, edges and spots, they may as well be chosen."""
    network = plain()
    network[0].requires_grad_(False)
    return network


class Again(nn.Module):
    """One convolution, used three times; each time with a norm of its own."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2))
        self.again = nn.Conv2d(12, 12, 3, padding=1)
        self.norms = nn.ModuleList(nn.BatchNorm2d(12) for _time in range(3))
        self.last = nn.Linear(48, 10)

    def forward(self, x):
        x = self.stem(x)
        for norm in self.norms:
            x = torch.relu(norm(self.again(x)))
        return self.last(nn.functional.adaptive_avg_pool2d(x, 2).flatten(1))


RIGHT = {
    NAME: [plain, patches, Residual, pooled_first, without_convolutions, lazy, fixed_edges, Again],
}


class InAList(nn.Module):
    """Most layers are in a plain list, and the last one is registered."""

    def __init__(self):
        super().__init__()
        self.layers = [nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU()]
        self.last = nn.Linear(96, 10)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.last(nn.functional.adaptive_max_pool2d(x, 2).flatten(1))


class MadeInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(72, 10)

    def forward(self, x):
        x = torch.relu(nn.Conv2d(1, 8, 3, 2)(x))
        return self.last(nn.functional.adaptive_avg_pool2d(x, 3).flatten(1))


class PlainTensor(nn.Module):
    """100 × 64 numbers that nobody counts."""

    def __init__(self):
        super().__init__()
        self.weight, self.last = torch.randn(100, 64, requires_grad=True), nn.Linear(64, 10)

    def forward(self, x):
        return self.last(torch.relu(nn.functional.avg_pool2d(x, 2).flatten(1) @ self.weight))


WRONG = {
    NAME: {
        "_too_many_numbers": lambda: nn.Sequential(nn.Flatten(), nn.Linear(400, 10)),
        "_too_much_work": lambda: nn.Sequential(
            nn.Conv2d(1, 16, 5, padding=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(64, 10),
        ),
        "_too_little": lambda: nn.Sequential(nn.MaxPool2d(10), nn.Flatten(), nn.Linear(4, 10)),
        "_too_large": lambda: nn.Sequential(
            nn.Conv2d(1, 64, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 18 * 18, 10)
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda: "a network",
        lambda: nn.Linear,
        lambda: nn.Flatten(),
        lambda: [nn.Linear(400, 10)],
        lambda: nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(100, 12)),
        InAList,
        MadeInForward,
        PlainTensor,
        lambda: plain().requires_grad_(False),
        lambda: nn.Sequential(nn.AvgPool2d(10), nn.Flatten(), nn.Linear(4, 10), nn.Sigmoid()),
        lambda: nn.Sequential(nn.AvgPool2d(10), nn.Flatten(), nn.Linear(4, 10), nn.ReLU()),
        lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)),
    ]
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [(lambda: nn.Linear, "an nn.Module, expected"), (lambda: nn.Flatten(), "logits (2, 10) expected")],
)
def test_what_is_no_network_for_digits_gets_a_plain_message(answer, words):
    verdict = check(NAME, answer)
    assert words in f"{verdict.message} {verdict.evidence}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Unregistered, "nn.ModuleList"),
        (lambda: nn.Sequential(nn.MaxPool2d(10), nn.Flatten(), nn.Linear(4, 10), nn.Softmax(1)), "softmax"),
    ],
)
def test_what_learns_too_little_for_a_reason_is_told_the_reason(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status == "wrong"
    assert words in f"{verdict.message} {verdict.evidence}"
    assert "room left" not in f"{verdict.message}"


def test_digits_are_normalised_and_apart():
    images, truth = split_of_digits("val")
    assert images.shape[1:] == (1, 20, 20)
    assert len(images) == len(truth)
    assert abs(images.mean()) < 0.1
