"""Train a bundled network anew: data, training, measurement, file and card, in one call."""

import platform
import time
from collections.abc import Callable
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
from vislearn.models import Card, SmallResNet, count_parameters, parameter_groups, store_bundled
from vislearn.seeding import Chance
from vislearn.training.history import History
from vislearn.training.loop import evaluate, fit
from vislearn.training.recipes.pictures import Batches, Pictures
from vislearn.training.recipes.plans import PLANS, Plan
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
        epochs: in place of the plan's.
        threads: of the CPU; by default what torch takes.
        seed: of weights, order and variation.
        precision: ``"bf16"`` as in the recipes, or ``"float32"`` where the processor has no fast bf16.
        folder: where file and card go; by default ``weights`` in the data folder.
    """

    images: Path | None = None
    about: str = ""
    epochs: int | None = None
    threads: int | None = None
    seed: int = 0
    precision: str = "bf16"
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
    before = torch.get_num_threads()
    torch.set_num_threads(options.threads or before)
    try:
        say(_("Reading the pictures ..."))
        train, test = plan.load(plan, options.images)
        _require_same_classes(train, test)
        model, history = _trained(plan, train, epochs, options, folder, say)
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
            epochs=epochs,
            seconds=round(seconds, 1),
            machine=f"{platform.machine()}, {describe(best_device())}, {options.precision}",
            versions=_versions(),
        )
    finally:
        torch.set_num_threads(before)
    card = store_bundled(model, card, folder)
    for leftover in folder.glob(f"{name}.training*.pt"):  # the checkpoint, and fit's copy of the best epoch
        leftover.unlink()
    return card


def _trained(
    plan: Plan, train: Pictures, epochs: int, options: Options, folder: Path, say: Callable[[str], object]
) -> tuple[nn.Module, History]:
    loader = Batches(train, plan.batch_size, plan.variation(epochs), seed=options.seed)
    if not len(loader):
        raise InputError("pictures", f"must be at least {plan.batch_size} to learn from", got=len(train))
    with Chance(options.seed):
        model = SmallResNet(len(train.classes), width=plan.width)
    if plan.start_at_nothing:
        _start_at_nothing(model)
    optimizer = _optimizer(model, plan)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.max_lr, total_steps=epochs * len(loader), pct_start=plan.warm_up, cycle_momentum=False
    )

    def report(history: History) -> None:
        done, row = len(history.rows), history.rows[-1]
        say(_("Epoch {number} of {count}: loss {loss:.3f}, {seconds:.0f} s.", number=done, count=epochs,
              loss=row["train_loss"], seconds=row["seconds"]))  # fmt: skip

    history = fit(
        model, ClassificationTask(label_smoothing=plan.label_smoothing), loader,
        epochs=epochs, optimizer=optimizer, scheduler=schedule, amp=_AMP[options.precision],
        channels_last=True,
        checkpoint=_checkpoint(folder, plan.name), on_epoch=report, progress=False,
    )  # fmt: skip
    return model, history


def _start_at_nothing(model: nn.Module) -> None:
    """Let every residual block add nothing at first: deep parts then join in as they become useful.

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD.
    """
    for block in model.modules():
        if isinstance(last := getattr(block, "bn2", None), nn.BatchNorm2d):
            nn.init.zeros_(last.weight)


def _optimizer(model: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    groups = parameter_groups(model, plan.max_lr, weight_decay=plan.weight_decay)
    if plan.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=plan.max_lr)
    return torch.optim.SGD(groups, lr=plan.max_lr, momentum=0.9, nesterov=True)


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


def _checkpoint(folder: Path, name: str) -> Path:
    return folder / f"{name}.training.pt"


def _versions() -> dict[str, Any]:
    return {
        "vislearn": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "safetensors": safetensors.__version__,
    }
