"""Where a training stands, and how it goes on from there after it was killed."""

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vislearn.errors import FileError, InputError, MissingError
from vislearn.language import N_
from vislearn.models.architecture import noted_architecture
from vislearn.training.batches import batch_size
from vislearn.training.checkpoints import file as checkpoint
from vislearn.training.checkpoints.chance import chance_state, restore_chance
from vislearn.training.checkpoints.model import write_model
from vislearn.training.checkpoints.settings import require_same_settings
from vislearn.training.checkpoints.transform import describe_transform
from vislearn.training.classes import class_list, noted_white
from vislearn.training.distributed import Parts, gathered, is_first, rank
from vislearn.training.history import History
from vislearn.training.loaders import generators, resumed, underlying
from vislearn.training.losses import Losses
from vislearn.training.stopping import Best
from vislearn.training.updates import Updates

__all__ = ["Keeper", "about"]


# what every checkpoint holds
_KEPT = (
    *("settings", "history", "best", "epoch", "batch", "seconds", "rate", "processes"),
    *("model", "optimizer", "scheduler", "scaler"),
)


class Keeper:
    """Hands out the batches of every epoch, and writes down how far the training has come.

    Args:
        path: of the checkpoint; None writes nothing.
        every: write after this many batches too; None only after every epoch.
        resume: ``"auto"``: go on if the file is there; True: it must be; False: begin anew.
        model: being trained.
        updates: with optimizer, schedule and scaler.
        loader: of the training batches.
        best: epoch so far.
        settings: what must be the same when the training goes on.
        about: what the model of the best epoch is saved with.

    Raises:
        InputError: ``every`` is below 1, or stands without a path.

    Attributes:
        losses: of the present epoch.
        history: of the epochs before.
        epoch: the present one, from 0.
        batch: how many of its batches are learned.
        current: the batch that is being learned.
        rate: the learning rate as the epoch began.
    """

    def __init__(
        self,
        path: str | Path | None,
        every: int | None,
        resume: bool | str,
        *,
        model: nn.Module,
        updates: Updates,
        loader: Iterable[Any],
        best: Best,
        settings: dict[str, Any],
        about: dict[str, Any],
    ) -> None:
        if every is not None and (every < 1 or path is None):
            raise InputError(
                "checkpoint_every", "must be at least 1 batch, and needs checkpoint=PATH", got=every
            )
        self.path, self.every, self.resume_how = (None if path is None else Path(path)), every, resume
        self.model, self.updates, self.loader = model, updates, loader
        self.losses, self.history, self.best = Losses(), History(), best
        self.settings, self.about = settings, about
        self.epoch = self.batch = self._since = 0
        self.current: Any = None
        self.rate = math.nan
        self._generators = generators(loader)
        self._epoch_chance: dict[str, Any] = {}  # as the epoch began
        self._chance: dict[str, Any] | None = None  # as the checkpoint found it
        self._began, self._spent = time.perf_counter(), 0.0

    @property
    def seconds(self) -> float:
        """Time that this epoch has taken, in all the processes that worked on it."""
        return self._spent + time.perf_counter() - self._began

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one and that is wanted.

        Raises:
            MissingError: ``resume`` is True, and no file is there.
            InputError: ``resume`` is none of its values.
            FileError: the file is damaged, or belongs to another training.
        """
        if self.resume_how not in (True, False, "auto"):
            raise InputError("resume", "must be 'auto', True or False", got=repr(self.resume_how))
        if self.path is None or self.resume_how is False:
            return False
        if is_first():
            checkpoint.sweep(self.path)
        if not gathered(self.path.exists())[0]:
            if self.resume_how is True:
                raise MissingError(
                    f"There is no checkpoint {self.path}.", fix="resume='auto' begins without."
                )
            return False
        kept = checkpoint.read(self.path, "training")
        if missing := [name for name in _KEPT if name not in kept]:
            raise FileError(
                self.path,
                N_("is damaged: it lacks {missing}"),
                fix=N_("Delete it, or begin anew with resume=False."),
                missing=", ".join(missing),
            )
        require_same_settings(self.path, kept["settings"], self.settings)
        self._load(kept)
        return True

    def batches(self, epoch: int) -> Iterator[Any]:
        """The batches of an epoch that are not learned yet."""
        for name in ("sampler", "batch_sampler"):
            if set_epoch := getattr(getattr(self.loader, name, None), "set_epoch", None):
                set_epoch(epoch)
        if self._chance is not None:
            restore_chance(self._chance, self._generators)
        for batch in self._rest(self._chance) if self._chance and self.batch else self._all(epoch):
            self.current = batch
            yield batch

    def _all(self, epoch: int) -> Iterable[Any]:
        self.epoch, self.batch = epoch, 0
        self.losses.values, self.losses.pictures = [], []
        self._began, self._spent, self._chance = time.perf_counter(), 0.0, None
        self.rate = float(self.updates.optimizer.param_groups[0]["lr"])
        if self.path is not None:
            self._epoch_chance = chance_state(self._generators)
        return self.loader

    def _rest(self, now: dict[str, Any]) -> Iterable[Any]:
        """After resuming in the middle: drawn as the epoch drew them, then on from where chance stood."""
        self._began = time.perf_counter()
        self._chance = None
        restore_chance(self._epoch_chance, self._generators)
        return resumed(self.loader, self.batch, lambda: restore_chance(now, self._generators))

    def pictures(self, batch: Any) -> int:
        """How many pictures the loss of ``batch`` stands for: of all its parts, where others have some."""
        parts = getattr(self.loader, "batch_sampler", None)
        return parts.pictures[self.batch] if isinstance(parts, Parts) else max(batch_size(batch), 1)

    def weighed(self, loss: torch.Tensor) -> torch.Tensor:
        """The loss (scalar) by its share of the pictures, where several processes learn parts of a batch."""
        parts = getattr(self.loader, "batch_sampler", None)
        return loss * parts.weights[self.batch] if isinstance(parts, Parts) else loss

    def after_batch(self) -> None:
        """Count it, and write when it is time to; not while gradients wait for a step."""
        self.batch += 1
        self._since += 1
        due = self.every is not None and self._since >= self.every
        if due and self.path is not None and not self.updates.pending:
            self._write(self.path)

    def after_epoch(self, *, improved: bool) -> None:
        """Write, and save the model if it is the best so far.

        Args:
            improved: whether it is.
        """
        self.epoch, self.batch = self.epoch + 1, 0
        if self.path is None:
            return
        if improved and is_first():
            scores, architecture = self.history.rows[-1], noted_architecture(self.model)
            write_model(
                checkpoint.best_file(self.path),
                self.model.state_dict(),
                **self.about,
                scores=scores,
                architecture=architecture,
            )
        self._write(self.path)

    def _write(self, path: Path) -> None:
        self._since = 0
        own = {
            "now": chance_state(self._generators),
            "epoch": self._epoch_chance,
            "losses": list(self.losses.settle()),
            "pictures": list(self.losses.pictures),
        }
        everyones = gathered(own)  # each process has its own chance, and its part of each loss
        if not is_first():
            return
        content = {
            "epoch": self.epoch,
            "batch": self.batch,
            "seconds": self.seconds,
            "rate": self.rate,
            "processes": everyones,
            "history": self.history.rows,
            "best": self.best.state(),
            "model": self.model.state_dict(),
            "optimizer": self.updates.optimizer.state_dict(),
            "scheduler": _state(self.updates.scheduler),
            "scaler": _state(self.updates.scaler),
            "settings": self.settings,
            "about": self.about,
        }
        checkpoint.write(path, "training", content)

    def _load(self, kept: dict[str, Any]) -> None:
        self.model.load_state_dict(kept["model"])
        self.updates.optimizer.load_state_dict(kept["optimizer"])
        for holder, name in ((self.updates.scheduler, "scheduler"), (self.updates.scaler, "scaler")):
            if holder is not None:
                holder.load_state_dict(kept[name])
        self.history.rows[:] = kept["history"]
        self.best.load(kept["best"])
        self.history.best_epoch = self.best.epoch
        self.epoch, self.batch = kept["epoch"], kept["batch"]
        self._spent, self.rate = kept["seconds"], kept["rate"]
        own = kept["processes"][rank()]
        self.losses.values, self.losses.pictures = list(own["losses"]), list(own["pictures"])
        self._epoch_chance, self._chance = own["epoch"], own["now"]


def about(train_loader: Iterable[Any], val_loader: Iterable[Any] | None) -> dict[str, Any]:
    """What a model is saved with: names and colours of the classes, how pictures are read and prepared, seed.

    Args:
        train_loader: whose data set may name the classes.
        val_loader: whose data set's ``transform`` or ``transforms`` is the one for new pictures.
    """
    return {
        "classes": class_list(train_loader),
        "colors": _colors(underlying(train_loader)),
        "transform": describe_transform(_judging(underlying(val_loader))),
        "seed": torch.initial_seed(),
        "scale": noted_white(underlying(train_loader)),
    }


def _colors(dataset: Any) -> list[list[int]] | None:
    found = getattr(dataset, "colors", None)
    return [list(map(int, color)) for color in found] if found else None


def _judging(dataset: Any) -> Any:
    """How a data set prepares pictures, alone (``transform``) or with their boxes (``transforms``)."""
    return getattr(dataset, "transform", None) or getattr(dataset, "transforms", None)


def _state(holder: Any) -> Any:
    return None if holder is None else holder.state_dict()
