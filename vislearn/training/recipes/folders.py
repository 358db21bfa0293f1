"""From a folder of pictures to a classifier, in one call: what ``vislearn train`` does for each network."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.device import best_device
from vislearn.errors import InputError, first_line
from vislearn.language import translate as _
from vislearn.metrics import ClassReport, Judged
from vislearn.models import classifier, count_parameters, head_alone, parameter_groups
from vislearn.models.features import quiet
from vislearn.seeding import Chance, generator, seed_worker
from vislearn.training.checkpoints import file as checkpoint_file
from vislearn.training.checkpoints.model import save_model
from vislearn.training.classes import note_classes
from vislearn.training.distributed import from_first
from vislearn.training.history import History
from vislearn.training.in_memory import features_once
from vislearn.training.loop import fit
from vislearn.training.recipes.balancing import adjust_head, sampler_for, weights_for
from vislearn.training.recipes.folder_options import Choice, FolderOptions
from vislearn.training.recipes.folder_sets import FolderSets, look_at, open_sets
from vislearn.training.recipes.judging import judge_classifier
from vislearn.training.tasks import ClassificationTask

__all__ = ["Outcome", "judge_part", "save_outcome", "train_folder", "train_on"]

Say = Callable[[str], object]
_BACKBONE_SHARE = 0.3  # what was learned on many pictures moves more slowly than the new head
_HEAD_EPOCHS = 10  # of a new head on features, before the backbone learns too
_QUIET = 5.0  # seconds between two lines about epochs
_EVERY = 100  # batches between two checkpoints within an epoch


@dataclass(frozen=True)
class Outcome:
    """A trained classifier, and how good it is on the pictures of ``val``.

    Attributes:
        choice: network and mode.
        model: in eval mode.
        transform: how it wants pictures.
        history: of its epochs.
        judged: its answers to the pictures of ``val``.
        trainable: how many of its parameters learned.
        seconds: from opening the pictures to judging, of the last process that worked on it.
        seed: of all chance.
        stopped: whether Ctrl-C ended the epochs early; the model is then that of the best epoch.
        scale: the value that was white in its pictures; None: what their files say.
    """

    choice: Choice
    model: nn.Module
    transform: Callable[..., Any]
    history: History
    judged: Judged
    trainable: int
    seconds: float
    seed: int
    stopped: bool = False
    scale: float | None = None

    @property
    def report(self) -> ClassReport:
        """Precision, recall and F1 on ``val``, class by class."""
        return self.judged.report


def train_folder(
    root: str | Path, choice: Choice, options: FolderOptions | None = None, say: Say = print
) -> Outcome:
    """Train a classifier on ``root/train/CLASS/*`` and judge it on ``root/val/CLASS/*``.

    With a frozen backbone and no augmentation, every picture passes through the backbone exactly once: its
    features can't change, so the epochs run on the features alone. Before a backbone is fine-tuned the new
    head learns so by itself.

    Args:
        root: a folder with ``train`` and ``val``, each with one sub-folder per class; with the option
            ``split`` a folder with one sub-folder per class does.
        choice: network and mode.
        options: what differs from the defaults.
        say: gets a line for every long stage.

    Raises:
        FileError: folders are missing, ``train`` and ``val`` have other classes, or files are no pictures:
            all are named, before anything is computed.
        InputError: an option breaks its rule.
        MissingError: the network's weights are not on this machine.

    Source: section 11 of the course's text.
    """
    options = options or FolderOptions()
    sets = open_sets(
        root,
        split=options.split,
        seed=options.seed,
        num_classes=options.num_classes,
        scale=options.scale,
        looked_at=options.look,
    )
    if options.look:
        look_at(sets, say, audit=options.audit)
    return train_on(sets, choice, options, say)


def train_on(
    sets: FolderSets,
    choice: Choice,
    options: FolderOptions,
    say: Say = print,
    *,
    checkpoint: Path | None = None,
) -> Outcome:
    """Train one network on pictures that were opened, and looked at, before.

    Args:
        sets: of :func:`vislearn.training.recipes.folder_sets.open_sets`.
        choice: network and mode.
        options: as for :func:`train_folder`.
        say: likewise.
        checkpoint: a file to go on from, if it is there, and to write meanwhile; Ctrl-C then ends the epochs
            early, and what was best so far is returned.

    Raises:
        InputError: an option breaks its rule, or the network can't take pictures of this size.
        MissingError: the network's weights are not on this machine.
    """
    began = time.perf_counter()
    train, val = sets.dataset("train", options.learning(choice)), sets.dataset("val", options.judging(choice))
    labels = list(train.targets)
    with Chance(options.seed):
        model = learner = classifier(choice.backbone, len(sets.classes), choice.mode)
        _require_size(model, val)
        parts: list[Any] = [train, val]
        if choice.mode == "frozen" and not options.augments(choice):
            count = len(train) + len(val)
            say(_("{choice}: features of {count} pictures, once ...", choice=choice, count=count))
            parts = [features_once(model, _loader(part, options)) for part in parts]
            learner = head_alone(model)
        elif choice.mode == "finetune" and not from_first(checkpoint is not None and checkpoint.exists()):
            _head_first(model, sets.dataset("train", options.judging(choice)), choice, options, say)
        trainable = count_parameters(model).trainable
        told = {"choice": choice, "epochs": options.epochs_of(choice), "trainable": trainable}
        say(_("{choice}: {epochs} epochs, {trainable} parameters learn ...", **told))
        sampler = sampler_for(options.balance, labels, options.seed)
        loaders = _loader(parts[0], options, learn=True, sampler=sampler), _loader(parts[1], options)
        fitted = _Fit(choice, options, say, checkpoint)
        fitted.run(learner, loaders, weights_for(options.balance, labels))
    if options.balance == "adjust":
        adjust_head(model, labels)
    note_classes(model, sets.classes)
    judged = judge_classifier(learner, loaders[1], [path for path, _label in val.samples], sets.classes)
    seconds = time.perf_counter() - began
    return Outcome(
        choice,
        model.eval(),
        options.judging(choice),
        fitted.history,
        judged,
        trainable,
        seconds,
        options.seed,
        fitted.stopped,
        options.scale,
    )


def judge_part(sets: FolderSets, part: str, outcome: Outcome, options: FolderOptions) -> Judged:
    """The answers of a trained classifier to a part that it was neither trained nor chosen on.

    Args:
        sets: of :func:`vislearn.training.recipes.folder_sets.open_sets`.
        part: such as ``"test"``.
        outcome: of :func:`train_on`.
        options: likewise.
    """
    pictures = sets.dataset(part, outcome.transform)
    files = [path for path, _label in pictures.samples]
    return judge_classifier(outcome.model, _loader(pictures, options), files, sets.classes)


def save_outcome(path: str | Path, outcome: Outcome) -> Path:
    """Write a trained classifier with class names, transform, seed and scores.

    ``load_model(path, vislearn.models.classifier)`` brings it back.

    Args:
        path: of the file.
        outcome: of :func:`train_folder`.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    return save_model(
        path,
        outcome.model,
        classes=list(outcome.judged.names),
        transform=outcome.transform,
        seed=outcome.seed,
        scores={"val_accuracy": outcome.report.accuracy},
        scale=outcome.scale,
    )


def _require_size(model: nn.Module, pictures: Any) -> None:
    """Some networks take one size only, and all need some pixels: better now than an hour later."""
    image = pictures.transform(pictures.loader(pictures.samples[0][0]))
    try:
        with quiet(model):
            model(image[None])
    except (RuntimeError, ValueError, AssertionError) as trouble:
        height, width = image.shape[-2:]
        raise InputError(
            "image_size",
            f"must be one that the network takes ({first_line(trouble).rstrip('.')})",
            got=f"{height}×{width} pixels",
            fix="Leave it out: the size that the network was trained on is the default.",
        ) from None


def _head_first(model: nn.Module, pictures: Any, choice: Choice, options: FolderOptions, say: Say) -> None:
    """Let the new head learn on the features of the backbone as it is, computed once.

    A head of random numbers sends random gradients into the backbone, which would forget what it knows.

    Source: Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features and Underperform
    Out-of-Distribution.
    """
    told = {"choice": choice, "epochs": _HEAD_EPOCHS, "count": len(pictures)}
    say(_("{choice}: the new head learns first, {epochs} epochs on {count} pictures' features ...", **told))
    labels, learner = list(pictures.targets), head_alone(model)
    sampler = sampler_for(options.balance, labels, options.seed)
    features = features_once(model, _loader(pictures, options))
    loader = _loader(features, options, learn=True, sampler=sampler)
    optimizer, scheduler = _updates(learner, options.lr, _HEAD_EPOCHS * len(loader))
    fit(
        learner,
        ClassificationTask(class_weights=weights_for(options.balance, labels)),
        loader,
        epochs=_HEAD_EPOCHS,
        optimizer=optimizer,
        scheduler=scheduler,
        progress=False,
        audit=False,
    )


def _updates(
    learner: nn.Module, lr: float, steps: int, *, backbone_lr: float | None = None
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    """AdamW, and one cycle of its rates over all steps."""
    groups = parameter_groups(learner, lr, backbone_lr=backbone_lr, weight_decay=1e-4)
    optimizer = torch.optim.AdamW(groups, lr=lr)
    rates = [group["lr"] for group in optimizer.param_groups]
    return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=max(steps, 1))


def _loader(data: Any, options: FolderOptions, *, learn: bool = False, sampler: Any = None) -> DataLoader:
    """In order, to judge by; or, to learn from, in a drawn one."""
    return DataLoader(
        data,
        options.batch_size,
        shuffle=learn and sampler is None,
        sampler=sampler,
        num_workers=options.workers,
        worker_init_fn=seed_worker,
        generator=generator(options.seed),
    )


@dataclass
class _Fit:
    """One network's epochs, with a line about them where nobody sees a bar."""

    choice: Choice
    options: FolderOptions
    say: Say
    checkpoint: Path | None
    history: History = field(default_factory=History)
    stopped: bool = False
    said: float = -_QUIET

    def run(
        self, learner: nn.Module, loaders: tuple[DataLoader, DataLoader], weights: torch.Tensor | None
    ) -> None:
        """All epochs, or those until Ctrl-C; the learner then has the weights of the best one."""
        try:
            self.history = self._fitted(learner, loaders, ClassificationTask(class_weights=weights))
        except KeyboardInterrupt:
            if self.checkpoint is None or not self.history.rows:
                raise
            self.stopped = True
            best = checkpoint_file.read(checkpoint_file.best_file(self.checkpoint), "model")
            learner.load_state_dict(best["weights"])

    def _fitted(
        self, learner: nn.Module, loaders: tuple[DataLoader, DataLoader], task: ClassificationTask
    ) -> History:
        options, on_features = self.options, isinstance(loaders[0].dataset, TensorDataset)
        slower = options.lr * _BACKBONE_SHARE if self.choice.mode == "finetune" else None
        epochs = options.epochs_of(self.choice)
        steps = epochs * len(loaders[0])
        optimizer, scheduler = _updates(learner, options.lr, steps, backbone_lr=slower)
        return fit(
            learner,
            task,
            loaders[0],
            epochs=epochs,
            optimizer=optimizer,
            scheduler=scheduler,
            val_loader=loaders[1],
            channels_last=not on_features,
            patience=options.patience,
            amp=options.precision(best_device()),
            compile=options.compile,
            audit=options.audit,
            checkpoint=self.checkpoint,
            # an epoch on features takes a second: writing within it would take longer
            checkpoint_every=None if on_features or self.checkpoint is None else _EVERY,
            on_epoch=self.tell,
        )

    def tell(self, history: History) -> None:
        """A line about an epoch where there is no terminal: the first, the last, some between."""
        self.history = history
        count, now = self.options.epochs_of(self.choice), time.monotonic()
        if sys.stderr.isatty() or (len(history) < count and now - self.said < _QUIET):
            return
        self.said, row = now, history.rows[-1]
        self.say(
            _(
                "Epoch {number} of {count}: loss {loss:.3f}, on val {val:.3f}, accuracy {accuracy:.3f}.",
                number=len(history),
                count=count,
                loss=row["train_loss"],
                val=row["val_loss"],
                accuracy=row["val_accuracy"],
            )
        )
