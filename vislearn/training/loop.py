"""One loop for every task, readable top to bottom."""

import math
import time
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from vislearn.device import best_device
from vislearn.errors import InputError, VislearnError
from vislearn.training.history import History
from vislearn.training.moving import Moved
from vislearn.training.precision import Precision
from vislearn.training.tasks import Task
from vislearn.training.updates import Updates, require_trainable

__all__ = ["evaluate", "fit"]


def fit(
    model: nn.Module,
    task: Task,
    train_loader: Iterable[Any],
    *,
    epochs: int,
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    scheduler_step: str = "batch",
    val_loader: Iterable[Any] | None = None,
    device: torch.device | None = None,
    amp: str | None = None,
    clip_norm: float | None = None,
    accumulate: int = 1,
    channels_last: bool = False,
) -> History:
    """Train ``model`` in place and return its history.

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a batch into a loss and a loader into scores.
        train_loader: batches to learn from.
        epochs: passes over ``train_loader``.
        optimizer: built from ``model.parameters()``.
        scheduler: stepped after every step of the optimizer, so give it steps, not epochs.
        scheduler_step: ``"epoch"`` steps the scheduler after every epoch instead.
        val_loader: batches to judge by, after every epoch; nothing is learned from them.
        device: where to compute; by default the best one at hand.
        amp: ``"bf16"`` or ``"fp16"`` (CUDA) compute in 16 bits where they suffice; None in float32.
        clip_norm: gradients longer than this, all parameters taken together, are shortened to it.
        accumulate: how many batches make one step of the optimizer.
        channels_last: lay out pictures as fast convolutions read them.

    Returns:
        One row per epoch: ``train_loss`` (mean over the batches as they were learned), and ``val_...``
        for each score of the task.

    Raises:
        InputError: ``train_loader`` is empty.
        VislearnError: the loss is no longer a finite number.
    """
    device = device or best_device()
    require_trainable(model, optimizer)
    precision = Precision(amp, device)
    model.to(device)
    if channels_last:
        model.to(memory_format=torch.channels_last)
    updates = Updates(
        model, optimizer, scheduler, scheduler_step=scheduler_step,
        scaler=precision.scaler, clip_norm=clip_norm, accumulate=accumulate,
    )  # fmt: skip
    history = History()
    for epoch in range(epochs):
        began, rate = time.perf_counter(), float(optimizer.param_groups[0]["lr"])
        model.train()
        losses = []
        for batch in Moved(train_loader, device, channels_last):
            if not updates.pending:
                optimizer.zero_grad()
            with precision.autocast():
                loss = task.loss(model, batch)
            updates.learn(loss)
            losses.append(loss.detach())
        updates.finish_epoch()
        row = {"train_loss": _mean(losses, epoch)}
        if val_loader is not None:
            scores = evaluate(model, task, val_loader, device=device, amp=amp, channels_last=channels_last)
            row |= {f"val_{name}": score for name, score in scores.items()}
        updates.schedule_epoch(row.get("val_loss", row["train_loss"]))
        history.rows.append(row | {"learning_rate": rate, "seconds": time.perf_counter() - began})
    model.eval()
    return history


def evaluate(
    model: nn.Module,
    task: Task,
    loader: Iterable[Any],
    *,
    device: torch.device | None = None,
    amp: str | None = None,
    channels_last: bool = False,
) -> dict[str, float]:
    """The task's scores on ``loader``, in eval mode and without gradients.

    Args:
        model: moved to ``device`` and left in eval mode.
        task: turns a loader into scores.
        loader: batches to judge by.
        device: where to compute; by default the best one at hand.
        amp: as for :func:`fit`.
        channels_last: as for :func:`fit`.

    Raises:
        InputError: ``loader`` is empty.
    """
    device = device or best_device()
    model.to(device).eval()
    with torch.inference_mode(), Precision(amp, device).autocast():
        return task.evaluate(model, Moved(loader, device, channels_last))


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
