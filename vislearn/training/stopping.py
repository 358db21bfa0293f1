"""The best epoch so far, and how long to wait for a better one."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError, require_one_of

__all__ = ["Best", "is_to_fall"]


def is_to_fall(column: str) -> bool:
    """Whether less is better; of every score whose name doesn't say so, more is.

    >>> is_to_fall("val_loss"), is_to_fall("val_map")
    (True, False)
    """
    return column.endswith(("loss", "error"))


class Best:
    """Watches one column of the history.

    Args:
        monitor: the column. One that ends in ``loss`` or ``error`` is to fall, every other to rise. None:
            ``judged_by`` where there is such a column, else ``val_loss``, else the first score of the
            validation, else ``train_loss``.
        patience: how many epochs in a row may pass without a new best; None waits forever.
        keep: whether to keep the weights of the best epoch.
        judged_by: the column that the task is judged by, if it says so.

    Raises:
        InputError: ``patience`` is below 1.

    Attributes:
        epoch: of the best row, from 0; None before the first.
        score: of that row.
        weights: of the model after that epoch, on the CPU.
    """

    def __init__(self, monitor: str | None, patience: int | None, *, keep: bool, judged_by: str = "") -> None:
        if patience is not None and patience < 1:
            raise InputError("patience", "must be at least 1 epoch", got=patience, fix="None waits forever.")
        self.monitor, self.patience, self.keep, self.judged_by = monitor, patience, keep, judged_by
        self.epoch: int | None = None
        self.score: float | None = None
        self.weights: dict[str, torch.Tensor] | None = None
        self._latest = -1

    def look(self, epoch: int, row: Mapping[str, float], model: nn.Module) -> bool:
        """Is this epoch the best so far? Then its weights are kept.

        Args:
            epoch: counted from 0.
            row: of the history.
            model: after this epoch.

        Raises:
            InputError: the history has no such column.
        """
        self._latest = epoch
        score = self.value(row)
        if self.score is not None and not self._is_better(score, self.score, self.column(row)):
            return False
        self.epoch, self.score = epoch, score
        if self.keep:
            self.weights = {
                name: kept.detach().to("cpu", copy=True) for name, kept in model.state_dict().items()
            }
        return True

    @staticmethod
    def _is_better(score: float, before: float, column: str) -> bool:
        if math.isnan(before):  # no score is better than nan, and none is worse
            return not math.isnan(score)
        return score < before if is_to_fall(column) else score > before

    def value(self, row: Mapping[str, float]) -> float:
        """The monitored number of a row."""
        return row[self.column(row)]

    @property
    def exhausted(self) -> bool:
        """Has patience run out?"""
        return (
            self.patience is not None
            and self.epoch is not None
            and self._latest - self.epoch >= self.patience
        )

    def restore(self, model: nn.Module) -> None:
        """Give ``model`` the weights of the best epoch."""
        if self.weights is not None:
            model.load_state_dict(self.weights)

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"epoch": self.epoch, "score": self.score, "weights": self.weights, "latest": self._latest}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from :meth:`state`."""
        self.epoch, self.score, self.weights = state["epoch"], state["score"], state["weights"]
        self._latest = state["latest"]

    def column(self, row: Mapping[str, float]) -> str:
        """Which one of a row is watched.

        Raises:
            InputError: the history has no such column.
        """
        if self.monitor is not None:
            require_one_of("monitor", self.monitor, row)
            return self.monitor
        # the training's own loss only where nothing was judged: it falls also where mAP does
        judged = [self.judged_by, "val_loss", *(name for name in row if name.startswith("val_"))]
        return next((name for name in judged if name in row), "train_loss")
