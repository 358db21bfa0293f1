"""Looks over the shoulder of somebody else's training: passes, calls of `backward`, steps, what goes in."""

import math
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

__all__ = ["Inputs", "Watch"]


class Watch:
    """Inside ``with``, counts passes, backward calls and steps; a subclass says what to note of each.

    Args:
        model: at least one parameter; the first tells of every `backward` that reaches it.
        optimizer: the one that is to step.

    Attributes:
        parameters: the model's, in its own order.
        modes: for each forward pass, whether the model was in train mode.
        backwards: how often a gradient reached the first parameter.
        steps: how often the optimizer stepped.

    >>> model = nn.Linear(1, 1)
    >>> with Watch(model, torch.optim.SGD(model.parameters())) as watch:
    ...     model.eval()(torch.zeros(2, 1)).sum().backward()
    >>> watch.modes, watch.backwards, watch.steps, watch.changed()
    ([False], 1, 0, False)
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        self.parameters = list(model.parameters())
        self.modes: list[bool] = []
        self.backwards = self.steps = 0
        self._before = [parameter.detach().clone() for parameter in self.parameters]

    def __enter__(self) -> Self:
        self._hooks = [
            self.model.register_forward_hook(self._forward),
            self.parameters[0].register_post_accumulate_grad_hook(self._backward),
            self.optimizer.register_step_pre_hook(self._step),
        ]
        return self

    def __exit__(self, *_error: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def changed(self) -> bool:
        """Is any parameter another than it was when the watch was made?"""
        return not all(torch.equal(a, b) for a, b in zip(self._before, self.parameters, strict=True))

    def note_forward(self, args: tuple[Any, ...], output: Any) -> None:
        """Called after every forward pass.

        Args:
            args: what the model was given.
            output: what it returned.
        """

    def note_step(self) -> None:
        """Called before every step of the optimizer, when the gradients are those it will follow."""

    def _forward(self, model: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        self.modes.append(model.training)
        self.note_forward(args, output)

    def _backward(self, _parameter: Tensor) -> None:
        self.backwards += 1

    def _step(
        self, optimizer: torch.optim.Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        self.steps += 1
        closure = kwargs.get("closure") or next(iter(args[1:]), None)
        if closure is None:
            self.note_step()
            return None

        def noted() -> Any:  # the gradients are there only after the closure has run
            loss = closure()
            self.note_step()
            return loss

        return (optimizer, noted), {}


class Inputs:
    """Inside ``with``, the range of the pictures that go into networks, whoever has made these.

    Looks at batches that enter a layer with weights, with as many channels as the pictures have: a network's
    first convolution. Of a network that begins otherwise nothing is known.

    Args:
        channels: of the pictures.

    >>> with Inputs(3) as inputs:
    ...     _ = nn.Conv2d(3, 1, 1)(torch.tensor([0.0, 255.0]).expand(1, 3, 1, 2))
    >>> inputs.low, inputs.high, inputs.are_like(torch.tensor([-2.0, 2.0])), Inputs(3).are_like(torch.ones(1))
    (0.0, 255.0, False, True)
    """

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.low, self.high = math.inf, -math.inf

    def __enter__(self) -> Self:
        self._hook = register_module_forward_pre_hook(self._note)
        return self

    def __exit__(self, *_error: object) -> None:
        self._hook.remove()

    def are_like(self, pictures: Tensor) -> bool:
        """Is their range that of ``pictures``, to a factor of two at either end; or is nothing known of it?

        Args:
            pictures: as they should go in.
        """
        if self.low > self.high:
            return True
        lowest, highest = (float(end) for end in pictures.aminmax())
        ends = ((self.low, lowest), (self.high, highest))
        return all(min(2 * due, due / 2) <= found <= max(2 * due, due / 2) for found, due in ends)

    def _note(self, layer: nn.Module, args: tuple[Any, ...]) -> None:
        pictures = args[0] if args else None
        if not isinstance(pictures, Tensor) or pictures.shape[1:2] != (self.channels,) or pictures.ndim != 4:
            return
        if pictures.numel() and next(layer.parameters(recurse=False), None) is not None:
            low, high = (float(end) for end in pictures.detach().aminmax())
            self.low, self.high = min(self.low, low), max(self.high, high)
