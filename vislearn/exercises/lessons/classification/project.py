"""Exercise of lesson 11, its project: a reader of Bengali digits, from a folder with wrong labels."""

import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import bengali_digits
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.trained import (
    OTHERWISE_PREPARED,
    are_probabilities,
    classifier_facts,
    good_model,
    otherwise_prepared,
)
from vislearn.exercises.watch import Inputs
from vislearn.models import classifier

__all__ = ["digit_reader"]

# The reference reaches .855 … .88 from six seeds.
_ENOUGH, _MORE_THAN_GUESSED = 0.8, 0.25
_OF_EACH, _WRONG, _JUDGED = 40, 60, 20  # pictures of a digit; wrong labels in all; of a digit, to judge by


@exercise(
    "classification.digit_reader",
    trials=1,
    hints=[
        N_(
            '`vl.models.classifier("photo", 10)` is a frozen network with a new head: only that learns. Its '
            "loop is the one of 11.2."
        ),
        N_(
            "A frozen network gives a picture the same features each time: compute them once, by "
            "`model.fc = nn.Identity()`, and train a `nn.Linear(256, 10)` on them: 30 epochs, AdamW, "
            "lr=0.01."
        ),
        N_(
            "At the end `model.fc = head` puts the trained head in its place, and `return model.eval()`. The "
            "features want `eval()` as well, and `torch.no_grad()`."
        ),
    ],
)
def digit_reader(folder: Path, prepare: v2.Compose) -> nn.Module:
    """Train a reader of Bengali digits on a folder in which some pictures lie with the wrong digit.

    Args:
        folder: with a folder for each digit, 0 … 9: 400 pictures, of which 60 lie in the wrong one.
        prepare: turns a picture into a tensor, float32 (3, 32, 32), as the bundled network `photo` wants it.

    Returns:
        A model in eval mode: such pictures (N, 3, 32, 32) -> logits (N, 10). It is judged on 200 digits in
        fonts that the folder doesn't show.
    """
    loader = DataLoader(ImageFolder(folder, prepare), batch_size=64)
    model = classifier("photo", 10).eval()
    head, model.fc = model.fc, nn.Identity()
    with torch.no_grad():
        features, labels = (torch.cat(part) for part in zip(*[(model(x), y) for x, y in loader], strict=True))
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)  # type: ignore[union-attr]
    for _epoch in range(30):
        for some in torch.randperm(len(features)).split(32):
            loss = nn.functional.cross_entropy(head(features[some]), labels[some])  # type: ignore[operator]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.fc = head
    return model.eval()


@digit_reader.inputs
def _mixed_up(_generator: torch.Generator) -> tuple[Path, v2.Compose]:
    return _folder(), _prepare()


def _prepare() -> v2.Compose:
    steps = [v2.ToImage(), v2.Resize([32, 32]), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose([*steps, v2.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])])


@cache
def _folder() -> Path:
    """Some digits of each kind; in the names of files nothing says which lie wrong."""
    target, chance = Path(tempfile.mkdtemp()), random.Random(0)
    chosen = [
        (file, int(folder.name))
        for folder in sorted(bengali_digits("train").iterdir())
        for file in chance.sample(sorted(folder.iterdir()), _OF_EACH)
    ]
    wrong = set(chance.sample(range(len(chosen)), _WRONG))
    for number, (file, digit) in enumerate(chosen):
        label = (digit + chance.randint(1, 9)) % 10 if number in wrong else digit
        (target / str(label)).mkdir(exist_ok=True)
        shutil.copyfile(file, target / str(label) / f"{number:03}.png")
    return target


@cache
def _unseen() -> tuple[Tensor, Tensor]:
    """Pictures to judge by, in three fonts that no training picture has: (200, 3, 32, 32), labels (200,)."""
    found = ImageFolder(bengali_digits("val"), _prepare())
    labels = torch.tensor(found.targets)
    chosen = torch.cat([(labels == digit).nonzero()[::3, 0][:_JUDGED] for digit in range(10)])
    return torch.stack([found[int(at)][0] for at in chosen]), labels[chosen]


@digit_reader.judge
def _facts(function: Callable[..., Any], folder: Path, prepare: v2.Compose) -> dict[str, Any]:
    images, labels = _unseen()
    with Inputs(3) as inputs:
        model = function(folder, prepare)
    facts, right = classifier_facts(
        model, images, labels, more_than_guessed=_MORE_THAN_GUESSED, inputs=inputs, enough=_ENOUGH
    )
    with torch.inference_mode():
        signed = not are_probabilities(model(images))
    return facts | {
        N_("What comes out are logits, without softmax"): signed,
        N_("At least 80 % of 200 digits in unseen fonts are right"): right >= _ENOUGH,
    }


@digit_reader.mistake(
    N_(
        "It is no better than somebody who guesses. Does the optimizer hold the parameters of *this* head, "
        "do its steps run, and do its scores stand in the order of the folder's classes?"
    )
)
def _untrained(_folder: Path, _prepare: v2.Compose) -> nn.Module:
    model = classifier("photo", 10)
    nn.init.zeros_(model.fc.weight)  # type: ignore[union-attr, arg-type]
    return model.eval()


@digit_reader.mistake(
    N_(
        "256 features come back for a picture, not a score for each digit: put the trained head in its "
        "place, `model.fc = head`."
    )
)
def _without_head(_folder: Path, _prepare: v2.Compose) -> nn.Module:
    model = good_model(digit_reader)
    model.fc = nn.Identity()
    return model


@digit_reader.mistake(
    N_(
        "It has learned, but too little: fewer than 80 % are right. Take `prepare` for the pictures, as it "
        "is, 30 epochs with lr=0.01, and a head on the features of `photo`, which knows more than a small "
        "network from scratch."
    )
)
def _too_little(_folder: Path, _prepare: v2.Compose) -> nn.Module:
    # half of the digits can't be answered, so it is right about half of the time
    model = good_model(digit_reader)
    with torch.no_grad():
        model.fc.bias[5:] -= 100
    return model.eval()


@digit_reader.mistake(OTHERWISE_PREPARED)
def _otherwise_prepared(folder: Path, prepare: v2.Compose) -> nn.Module:
    return otherwise_prepared(_untrained(folder, prepare), _unseen()[0])
