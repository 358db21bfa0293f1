"""Lesson 09's project: other ways to be fair to rare digits, and other ways to fall short."""

from functools import cache

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vislearn.exercises import check
from vislearn.exercises.registry import find

PROJECT = "imbalance.fair_reader"


def network():
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10)),
    )


def learn(images, labels, loss, steps=300):
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    for _step in range(steps):
        some = torch.randint(len(images), (32,))
        optimizer.zero_grad()
        loss(model(images[some]), labels[some]).backward()
        optimizer.step()
    return model


def prior(labels):
    return (torch.bincount(labels) / len(labels)).log()


class Corrected(nn.Module):
    """Takes a prior away after another model."""

    def __init__(self, model, log_prior):
        super().__init__()
        self.model = model
        self.register_buffer("log_prior", log_prior)

    def forward(self, images):
        return self.model(images) - self.log_prior


def put_right_afterwards(images, labels):
    return Corrected(learn(images, labels, F.cross_entropy), prior(labels)).eval()


@cache
def taught():
    images, labels = find(PROJECT).arguments(0)
    torch.manual_seed(0)
    return learn(images, labels, lambda logits, truth: F.cross_entropy(logits + prior(labels), truth)).eval()


@cache
def wrapped():
    return nn.Sequential(taught(), nn.Identity()).eval()


@cache
def in_bfloat():
    """The same network with weights a little coarser."""
    model = network()
    model.load_state_dict({name: value.bfloat16().float() for name, value in taught().state_dict().items()})
    return model.eval()


RIGHT = {
    PROJECT: [
        put_right_afterwards,
        lambda images, labels: taught(),
        lambda images, labels: wrapped(),
        lambda images, labels: in_bfloat(),
        lambda images, labels: Corrected(taught(), torch.tensor(3.0)).eval(),
    ]
}


def always(digit):
    model = nn.Sequential(nn.Flatten(), nn.Linear(256, 10))
    nn.init.zeros_(model[1].weight)
    with torch.no_grad():
        model[1].bias.copy_(3 * F.one_hot(torch.tensor(digit), 10))
    return model.eval()


WRONG = {
    PROJECT: {
        "_untrained": lambda images, labels: always(0),
        "_too_short": lambda images, labels: learn(images, labels, F.cross_entropy, 150).eval(),
        "_left_in_train_mode": lambda images, labels: wrapped().train(),
    }
}

UNLISTED = {
    PROJECT: [
        lambda images, labels: nn.Sequential(taught(), nn.Softmax(1)).eval(),
        lambda images, labels: lambda pictures: taught()(pictures),
        lambda images, labels: 0.8,
        lambda images, labels: "model",
        lambda images, labels: taught().state_dict(),
        lambda images, labels: (taught(), 0.8),
        lambda images, labels: nn.Flatten().eval(),
    ]
}


@pytest.mark.parametrize("digit", [0, 3, 9])
def test_whatever_it_always_answers_it_knows_nothing(digit):
    assert check(PROJECT, lambda *_: always(digit)).message.startswith("It knows no more than somebody who")


def test_logits_of_another_shape_are_told_what_is_expected():
    message = check(PROJECT, lambda images, labels: nn.Flatten().eval()).message
    assert "the model must return logits (1000, 10) for 1000 pictures" in message


def test_the_tail_and_the_judges_share_no_picture():
    images, labels = find(PROJECT).arguments(0)
    assert torch.bincount(labels).tolist() == [100, 65, 42, 27, 18, 11, 7, 5, 3, 2]
    tail, judges = find(PROJECT).reference.__globals__["_chosen"]()
    assert not set(tail.tolist()) & set(judges.tolist())
    assert len(judges) == 1000
    assert images.shape == (280, 1, 16, 16)
