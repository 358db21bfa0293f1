"""Exercise of lesson 00, its project: from a folder of pictures to a model that recognises them."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import textures
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.trained import (
    OTHERWISE_PREPARED,
    classifier_facts,
    good_model,
    otherwise_prepared,
)
from vislearn.exercises.watch import Inputs

__all__ = ["train_on_folder"]

# The reference's training, from other seeds: .72 to .91. Guessing reaches 1/16.
_ENOUGH, _MORE_THAN_GUESSED = 0.6, 0.2


@exercise(
    "overview.train_on_folder",
    trials=1,
    hints=[
        N_("It is 0.2 again, in one function: data set, loader, network, optimizer, five lines, `eval()`."),
        N_(
            "`ImageFolder(folder, prepare)` is the data set, and `len(train_set.classes)` says how many "
            "scores the network needs. The loader must shuffle: the folder is sorted by class."
        ),
        N_(
            "Two loops around the five lines, `for epoch in range(4)` and `for images, labels in loader`; "
            "before them `optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)`, after them "
            "`return model.eval()`."
        ),
    ],
)
def train_on_folder(folder: Path, prepare: v2.Compose) -> nn.Module:
    """Train a network on a folder of pictures, and return it ready to be asked.

    Args:
        folder: holds one folder per class, with its pictures in it.
        prepare: turns a picture into a tensor, float32 (3, 32, 32), around 0.

    Returns:
        A model in eval mode: pictures (N, 3, 32, 32) -> one score per class of the folder.
    """

    def stage(inputs: int, outputs: int) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]

    train_set = ImageFolder(folder, prepare)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    head = nn.Linear(64, len(train_set.classes))
    model = nn.Sequential(
        *stage(3, 16), *stage(16, 32), *stage(32, 64), nn.AdaptiveAvgPool2d(1), nn.Flatten(), head
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    for _epoch in range(4):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


@train_on_folder.inputs
def _materials(_generator: torch.Generator) -> tuple[Path, v2.Compose]:
    return textures("train"), _prepare()


def _prepare() -> v2.Compose:
    steps = [v2.ToImage(), v2.Resize(32), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose([*steps, v2.Normalize(mean=[0.5, 0.5, 0.5], std=[0.25, 0.25, 0.25])])


@cache
def _unseen() -> tuple[Tensor, Tensor]:
    """The 320 pictures to judge by: float32 (320, 3, 32, 32), and their classes (320,)."""
    images, labels = zip(*ImageFolder(textures("val"), _prepare()), strict=True)
    return torch.stack(images), torch.tensor(labels)


@train_on_folder.judge
def _facts_of_model(function: Callable[..., Any], folder: Path, prepare: v2.Compose) -> dict[str, Any]:
    images, labels = _unseen()
    with Inputs(3) as inputs:
        model = function(folder, prepare)
    facts, right = classifier_facts(
        model, images, labels, more_than_guessed=_MORE_THAN_GUESSED, inputs=inputs, enough=_ENOUGH
    )
    return facts | {N_("At least 60 % of 320 pictures it has never seen are right"): right >= _ENOUGH}


@train_on_folder.mistake(
    N_(
        "The model is hardly better than somebody who guesses. Do the five lines run for every batch, in "
        "several epochs, does the optimizer hold this network's parameters, does the loader shuffle, and do "
        "the scores stand in the order of the folder's classes?"
    )
)
def _untrained(folder: Path, prepare: v2.Compose) -> nn.Module:
    classes = len(ImageFolder(folder, prepare).classes)
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, classes)).eval()


@train_on_folder.mistake(
    N_("The model has learned well, but it comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(_folder: Path, _prepare: v2.Compose) -> nn.Module:
    return good_model(train_on_folder).train()


@train_on_folder.mistake(
    N_(
        "The model gives more scores than the folder has classes. `len(train_set.classes)` says how many the "
        "network needs."
    )
)
def _scores_to_spare(_folder: Path, _prepare: v2.Compose) -> nn.Module:
    *body, head = good_model(train_on_folder)
    wider = nn.Linear(head.in_features, head.out_features + 4)
    with torch.no_grad():
        wider.weight[: head.out_features], wider.bias[: head.out_features] = head.weight, head.bias
        wider.bias[head.out_features :] = -100  # never the largest
    return nn.Sequential(*body, wider).eval()


@train_on_folder.mistake(OTHERWISE_PREPARED)
def _otherwise_prepared(folder: Path, prepare: v2.Compose) -> nn.Module:
    return otherwise_prepared(_untrained(folder, prepare), _unseen()[0])
