"""The losses of an epoch, looked at without making the device wait."""

import math
from collections import deque
from typing import Any, NamedTuple

import torch

from vislearn.errors import InputError
from vislearn.training.distributed import gathered

__all__ = ["Losses", "NonFiniteLoss"]

_AHEAD = 2  # batches a GPU may be behind; each of them stays in memory until its loss was looked at


class NonFiniteLoss(Exception):
    """A loss is nan or infinite; :func:`vislearn.training.trouble.explained` says why."""

    def __init__(self, value: float, batch: Any, number: int, before: float | None) -> None:
        super().__init__(value)
        self.value, self.batch, self.number, self.before = value, batch, number, before


class _Waiting(NamedTuple):
    loss: torch.Tensor
    copied: torch.cuda.Event
    batch: Any
    pictures: int


class Losses:
    """One number per batch, and over how many pictures it is a mean.

    On the CPU a loss is looked at once. A GPU works behind the program's back, and asking it for a number
    makes the program wait; so each loss is copied in the background, and looked at two batches later.

    Attributes:
        values: of the batches of this epoch, as far as they were looked at.
        pictures: how many there were in each of these batches.
    """

    def __init__(self) -> None:
        self.values: list[float] = []
        self.pictures: list[int] = []
        self._waiting: deque[_Waiting] = deque()

    def add(self, loss: torch.Tensor, batch: Any, pictures: int) -> None:
        """Note one more.

        Args:
            loss: a scalar.
            batch: it came from, for the error message.
            pictures: how many it is the mean over.

        Raises:
            NonFiniteLoss: this loss, or one before, is nan or infinite.
        """
        loss = loss.detach()
        if not loss.is_cuda:
            self._look(loss, batch, pictures)
            return
        copy, copied = loss.to("cpu", non_blocking=True), torch.cuda.Event()
        copied.record()
        self._waiting.append(_Waiting(copy, copied, batch, pictures))
        if len(self._waiting) > _AHEAD:
            self._look_at_oldest()

    def settle(self) -> list[float]:
        """All values, waiting for those that are still on their way."""
        while self._waiting:
            self._look_at_oldest()
        return self.values

    def mean(self) -> float:
        """Over the pictures of all batches, and of all processes.

        Not over the batches: in an epoch of nine pictures, eight and one, the last would count as much as the
        eight before it.

        Raises:
            InputError: there were none.
        """
        values = self.settle()
        if not values:
            raise InputError(
                "train_loader",
                "must yield at least one batch",
                got="none",
                fix="Check its data set; drop_last=True drops a batch that isn't full.",
            )
        total = sum(value * count for value, count in zip(values, self.pictures, strict=True))
        shares = gathered((total, sum(self.pictures)))
        return sum(total for total, _count in shares) / sum(count for _total, count in shares)

    def _look_at_oldest(self) -> None:
        loss, copied, batch, pictures = self._waiting.popleft()
        copied.synchronize()
        self._look(loss, batch, pictures)

    def _look(self, loss: torch.Tensor, batch: Any, pictures: int) -> None:
        value = loss.item()
        if not math.isfinite(value):
            raise NonFiniteLoss(value, batch, len(self.values), self.values[-1] if self.values else None)
        self.values.append(value)
        self.pictures.append(pictures)
