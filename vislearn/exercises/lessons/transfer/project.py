"""Exercise of lesson 02, its project: a trained network learns the classes of a folder."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="arg-type, union-attr"

import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Literal

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
from vislearn.models import preparation, pretrained

__all__ = ["transfer_to_folder"]

# With all sixteen materials one epoch at 0.001 reaches .97, a frozen body .84 after one epoch and .9 after
# four; two epochs from random numbers .69.
_ENOUGH, _MORE_THAN_GUESSED = 0.8, 0.2
_LEFT_OUT = 5  # one of the lesson's materials


@exercise(
    "transfer.transfer_to_folder",
    trials=1,
    hints=[
        N_(
            "It is this lesson in one function: data set, loader, new head, then the optimizer, the five "
            "lines, `eval()`."
        ),
        N_(
            "`model.fc = nn.Linear(model.fc.in_features, len(train_set.classes))` comes before "
            "`torch.optim.AdamW(model.parameters(), lr=0.001)`. The loader must shuffle."
        ),
        N_(
            "One epoch is enough: `for images, labels in loader:` around the five lines, after "
            "`model.train()`. End with `return model.eval()`."
        ),
    ],
)
def transfer_to_folder(model: nn.Module, folder: Path, prepare: v2.Compose) -> nn.Module:
    """Teach a trained network the classes of a folder, and return it ready to be asked.

    Args:
        model: a trained network like torchvision's ResNet: its last layer is `model.fc`.
        folder: holds one folder per class, with its pictures in it.
        prepare: the preparation that belongs to the network's weights.

    Returns:
        The model in eval mode: pictures (N, 3, 32, 32) -> one score per class of the folder.
    """
    train_set = ImageFolder(folder, prepare)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    model.fc = nn.Linear(model.fc.in_features, len(train_set.classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    model.train()
    for images, labels in loader:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


@transfer_to_folder.inputs
def _photo_and_materials(_generator: torch.Generator) -> tuple[nn.Module, Path, v2.Compose]:
    return deepcopy(pretrained("photo")).eval(), _some_materials("train"), preparation("photo")


@cache
def _some_materials(split: Literal["train", "val"]) -> Path:
    """A folder with fifteen of the sixteen classes: a number taken from the lesson fits no longer."""
    target = Path(tempfile.mkdtemp()) / split
    for number, folder in enumerate(sorted(textures(split).iterdir())):
        if number != _LEFT_OUT:
            shutil.copytree(folder, target / folder.name)
    return target


@cache
def _unseen() -> tuple[Tensor, Tensor]:
    """The 300 pictures to judge by: float32 (300, 3, 32, 32), and their classes (300,)."""
    images, labels = zip(*ImageFolder(_some_materials("val"), preparation("photo")), strict=True)
    return torch.stack(images), torch.tensor(labels)


@transfer_to_folder.judge
def _facts_of_model(
    function: Callable[..., Any], model: nn.Module, folder: Path, prepare: v2.Compose
) -> dict[str, Any]:
    images, labels = _unseen()
    with Inputs(3) as inputs:
        taught = function(model, folder, prepare)
    facts, right = classifier_facts(
        taught, images, labels, more_than_guessed=_MORE_THAN_GUESSED, inputs=inputs, enough=_ENOUGH
    )
    return facts | {N_("At least 80 % of 300 pictures it has never seen are right"): right >= _ENOUGH}


@transfer_to_folder.mistake(
    N_(
        "The new head gives the right number of scores, but knows no more than a guess. Do the five lines "
        "run for every batch, does the loader shuffle, is the rate about 0.001? Does the optimizer hold the "
        "new head? It must be made after it."
    )
)
def _untrained(model: nn.Module, folder: Path, prepare: v2.Compose) -> nn.Module:
    model.fc = nn.Linear(model.fc.in_features, len(ImageFolder(folder, prepare).classes))
    return model.eval()


@transfer_to_folder.mistake(
    N_("The model has learned well, but it comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(_model: nn.Module, _folder: Path, _prepare: v2.Compose) -> nn.Module:
    return good_model(transfer_to_folder).train()


@transfer_to_folder.mistake(
    N_(
        "The model doesn't give one score per class of the folder; perhaps it still has the old head. Give "
        "it a new `model.fc`."
    )
)
def _old_head(model: nn.Module, folder: Path, prepare: v2.Compose) -> nn.Module:
    return model.eval()


@transfer_to_folder.mistake(OTHERWISE_PREPARED)
def _otherwise_prepared(model: nn.Module, folder: Path, prepare: v2.Compose) -> nn.Module:
    return otherwise_prepared(_untrained(model, folder, prepare), _unseen()[0])
