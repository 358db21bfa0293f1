"""How a bundled network learns: a cycle of the learning rate, then branches whose weights are averaged."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

from vislearn.device import best_device
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.models import SmallResNet, parameter_groups
from vislearn.seeding import Chance
from vislearn.training.history import History
from vislearn.training.in_memory.pictures import Batches, Pictures
from vislearn.training.loop import fit
from vislearn.training.recipes.averaging import Averaging
from vislearn.training.recipes.plans import Plan
from vislearn.training.tasks import ClassificationTask

__all__ = ["Training"]


@dataclass(frozen=True)
class Training:
    """The stages of one rebuild, and what all of them need.

    Attributes:
        plan: what decides the result, apart from the seed.
        pictures: to learn from.
        epochs: of the first stage, a cycle of the learning rate; others follow where the plan has any.
        seed: of weights, order and variation.
        amp: as for :func:`vislearn.training.fit`.
        compile: let torch make kernels for the network first.
        folder: where each stage keeps its checkpoint.
        say: gets a line per epoch.

    Raises:
        InputError: fewer pictures than a batch has, when a stage begins.
    """

    plan: Plan
    pictures: Pictures
    epochs: int
    seed: int
    amp: str | None
    compile: bool
    folder: Path
    say: Callable[[str], object]

    def run(self) -> tuple[nn.Module, History]:
        """The network after all its epochs: the cycle, and the branches whose weights are averaged."""
        model, history = self.cycle()
        return self.averaged(model, history) if self.plan.averaged(self.epochs) else (model, history)

    def cycle(self) -> tuple[nn.Module, History]:
        """Rise and fall of the learning rate, from random weights."""
        plan, loader = self.plan, self._batches(part=0)
        with Chance(self.seed):
            model = SmallResNet(len(self.pictures.classes), width=plan.width)
        if plan.start_at_nothing:
            _start_at_nothing(model)
        optimizer = _optimizer(model, plan, plan.max_lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            plan.max_lr,
            total_steps=self.epochs * len(loader),
            pct_start=plan.warm_up,
            cycle_momentum=False,
        )
        return model, self._learn(model, loader, self.epochs, optimizer, schedule, History(), part="")

    def averaged(self, model: nn.Module, history: History) -> tuple[nn.Module, History]:
        """The mean of all branches' weights, with BatchNorm measured for it.

        Source: Wortsman et al. 2022, Model soups.
        """
        mean = AveragedModel(model)  # plain, over branches; inside each of them a running one, over steps
        for branch in range(self.plan.branches):
            learned, history = self.branch(branch, copy.deepcopy(model), history)
            mean.update_parameters(learned)
        update_bn(self._batches(part=1 + self.plan.branches), mean.module)
        return mean.module, history

    def branch(self, number: int, model: nn.Module, before: History) -> tuple[nn.Module, History]:
        """More epochs at a constant rate, in an order of its own: the running average of the weights."""
        plan, loader = self.plan, self._batches(part=1 + number)
        averaging = Averaging(model, steps=plan.averaged_over * len(loader))
        optimizer = _optimizer(model, plan, plan.averaged_lr)
        averaging.follow(optimizer)
        history = self._learn(
            averaging, loader, plan.averaged(self.epochs), optimizer, None, before, part=f".branch{number}"
        )
        return averaging.average, history

    def _batches(self, part: int) -> Batches:
        loader = Batches(
            self.pictures,
            self.plan.batch_size,
            self.plan.variation,
            seed=self.seed + part,
            device=best_device(),
        )
        if not len(loader):
            raise InputError(
                "pictures", f"must be at least {loader.batch_size} to learn from", got=len(self.pictures)
            )
        return loader

    def _learn(
        self,
        model: nn.Module,
        loader: Batches,
        epochs: int,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler | None,
        before: History,
        part: str,
    ) -> History:
        def report(history: History) -> None:
            row, done = history.rows[-1], len(before) + len(history)
            count = self.epochs + self.plan.branches * self.plan.averaged(self.epochs)
            self.say(
                _(
                    "Epoch {number} of {count}: loss {loss:.3f}, {seconds:.0f} s.",
                    number=done,
                    count=count,
                    loss=row["train_loss"],
                    seconds=row["seconds"],
                )
            )

        history = fit(
            model,
            ClassificationTask(label_smoothing=self.plan.label_smoothing),
            loader,
            epochs=epochs,
            optimizer=optimizer,
            scheduler=schedule,
            amp=self.amp,
            channels_last=True,
            compile=self.compile,
            checkpoint=self.folder / f"{self.plan.name}.training{part}.pt",
            on_epoch=report,
            progress=False,
        )
        return History(before.rows + history.rows)


def _start_at_nothing(model: nn.Module) -> None:
    """Let every residual block add nothing at first: deep parts then join in as they become useful.

    Source: Goyal et al. 2017, Accurate, Large Minibatch SGD.
    """
    for block in model.modules():
        if isinstance(last := getattr(block, "bn2", None), nn.BatchNorm2d):
            nn.init.zeros_(last.weight)


def _optimizer(model: nn.Module, plan: Plan, lr: float) -> torch.optim.Optimizer:
    groups = parameter_groups(model, lr, weight_decay=plan.weight_decay)
    if plan.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=lr)
    return torch.optim.SGD(groups, lr=lr, momentum=0.9, nesterov=True)
