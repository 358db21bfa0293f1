"""From a folder of pictures to a classifier, in one call: what ``vislearn train`` does."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.datasets import find_leaks, image_folder
from vislearn.device import best_device
from vislearn.errors import FileError, InputError, require_one_of
from vislearn.io import read_pil
from vislearn.language import translate as _
from vislearn.metrics import ClassReport, confusion_counts
from vislearn.models import card, classifier, count_parameters, head_alone, parameter_groups
from vislearn.models import preparation as prepared_for
from vislearn.models.classifier import Mode, require_backbone
from vislearn.problems import problem_of
from vislearn.seeding import Chance, generator, seed_worker
from vislearn.training.batches import Moved
from vislearn.training.checkpoints.model import save_model
from vislearn.training.classes import note_classes
from vislearn.training.history import History
from vislearn.training.in_memory import features_once
from vislearn.training.loop import fit
from vislearn.training.tasks import ClassificationTask
from vislearn.transforms import train_transform

__all__ = ["Choice", "FolderOptions", "Outcome", "save_outcome", "train_folder"]

Say = Callable[[str], object]
_EPOCHS = {"frozen": 30, "finetune": 5, "scratch": 20}
_SHOWN = 50  # damaged files; more than anybody mends one by one
_BACKBONE_SHARE = 0.1  # what was learned on many pictures moves ten times more slowly than the new head


@dataclass(frozen=True)
class Choice:
    """A network and what of it learns."""

    backbone: str
    mode: Mode = "frozen"

    @classmethod
    def parse(cls, text: str, default: Mode = "frozen") -> "Choice":
        """``"NAME"`` or ``"NAME:MODE"``.

        Args:
            text: such as ``"mobilenet_v2"`` or ``"photo:scratch"``.
            default: the mode of a bare name.

        Raises:
            InputError: no such network, or no such mode.

        >>> Choice.parse("photo:scratch")
        Choice(backbone='photo', mode='scratch')
        """
        backbone, _colon, mode = text.partition(":")
        require_backbone(backbone)
        require_one_of("mode", mode or default, get_args(Mode))
        return cls(backbone, mode or default)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.backbone}:{self.mode}"


@dataclass(frozen=True)
class FolderOptions:
    """What may be chosen beside the network.

    Attributes:
        batch_size: pictures per step.
        epochs: passes over the pictures; None: 30 frozen, 5 fine-tuned, 20 from scratch.
        lr: highest learning rate of the head (from scratch: of everything).
        augment: crop and mirror the training pictures by chance; None: not if the backbone is frozen, so
            that its features need computing only once.
        num_classes: how many class folders there must be; None: as many as there are.
        seed: of the head, the order and the augmentation.
        workers: processes that read pictures.
        look: read every picture before anything is computed, so that all damaged ones are named at once.
    """

    batch_size: int = 32
    epochs: int | None = None
    lr: float = 1e-3
    augment: bool | None = None
    num_classes: int | None = None
    seed: int = 0
    workers: int = 0
    look: bool = True


@dataclass(frozen=True)
class Outcome:
    """A trained classifier, and how good it is on the pictures of ``val``."""

    choice: Choice
    model: nn.Module
    transform: Callable[..., Any]
    history: History
    report: ClassReport
    trainable: int
    seconds: float
    seed: int


def train_folder(
    root: str | Path, choice: Choice, options: FolderOptions | None = None, say: Say = print
) -> Outcome:
    """Train a classifier on ``root/train/CLASS/*`` and judge it on ``root/val/CLASS/*``.

    With a frozen backbone and no augmentation, every picture passes through the backbone exactly once: its
    features can't change, so the epochs run on the features alone.

    Args:
        root: a folder with ``train`` and ``val``, each with one sub-folder per class.
        choice: network and mode.
        options: what differs from the defaults.
        say: gets a line for every long stage.

    Raises:
        FileError: folders are missing, or files are no pictures: all are named, before anything is computed.
        InputError: ``train`` and ``val`` have other classes, or an option breaks its rule.
        MissingError: the network's weights are not on this machine.

    Source: section 11 of the course's text.
    """
    options = options or FolderOptions()
    began = time.perf_counter()
    judging = prepared_for(choice.backbone)
    augment = choice.mode != "frozen" if options.augment is None else options.augment
    train_set, val_set = _folders(Path(root), _learning(choice, judging, augment), judging, options)
    names = train_set.classes
    if options.look:
        say(_("Looking at {count} pictures ...", count=len(train_set) + len(val_set)))
        _require_readable(Path(root), [*train_set.samples, *val_set.samples])
        _tell_of_copies(train_set.samples, val_set.samples, say)
    with Chance(options.seed):
        model = learner = classifier(choice.backbone, len(names), choice.mode)
        trainable = count_parameters(model).trainable
        if choice.mode == "frozen" and not augment:
            count = len(train_set) + len(val_set)
            say(_("{choice}: features of {count} pictures, once ...", choice=choice, count=count))
            train_set, val_set = (
                features_once(model, _loader(part, options, shuffle=False)) for part in (train_set, val_set)
            )
            learner = head_alone(model)
        epochs = _EPOCHS[choice.mode] if options.epochs is None else options.epochs
        told = {"choice": choice, "epochs": epochs, "trainable": trainable}
        say(_("{choice}: {epochs} epochs, {trainable} parameters learn ...", **told))
        loaders = _loader(train_set, options, shuffle=True), _loader(val_set, options, shuffle=False)
        history = _fitted(learner, choice.mode, loaders, epochs, options)
    note_classes(model, names)
    report = ClassReport(_counts(learner, loaders[1], len(names)), names)
    seconds = time.perf_counter() - began
    return Outcome(choice, model.eval(), judging, history, report, trainable, seconds, options.seed)


def save_outcome(path: str | Path, outcome: Outcome) -> Path:
    """Write a trained classifier with class names, transform, seed and scores.

    ``load_model(path, vislearn.models.classifier)`` brings it back.

    Args:
        path: of the file.
        outcome: of :func:`train_folder`.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    names = outcome.report.names
    return save_model(
        path,
        outcome.model,
        classes=names,
        transform=outcome.transform,
        seed=outcome.seed,
        scores={"val_accuracy": outcome.report.accuracy},
    )


def _learning(choice: Choice, judging: Callable[..., Any], augment: bool) -> Callable[..., Any]:
    if not augment:
        return judging
    known = card(choice.backbone)
    return train_transform(known.size, mean=known.mean, std=known.std)


def _folders(
    root: Path, learning: Callable[..., Any], judging: Callable[..., Any], options: FolderOptions
) -> tuple[Any, Any]:
    for part in ("train", "val"):
        if not (root / part).is_dir():
            raise FileError(
                root / part,
                "is not there",
                fix="Put pictures to learn from into train/CLASS/ and others to judge by into val/CLASS/.",
            )
    train_set, val_set = image_folder(root / "train", learning), image_folder(root / "val", judging)
    if train_set.classes != val_set.classes:
        odd = ", ".join(sorted(set(train_set.classes) ^ set(val_set.classes)))
        known = ", ".join(train_set.classes)
        raise InputError(
            "val", f"must have the class folders of train ({known})", got=f"a difference in {odd}"
        )
    if options.num_classes not in (None, len(train_set.classes)):
        raise InputError(
            "num_classes",
            f"must be {len(train_set.classes)}, the number of class folders",
            got=options.num_classes,
            fix="Leave it out: it is counted.",
        )
    return train_set, val_set


def _tell_of_copies(train: Sequence[tuple[str, int]], val: Sequence[tuple[str, int]], say: Say) -> None:
    """Whoever is judged by what they learned from looks better than they are."""
    leaks = find_leaks([path for path, _label in train], [path for path, _label in val], threshold=None)
    if copies := leaks.found:
        told = {"count": len(copies), "all": len(val), "example": copies[0].val}
        say(
            _(
                "{count} of the {all} pictures in val are in train, too, such as {example}. What the network "
                "has seen is no exam: take them out of one of the two.",
                **told,
            )
        )


def _require_readable(root: Path, samples: Sequence[tuple[str, int]]) -> None:
    problems = []
    for path, _label in samples:
        try:
            read_pil(path)
        except FileError as trouble:
            problems.append(str(problem_of(trouble)))
    if len(problems) > _SHOWN:
        problems[_SHOWN:] = [_("... and {count} more.", count=len(problems) - _SHOWN)]
    if problems:
        raise FileError(root, "has pictures that can't be used", fix="\n".join(problems))


def _loader(data: Any, options: FolderOptions, *, shuffle: bool) -> DataLoader:
    return DataLoader(
        data,
        options.batch_size,
        shuffle=shuffle,
        num_workers=options.workers,
        worker_init_fn=seed_worker,
        generator=generator(options.seed),
    )


def _fitted(
    learner: nn.Module, mode: Mode, loaders: Sequence[DataLoader], epochs: int, options: FolderOptions
) -> History:
    slower = options.lr * _BACKBONE_SHARE if mode == "finetune" else None
    optimizer = torch.optim.AdamW(
        parameter_groups(learner, options.lr, backbone_lr=slower, weight_decay=1e-4), lr=options.lr
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = epochs * len(loaders[0])
    return fit(
        learner,
        ClassificationTask(),
        loaders[0],
        epochs=epochs,
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=max(steps, 1)),
        val_loader=loaders[1],
        channels_last=not isinstance(loaders[0].dataset, TensorDataset),
    )


def _counts(learner: nn.Module, loader: DataLoader, num_classes: int) -> torch.Tensor:
    device = best_device()
    learner.to(device).eval()
    counts = torch.zeros(num_classes, num_classes, dtype=torch.int64)
    with torch.inference_mode():
        for images, target in Moved(loader, device):
            counts += confusion_counts(learner(images), target, num_classes).cpu()
    return counts
