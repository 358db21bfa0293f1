"""One loop for every task, readable top to bottom."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from vislearn.device import best_device
from vislearn.errors import InputError, VislearnError
from vislearn.training.tasks import Task

__all__ = ["History", "evaluate", "fit"]


@dataclass
class History:
    """What happened, one row of named numbers per epoch."""

    rows: list[dict[str, float]] = field(default_factory=list)

    def __getitem__(self, name: str) -> list[float]:
        """One column over all epochs.

        >>> History([{"train_loss": 2.0}, {"train_loss": 1.5}])["train_loss"]
        [2.0, 1.5]
        """
        return [row[name] for row in self.rows]


def fit(
    model: nn.Module,
    task: Task,
    train_loader: Iterable[Any],
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    val_loader: Iterable[Any] | None = None,
    device: torch.device | None = None,
) -> History:
    """Train ``model`` in place and return its history.

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a batch into a loss and a loader into scores.
        train_loader: batches to learn from.
        epochs: passes over ``train_loader``.
        optimizer: built from ``model.parameters()``.
        scheduler: stepped after every batch, so give it steps, not epochs.
        val_loader: batches to judge by, after every epoch; nothing is learned from them.
        device: where to compute; by default the best one at hand.

    Returns:
        One row per epoch: ``train_loss`` (mean over the batches as they were learned), and ``val_...``
        for each score of the task.

    Raises:
        InputError: ``train_loader`` is empty.
        VislearnError: the loss is no longer a finite number.
    """
    device = device or best_device()
    model.to(device)
    history = History()
    for epoch in range(epochs):
        model.train()
        losses = []
        for batch in _on(device, train_loader):
            loss = task.loss(model, batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            losses.append(loss.detach())
        row = {"train_loss": _mean(losses, epoch)}
        if val_loader is not None:
            scores = evaluate(model, task, val_loader, device=device)
            row |= {f"val_{name}": score for name, score in scores.items()}
        history.rows.append(row)
    model.eval()
    return history


def evaluate(
    model: nn.Module, task: Task, loader: Iterable[Any], *, device: torch.device | None = None
) -> dict[str, float]:
    """The task's scores on ``loader``, in eval mode and without gradients.

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a loader into scores.
        loader: batches to judge by.
        device: where to compute; by default the best one at hand.

    Raises:
        InputError: ``loader`` is empty.
    """
    device = device or best_device()
    model.to(device).eval()
    with torch.inference_mode():
        return task.evaluate(model, _on(device, loader))


def _on(device: torch.device, loader: Iterable[Any]) -> Iterator[Any]:
    for images, target in loader:
        yield images.to(device, non_blocking=True), target.to(device, non_blocking=True)


def _mean(losses: list[torch.Tensor], epoch: int) -> float:
    if not losses:
        raise InputError(
            "train_loader", "must yield at least one batch", got="none", fix="Check its data set."
        )
    mean = torch.stack(losses).mean().item()  # once per epoch: every .item() makes a GPU wait
    if not math.isfinite(mean):
        raise VislearnError(
            f"The loss became {mean} in epoch {epoch}. Lower the learning rate, or look for bad input."
        )
    return mean
