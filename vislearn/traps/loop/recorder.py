"""What happens in a loop, event by event; recorders of facts listen to what concerns them."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

__all__ = ["Audience", "Forward", "Recorder", "is_noisy", "name_of", "noisy_layers"]


def noisy_layers(model: nn.Module) -> list[nn.Module]:
    """The layers that answer otherwise in train mode, by chance or by looking at the whole batch."""
    return [layer for layer in model.modules() if isinstance(layer, (_BatchNorm, _DropoutNd))]


def is_noisy(layer: Any) -> bool:
    """Whether a layer of :func:`noisy_layers` is in train mode and makes a difference there."""
    if isinstance(layer, _DropoutNd):
        return layer.training and layer.p > 0
    return layer.training and layer.track_running_stats and layer.momentum is not None


def name_of(thing: Any) -> str:
    """A model or an optimizer as a reader knows it.

    >>> name_of(nn.Linear(1, 1))
    'Linear'
    """
    return type(thing).__name__


@dataclass
class Forward:
    """One call of a model.

    Attributes:
        model: the one that was given to the watch.
        training: its mode.
        noisy: whether a layer answers otherwise than it would in eval mode.
        graph: whether the answer remembers how it came about; known after the call.
        losses: whether the answer is a detector's dictionary of losses, to be had in train mode only.
        image: the first argument, if it is a batch (N, C, H, W).
    """

    model: nn.Module
    training: bool
    noisy: bool
    graph: bool = False
    losses: bool = False
    image: torch.Tensor | None = field(default=None, repr=False)

    def answered(self, answer: Any) -> None:
        """Look at what the model returned."""
        parts = _parts(answer)
        self.graph = any(part.requires_grad for part in parts)
        self.losses = isinstance(answer, Mapping) and bool(parts) and all(part.ndim == 0 for part in parts)


def _parts(answer: Any) -> list[torch.Tensor]:
    """The tensors of an answer; two levels deep is as deep as torchvision's answers are."""
    if isinstance(answer, torch.Tensor):
        return [answer]
    inner = answer.values() if isinstance(answer, Mapping) else answer
    if not isinstance(answer, (Mapping, list, tuple)):
        return []
    return [part for one in inner for part in (_parts(one) if not isinstance(one, str) else [])]


class Recorder:
    """Listens to a loop; what it does not care for, it leaves as it is here."""

    def __init__(
        self, models: Sequence[nn.Module], optimizers: Sequence[Any], schedulers: Sequence[Any]
    ) -> None:
        self.models, self.optimizers, self.schedulers = models, optimizers, schedulers

    def told(self, part: nn.Module, training: bool) -> None:
        """A model, or a part of one, is put into train or eval mode, and what is in it along with it."""

    def asked(self, call: Forward) -> None:
        """A model is about to be called."""

    def answered(self, call: Forward) -> None:
        """It was."""

    def entered(self, image: torch.Tensor, call: Forward) -> None:
        """A batch reaches the first layer that computes with pixels: (N, C, H, W) or (N, F)."""

    def listed(self, images: Sequence[torch.Tensor], training: bool) -> None:
        """A detector that normalises inside is about to do so with its pictures, each (C, H, W)."""

    def backward(self) -> None:
        """Gradients are about to be computed."""

    def stepping(self, optimizer: torch.optim.Optimizer) -> None:
        """An optimizer is about to take a step; with a closure, its gradients are still to come."""

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """It took it."""

    def scheduled(self, scheduler: Any) -> None:
        """A schedule is about to move on."""

    def measured(self, scheduler: Any, value: Any) -> None:
        """It is told a number: the metric that it waits for, or, by an old habit, the epoch."""

    def batch(self, batches: Any) -> None:
        """A loader's iterator gave a batch."""

    def exhausted(self, batches: Any) -> None:
        """A loader's iterator had no more."""

    def loss(self, kind: str, scores: torch.Tensor) -> None:
        """A loss of torch is about to be computed from scores (N, K, …); ``kind`` is its function's name."""

    def ended(self) -> None:
        """The block is over; hooks of one's own must go."""


class Audience:
    """All who listen. One that fails over something never seen before leaves, and the training goes on.

    Args:
        recorders: to be told of every event.
    """

    def __init__(self, recorders: Iterable[Recorder]) -> None:
        self._recorders = list(recorders)

    def tell(self, event: str, *facts: Any) -> None:
        """Tell all of them.

        Args:
            event: the name of a method of :class:`Recorder`.
            *facts: its arguments.
        """
        for recorder in tuple(self._recorders):
            try:
                getattr(recorder, event)(*facts)
            except (
                Exception
            ) as trouble:  # whatever it is: hours of training must not end because one looked on
                self._recorders.remove(recorder)
                name = type(recorder).__name__
                warnings.warn(f"A watch looks no longer at {name}: {trouble!r}", stacklevel=2)
