"""Lesson 11's project: other ways to train the reader, and other ways to fall short."""

from copy import deepcopy
from functools import cache

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.exercises.trained import good_model
from vislearn.models import classifier, head_inputs

PROJECT = "classification.digit_reader"


@cache
def features():
    """Of the folder's pictures, and their labels as they lie there: (400, 256), (400,)."""
    folder, prepare = find(PROJECT).arguments(0)
    model = classifier("photo", 10)
    loader = DataLoader(ImageFolder(folder, prepare), batch_size=100)
    return [torch.cat(part) for part in zip(*[(head_inputs(model, x), y) for x, y in loader], strict=True)]


def learned(x, y, *, epochs=30, smoothing=0.0):
    head = nn.Linear(256, 10)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    for _epoch in range(epochs):
        for some in torch.randperm(len(x)).split(32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(head(x[some]), y[some], label_smoothing=smoothing).backward()
            optimizer.step()
    return head


def with_head(head):
    model = classifier("photo", 10)
    model.fc = head
    return model.eval()


def as_it_lies(_folder, _prepare):
    return with_head(learned(*features()))


def smoothed(_folder, _prepare):
    return with_head(learned(*features(), smoothing=0.2))


def without_the_doubtful(_folder, _prepare):
    x, y = features()
    believed = torch.empty(len(y))
    with torch.no_grad():
        for half in (torch.arange(len(y)) % 2 == 0, torch.arange(len(y)) % 2 == 1):
            with torch.enable_grad():
                head = learned(x[~half], y[~half])
            believed[half] = head(x[half]).softmax(1).gather(1, y[half, None])[:, 0]
    kept = believed.argsort()[60:]
    return with_head(learned(x[kept], y[kept]))


def wrapped(folder, prepare):
    return nn.Sequential(good_model(find(PROJECT)), nn.Identity()).eval()


def averaged(_folder, _prepare):
    heads = [learned(*features()) for _time in range(3)]
    mean = deepcopy(heads[0])
    with torch.no_grad():
        mean.weight.copy_(torch.stack([head.weight for head in heads]).mean(0))
        mean.bias.copy_(torch.stack([head.bias for head in heads]).mean(0))
    return with_head(mean)


def always(digit):
    head = nn.Linear(256, 10)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        head.bias[digit] = 3
    return with_head(head)


def half_of_them(_folder, _prepare):
    model = as_it_lies(None, None)
    with torch.no_grad():
        model.fc.bias[:5] -= 100
    return model


def asked_about(dtype, *more):
    """Features of some pictures prepared by other steps; the head that comes back knows nothing."""

    def answer(folder, _prepare):
        steps = v2.Compose([v2.ToImage(), v2.Resize([32, 32]), dtype, *more])
        images, _labels = next(iter(DataLoader(ImageFolder(folder, steps), 20, shuffle=True)))
        model = always(0)
        head_inputs(model, images)
        return model

    return answer


RIGHT = {PROJECT: [as_it_lies, smoothed, without_the_doubtful, wrapped, averaged]}

WRONG = {
    PROJECT: {
        "_untrained": lambda folder, prepare: always(0),
        "_without_head": lambda folder, prepare: with_head(nn.Identity()),
        "_too_little": half_of_them,
        "_otherwise_prepared": asked_about(v2.ToDtype(torch.float32)),
    }
}


@pytest.mark.parametrize(
    ("steps", "mistake"),
    [
        ([v2.ToDtype(torch.float32, scale=True)], "_otherwise_prepared"),
        ([v2.ToDtype(torch.float32), v2.Normalize([0.485] * 3, [0.229] * 3)], "_otherwise_prepared"),
        ([v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.485] * 3, [0.229] * 3)], "_untrained"),
    ],
)
def test_pictures_that_were_prepared_otherwise_are_told(steps, mistake, diagnosis):
    assert check(PROJECT, asked_about(*steps)).message == diagnosis(PROJECT, mistake)


def other_way_round(_folder, _prepare):
    model = as_it_lies(None, None)
    with torch.no_grad():
        model.fc.weight.copy_(model.fc.weight.flip(0))
        model.fc.bias.copy_(model.fc.bias.flip(0))
    return model


UNLISTED = {
    PROJECT: [
        other_way_round,
        lambda folder, prepare: nn.Sequential(as_it_lies(folder, prepare), nn.Softmax(1)).eval(),
        lambda folder, prepare: nn.Sequential(as_it_lies(folder, prepare), nn.Flatten(0)).eval(),
        lambda folder, prepare: 0.8,
        lambda folder, prepare: features(),
        lambda folder, prepare: learned(*features()).state_dict(),
        lambda folder, prepare: (as_it_lies(folder, prepare), 0.9),
        lambda folder, prepare: with_head(learned(*features()).train()).fc,
    ]
}


def test_sixty_of_four_hundred_lie_wrong():
    folder, _prepare = find(PROJECT).arguments(0)
    wrong = [
        int(file.stem) // 40 != int(folder.name)
        for folder in sorted(folder.iterdir())
        for file in folder.iterdir()
    ]
    assert (len(wrong), sum(wrong)) == (400, 60)
