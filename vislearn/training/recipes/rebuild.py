"""Train a bundled network anew: data, training, measurement, file and card, in one call."""

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
import torchvision
from torch import nn

from vislearn import __version__
from vislearn.datasets import data_root
from vislearn.device import best_device, describe
from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.models import Card, SmallResNet, count_parameters, store_bundled
from vislearn.training.in_memory.pictures import Batches, Pictures
from vislearn.training.loop import evaluate
from vislearn.training.recipes.plans import PLANS, Plan
from vislearn.training.recipes.stages import Training
from vislearn.training.tasks import ClassificationTask
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["Options", "rebuild"]

_MEASURED_AT_ONCE = 500  # pictures
_AMP = {"bf16": "bf16", "float32": None}  # what fit calls them


@dataclass(frozen=True)
class Options:
    """What may be chosen beside the plan.

    Attributes:
        images: a tree with ``train/CLASS/...`` and ``test/CLASS/...`` in place of the plan's own data.
        about: what these pictures are, for the card.
        epochs: of the first stage, in place of the plan's; the branches after it keep in proportion.
        threads: of the CPU; by default what torch takes.
        seed: of weights, order and variation.
        precision: ``"bf16"`` as in the recipes, or ``"float32"`` where the processor has no fast bf16.
        compile: let torch make kernels for the network first; on a GPU an epoch then takes less time.
        folder: where file and card go; by default ``weights`` in the data folder.
    """

    images: Path | None = None
    about: str = ""
    epochs: int | None = None
    threads: int | None = None
    seed: int = 0
    precision: str = "bf16"
    compile: bool = False
    folder: Path | None = None


def rebuild(name: str, options: Options | None = None, say: Callable[[str], object] = print) -> Card:
    """Train ``"photo"`` or ``"scene"``, measure it as stored, and write weights and card.

    Killed, it goes on from the last epoch when called the same way again.

    Args:
        name: which network.
        options: what differs from the plan.
        say: gets a line per epoch.

    Returns:
        The card as written.

    Raises:
        InputError: an unknown name, or an option that can't be.
        MissingError: the data are neither here nor to be had.
        FileError: a folder can't be read or written.
    """
    require_one_of("name", name, PLANS)
    options, plan = options or Options(), PLANS[name]
    require_one_of("precision", options.precision, _AMP)
    epochs = plan.epochs if options.epochs is None else options.epochs
    if epochs < 1:
        raise InputError("epochs", "must be at least 1", got=epochs)
    folder = options.folder or data_root() / "weights"
    with _threads(options.threads):
        say(_("Reading the pictures ..."))
        train, test = plan.load(plan, options.images)
        _require_same_classes(train, test)
        amp = _AMP[options.precision]
        training = Training(plan, train, epochs, options.seed, amp, options.compile, folder, say)
        model, history = training.run()
        began = time.perf_counter()
        scores = _measured(model, plan, test)
        seconds = sum(history["seconds"]) + time.perf_counter() - began
    card = Card(
        name=name,
        classes=train.classes,
        size=plan.side,
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        data=_origin(plan, options, train, test),
        recipe=plan.words(epochs),
        scores={title: round(score, 4) for title, score in scores.items()},
        parameters=count_parameters(model).total,
        width=plan.width,
        seed=options.seed,
        epochs=len(history),
        seconds=round(seconds, 1),
        machine=f"{platform.machine()}, {describe(best_device())}, {options.precision}",
        versions=_versions(),
    )
    card = store_bundled(model, card, folder)
    for leftover in folder.glob(f"{name}.training*.pt"):  # checkpoints, and fit's copies of the best epoch
        leftover.unlink()
    return card


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Inside ``with`` torch computes with so many threads; None leaves their number."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _measured(model: nn.Module, plan: Plan, test: Pictures) -> dict[str, float]:
    """Loss and accuracy of the weights as they are stored, rounded to 16 bits, computed with in 32."""
    stored = SmallResNet(len(test.classes), width=plan.width)
    rounded = {
        key: value.detach().cpu().half().to(value.dtype) if value.is_floating_point() else value
        for key, value in model.state_dict().items()
    }
    stored.load_state_dict(rounded)
    return evaluate(stored, ClassificationTask(), Batches(test, _MEASURED_AT_ONCE), channels_last=True)


def _origin(plan: Plan, options: Options, train: Pictures, test: Pictures) -> str:
    if options.images is None:
        return plan.data
    counts = f"{len(train)} pictures to learn from, {len(test)} to measure with"
    return f"{options.about}: {counts}" if options.about else f"a folder of its owner's: {counts}"


def _require_same_classes(train: Pictures, test: Pictures) -> None:
    if train.classes != test.classes:
        known = ", ".join(train.classes)
        raise InputError("test", f"must hold the classes of train ({known})", got=", ".join(test.classes))


def _versions() -> dict[str, Any]:
    return {
        "vislearn": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "safetensors": safetensors.__version__,
    }
