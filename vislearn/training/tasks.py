"""What differs between kinds of training: how a batch becomes a loss, how a loader becomes a score."""

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.metrics import accuracy

__all__ = ["ClassificationTask", "Task"]

Batch = tuple[torch.Tensor, torch.Tensor]


class Task(Protocol):
    """What :func:`vislearn.training.fit` must know about a problem."""

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """One batch -> a scalar with a gradient."""

    def evaluate(self, model: nn.Module, loader: Iterable[Batch]) -> dict[str, float]:
        """A whole loader -> named scores; the model is in eval mode, gradients are off."""


class ClassificationTask:
    """One class per picture: cross-entropy, and the share of right answers."""

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy of images (N, C, H, W) and classes (N,), in nats."""
        images, target = batch
        return nn.functional.cross_entropy(model(images), target)

    def evaluate(self, model: nn.Module, loader: Iterable[Batch]) -> dict[str, float]:
        """Mean loss in nats and accuracy in [0, 1] over every picture of the loader.

        Raises:
            InputError: the loader is empty.
        """
        answers = [(model(images), target) for images, target in loader]
        if not answers:
            raise InputError("loader", "must yield at least one batch", got="none", fix="Check its data set.")
        logits = torch.cat([scores for scores, _ in answers])
        target = torch.cat([truth for _, truth in answers])
        loss = nn.functional.cross_entropy(logits, target).item()
        return {"loss": loss, "accuracy": accuracy(logits, target)}
