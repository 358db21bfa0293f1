"""What the loop must know about a problem, and what it may ask beside."""

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import nn

__all__ = ["Task"]


class Task(Protocol):
    """What :func:`vislearn.training.fit` must know about a problem.

    A task may also know more, and is asked where it does:

    - ``complaint(batch) -> str``: what is wrong with a batch whose loss is not finite; empty: nothing.
    - ``judged_by``, an attribute: the score of ``evaluate`` by which epochs are compared, such as ``"map"``;
      one whose name ends in ``loss`` or ``error`` is to fall, every other to rise.
    - ``require_answer(answer, classes)``: raises an error where the network's first answer can't be one about
      these classes (their names, as the data set has them).
    """

    def loss(self, model: nn.Module, batch: Any) -> torch.Tensor:
        """One batch -> a scalar with a gradient, the mean over the batch."""

    def evaluate(self, model: nn.Module, loader: Iterable[Any]) -> dict[str, float]:
        """A whole loader -> named scores; the model is in eval mode, gradients are off.

        Under ``torchrun`` every process calls it: look at :func:`vislearn.training.share` of the batches,
        and add up with :func:`vislearn.training.gathered`; or look at all of them, in every process.
        """
