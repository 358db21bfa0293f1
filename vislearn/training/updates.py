"""From a loss to new weights."""

import math
import warnings
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from vislearn.errors import InputError, require_one_of
from vislearn.training.stopping import is_to_fall

__all__ = ["Updates", "require_direction", "require_steps", "require_trainable"]


class Updates:
    """Gradients gathered over some batches, then one step of the optimizer and its schedule.

    Args:
        model: whose gradients are clipped.
        optimizer: takes the steps.
        scheduler: changes the learning rate; None keeps it.
        scheduler_step: ``"batch"``: after every step of the optimizer; ``"epoch"``: after every epoch.
            ``ReduceLROnPlateau`` steps after every epoch in any case: it waits for a score.
        scaler: of fp16, or None.
        clip_norm: gradients longer than this, all parameters taken together, are shortened to it.
        accumulate: how many batches make one step.
        replayed: gradients come from CUDA graphs, whose next replay writes over them.

    Raises:
        InputError: one of the settings is out of its range.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        scheduler: LRScheduler | None = None,
        *,
        scheduler_step: str = "batch",
        scaler: torch.amp.GradScaler | None = None,
        clip_norm: float | None = None,
        accumulate: int = 1,
        replayed: bool = False,
    ) -> None:
        require_one_of("scheduler_step", scheduler_step, ["batch", "epoch"])
        if accumulate < 1:
            raise InputError("accumulate", "must be at least 1 batch", got=accumulate)
        if clip_norm is not None and not clip_norm > 0:
            raise InputError("clip_norm", "must be above 0", got=clip_norm, fix="None clips nothing.")
        self.optimizer, self.scheduler, self.scaler = optimizer, scheduler, scaler
        self.clip_norm, self.accumulate, self.replayed = clip_norm, accumulate, replayed
        self.pending = 0  # batches whose gradients wait for a step
        self._first = self._pictures = 0  # in the first of them, in all of them
        self._parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._by_batch = scheduler is not None and _is_by_batch(scheduler, scheduler_step)

    def learn(self, loss: torch.Tensor, pictures: int = 1) -> None:
        """Gradients of one batch; when its group is complete, a step.

        Args:
            loss: a scalar with a gradient, the mean over the batch.
            pictures: how many there are in it: in a group of batches each picture counts alike.
        """
        self._first = self._first if self.pending else pictures
        self._pictures = (self._pictures if self.pending else 0) + pictures
        if self.accumulate > 1:
            # its pictures are counted at the group's end; until then the first batch is the measure
            loss = loss * (pictures / self._first) / self.accumulate
        (loss if self.scaler is None else self.scaler.scale(loss)).backward()
        self.pending += 1
        if self.pending == self.accumulate:
            self._step()
        elif self.replayed:
            self._copy_gradients()

    def finish_epoch(self) -> None:
        """A step for the group that the end of the epoch cut short, weighed as if it were a whole one."""
        if self.pending:
            self._step()

    def schedule_epoch(self, score: float, column: str = "train_loss") -> None:
        """What the schedule does between epochs.

        Args:
            score: of this epoch, for ``ReduceLROnPlateau``.
            column: where it stands.

        Raises:
            InputError: the plateau waits for the score to do the opposite of what it should.
        """
        if isinstance(self.scheduler, ReduceLROnPlateau):
            require_direction(self.scheduler, column)
            self.scheduler.step(score)
        elif self.scheduler is not None and not self._by_batch:
            with warnings.catch_warnings():
                # torch misses the steps that were taken before a resumption, in another process
                warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
                self.scheduler.step()

    def _copy_gradients(self) -> None:
        """Those that the next batch adds to, before its replay writes over them, silently.

        Source: pytorch/pytorch#96693.
        """
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.grad = parameter.grad.clone()

    def _weigh(self) -> None:
        """The gradients of a group -> their mean over its pictures; equal batches give that already."""
        missing = self.accumulate * self._first / self._pictures
        if self.accumulate > 1 and missing != 1:
            for parameter in self._parameters:
                if parameter.grad is not None:
                    parameter.grad.mul_(missing)

    def _step(self) -> None:
        self._weigh()
        self.pending = 0
        stepped = True
        if self.scaler is None:
            self._clip()
            self.optimizer.step()
        else:
            self.scaler.unscale_(self.optimizer)
            self._clip()
            stepped = self._step_scaled(self.scaler)
        if self._by_batch and stepped and self.scheduler is not None:
            self.scheduler.step()

    def _step_scaled(self, scaler: torch.amp.GradScaler) -> bool:
        """A step, unless a gradient overflowed: then none, and a smaller scale next time."""
        steps = []  # asking the scaler whether its scale shrank would make the GPU wait
        hook = self.optimizer.register_step_post_hook(lambda *_: steps.append(True))
        try:
            scaler.step(self.optimizer)
        finally:
            hook.remove()
        scaler.update()
        return bool(steps)

    def _clip(self) -> None:
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self._parameters, self.clip_norm)


def _is_by_batch(scheduler: Any, scheduler_step: str) -> bool:
    return scheduler_step == "batch" and not isinstance(scheduler, ReduceLROnPlateau)


def require_steps(scheduler: Any, scheduler_step: str, epochs: int, loader: Any, accumulate: int) -> None:
    """Refuse a schedule that ends before the training does.

    Args:
        scheduler: one that knows its end (``total_steps``) is looked at.
        scheduler_step: as for :class:`Updates`.
        epochs: to train.
        loader: of one epoch.
        accumulate: batches per step.

    Raises:
        InputError: it is made for fewer steps.
    """
    total = getattr(scheduler, "total_steps", None)
    if total is None or not hasattr(loader, "__len__"):
        return
    steps = math.ceil(len(loader) / max(accumulate, 1)) if _is_by_batch(scheduler, scheduler_step) else 1
    if total < epochs * steps:
        raise InputError(
            "scheduler",
            f"must be made for at least {epochs * steps} steps ({epochs} epochs of {steps})",
            got=total,
            fix=f"Pass total_steps={epochs * steps}.",
        )


def require_direction(scheduler: Any, column: str) -> None:
    """Refuse a plateau that would lower the rate because training goes well.

    Args:
        scheduler: looked at if it is ``ReduceLROnPlateau``.
        column: the one it will be given; "" where that isn't known yet.

    Raises:
        InputError: its mode is the other one.
    """
    mode = "min" if is_to_fall(column) else "max"
    if column and isinstance(scheduler, ReduceLROnPlateau) and scheduler.mode != mode:
        raise InputError(
            "scheduler",
            f"must have mode={mode!r}: epochs are judged by {column}",
            got=f"mode={scheduler.mode!r}",
            fix=f"ReduceLROnPlateau(optimizer, mode={mode!r}), or another monitor.",
        )


def require_trainable(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Refuse an optimizer that could not teach this model anything.

    Raises:
        InputError: it holds none of the model's parameters, or frozen ones only.
    """
    own = {id(parameter) for parameter in model.parameters()}
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    shared = [parameter for parameter in held if id(parameter) in own]
    if not shared:
        raise InputError(
            "optimizer",
            "must hold parameters of this model",
            got="none of them",
            fix="Make it from this very model: torch.optim.AdamW(model.parameters()).",
        )
    if not any(parameter.requires_grad for parameter in shared):
        raise InputError(
            "optimizer",
            "must hold parameters that may change",
            got=f"{len(shared)} frozen ones",
            fix="Unfreeze some (requires_grad = True), and give the optimizer those.",
        )
