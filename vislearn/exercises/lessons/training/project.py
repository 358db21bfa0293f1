"""Exercise of lesson 03, its project: a training whose result lies in a file that others can use."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import textures
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.trained import (
    OTHERWISE_PREPARED,
    classifier_facts,
    otherwise_prepared,
)
from vislearn.exercises.watch import Inputs
from vislearn.language import translate as _
from vislearn.models import SmallConvNet

__all__ = ["train_to_file"]

# Two epochs, three seeds: one cycle up to 0.01 reaches .77 to .86, AdamW at 0.003 .75 to .94, at 0.001 .81 to
# .89. One epoch: .58 to .71. Guessing reaches 1/16.
_ENOUGH, _MORE_THAN_GUESSED = 0.6, 0.2
_KEYS = ("model", "classes")
_PREPARE = v2.Compose(
    [v2.ToImage(), v2.Resize(16), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.25] * 3)]
)


@exercise(
    "training.train_to_file",
    trials=1,
    hints=[
        N_(
            "It is this lesson in one function: data set, loader, optimizer, your epochs, `eval()`, and then "
            "one `torch.save`."
        ),
        N_(
            "`torch.optim.AdamW(model.parameters(), lr=0.003)` and two epochs are enough: "
            "`for epoch in range(2):` around `for images, labels in loader:` around the five lines. The "
            "loader must shuffle: the folder is sorted by class."
        ),
        N_(
            "`torch.save(dict(model=model.state_dict(), classes=train_set.classes), path)` comes after the "
            "training, then `return model.eval()`."
        ),
    ],
)
def train_to_file(model: nn.Module, folder: Path, prepare: v2.Compose, path: Path) -> nn.Module:
    """Train a network on a folder of pictures, and leave a file that others can use.

    The file is a dict: `"model"` holds the network's state dict, `"classes"` the names of the classes.

    Args:
        model: untrained; gives one score per class of the folder.
        folder: holds one folder per class, with its pictures in it.
        prepare: turns a picture into a tensor, float32 (3, 16, 16), around 0.
        path: where the file is to be written.

    Returns:
        The trained model in eval mode; whoever loads the file gets the same answers.
    """
    train_set = ImageFolder(folder, prepare)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=2 * len(loader))
    model.train()
    for _epoch in range(2):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    torch.save({"model": model.state_dict(), "classes": train_set.classes}, path)
    return model.eval()


@train_to_file.inputs
def _materials(_generator: torch.Generator) -> tuple[nn.Module, Path, v2.Compose, Path]:
    return SmallConvNet(16, width=16), textures("train"), _PREPARE, Path("best.pt")


@cache
def _unseen() -> tuple[Tensor, Tensor]:
    """The 320 pictures to judge by: float32 (320, 3, 16, 16), and their classes (320,)."""
    images, labels = zip(*ImageFolder(textures("val"), _PREPARE), strict=True)
    return torch.stack(images), torch.tensor(labels)


@train_to_file.judge
def _facts_of_file(
    function: Callable[..., Any], model: nn.Module, folder: Path, prepare: v2.Compose, path: Path
) -> dict[str, Any]:
    fresh = deepcopy(model)
    images, labels = _unseen()
    with TemporaryDirectory() as place, Inputs(3) as inputs:
        path = Path(place) / path
        answer = function(model, folder, prepare, path)
        saved = _read(path)
    facts, right = classifier_facts(
        answer, images, labels, more_than_guessed=_MORE_THAN_GUESSED, inputs=inputs, enough=_ENOUGH
    )
    return facts | {
        N_("At least 60 % of 320 pictures it has never seen are right"): right >= _ENOUGH,
        N_("A fresh network with the file's weights answers as the returned model does"): _same_answers(
            fresh, saved["model"], answer
        ),
        N_("The file's classes are the folder's, in its order"): (
            _listed(saved["classes"]) == ImageFolder(folder).classes
        ),
    }


def _read(path: Path) -> dict[str, Any]:
    """The learner's file, as a careful stranger reads it.

    Raises:
        Unusable: it isn't there, holds more than numbers and names, or lacks an entry.
    """
    if not path.is_file():
        raise Unusable(_("nothing was written at `path`. End the training with `torch.save(…, path)`."))
    try:
        saved = torch.load(path, weights_only=True)
    except Exception:  # torch raises what the file makes it raise
        raise Unusable(
            _(
                "the file can't be read with `weights_only=True`, as a stranger's file should be. Save "
                "`model.state_dict()`, not the model itself."
            )
        ) from None
    if not isinstance(saved, dict) or not set(_KEYS) <= set(saved):
        raise Unusable(_('the file must be a dict with the entries `"model"` and `"classes"`.'))
    return saved


def _listed(classes: Any) -> list[str]:
    """The names of the classes.

    Raises:
        Unusable: they are no list of texts.
    """
    if not isinstance(classes, list | tuple) or not all(isinstance(name, str) for name in classes):
        raise Unusable(
            _('`"classes"` must be a list of names, `train_set.classes`; it is {got}.', got=describe(classes))
        )
    return list(classes)


def _same_answers(fresh: nn.Module, weights: Any, model: nn.Module) -> bool:
    """Does the network with the file's weights give the model's scores?

    Raises:
        Unusable: the weights are another network's.
    """
    try:
        for name, value in fresh.state_dict().items():
            if weights[name].dtype != value.dtype:
                raise TypeError(name)
        fresh.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError, KeyError, IndexError):
        raise Unusable(
            _('`"model"` must be the state dict of the network that was given: `model.state_dict()`.')
        ) from None
    images = _unseen()[0]
    with torch.inference_mode():
        return torch.allclose(fresh.eval()(images), model(images), atol=1e-4)


@train_to_file.mistake(
    N_(
        "The file and the model are alike, but know no more than a guess. Do the five lines run for every "
        "batch, before `torch.save`? Does the loader shuffle, and is the rate about 0.003?"
    )
)
def _untrained(model: nn.Module, folder: Path, prepare: v2.Compose, path: Path) -> nn.Module:
    torch.save({"model": model.state_dict(), "classes": ImageFolder(folder).classes}, path)
    return model.eval()


@train_to_file.mistake(
    N_(
        "The file holds other weights than the returned model: it was written before the training was over, "
        "or from another copy of the model. `torch.save` comes last, with the model that you return."
    )
)
def _saved_too_early(model: nn.Module, folder: Path, prepare: v2.Compose, path: Path) -> nn.Module:
    early = deepcopy(model.state_dict())
    trained = train_to_file(model, folder, prepare, path)
    torch.save({"model": early, "classes": ImageFolder(folder).classes}, path)
    return trained


@train_to_file.mistake(
    N_("All is well but the mode: the model comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(model: nn.Module, folder: Path, prepare: v2.Compose, path: Path) -> nn.Module:
    return train_to_file(model, folder, prepare, path).train()


@train_to_file.mistake(OTHERWISE_PREPARED)
def _otherwise_prepared(model: nn.Module, folder: Path, prepare: v2.Compose, path: Path) -> nn.Module:
    return otherwise_prepared(_untrained(model, folder, prepare, path), _unseen()[0])
