"""Parts of a model that an optimizer holds, and that no gradient ever reaches."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.forwards import Hook, is_compiled
from vislearn.traps.loop.held import held_by
from vislearn.traps.loop.recorder import Forward, Recorder
from vislearn.traps.trap import Trap

__all__ = ["PART_WITHOUT_GRADIENTS", "Unreached"]

_FIRST = 3  # steps of an optimizer, after which parts without a gradient are looked at more closely
_NAMED = 3  # parts
_ENOUGH = 3  # steps more, with the part called before each


class _Part:
    """A part of a model, none of whose parameters has had a gradient so far.

    It may rest on purpose, as an auxiliary head does, or a layer that stochastic depth leaves out: then it
    isn't called. Or somebody else moves it, as an average of another: then its values change.
    """

    def __init__(self, name: str, part: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.name, self.optimizer = name, optimizer
        self.parameters = list(part.parameters())
        self.called, self.steps = False, 0
        self.reached = False
        self._sample = min(self.parameters, key=torch.numel)
        self._value = self._sample.detach().clone()
        layer = next(one for one in part.modules() if _has_weights(one))
        self.handle: Any = layer.register_forward_pre_hook(Hook(self._note))

    def _note(self, layer: nn.Module, _arguments: Any) -> None:
        self.called = self.called or layer.training

    def stepped(self) -> None:
        """Its optimizer took a step."""
        self.reached = self.reached or any(one.grad is not None for one in self.parameters)
        self.steps += self.called
        self.called = False
        if self.reached or self.steps >= _ENOUGH:
            self.let_go()

    def rests_by_mistake(self) -> bool:
        """Whether it was called before several steps, could learn, and nobody moved it."""
        free = all(one.requires_grad for one in self.parameters)
        still = torch.equal(self._sample.detach(), self._value)
        return not self.reached and self.steps >= _ENOUGH and free and still

    def let_go(self) -> None:
        """Take the hook off."""
        if self.handle is not None:
            self.handle.remove()
        self.handle = None


class Unreached(Recorder):
    """Which parts of a model no gradient reaches, although an optimizer holds all of them."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.parts: dict[torch.optim.Optimizer, list[_Part]] = {}
        self._steps: dict[torch.optim.Optimizer, int] = {}
        self._losses = False  # whether a model is a detector, whose losses are added up by its user

    def answered(self, call: Forward) -> None:
        """Know a detector by its answer."""
        self._losses = self._losses or call.losses

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Look for parts after a few steps, then at these alone."""
        steps = self._steps[optimizer] = self._steps.get(optimizer, 0) + 1
        if steps == _FIRST:
            self.parts[optimizer] = list(self._parts(optimizer))
        for part in self.parts.get(optimizer, ()):
            if part.handle is not None or not part.reached:
                part.stepped()

    def _parts(self, optimizer: torch.optim.Optimizer) -> Iterator[_Part]:
        held = set(held_by(optimizer))
        for model in self.models:
            own = list(model.parameters())
            if is_compiled(model) or all(one.grad is None for one in own):
                continue
            for name, part in _without_gradients(model, held, everywhere=self._losses):
                yield _Part(name, part, optimizer)

    def found(self) -> list[_Part]:
        """Those that should have learned."""
        return [one for parts in self.parts.values() for one in parts if one.rests_by_mistake()]

    def ended(self) -> None:
        """Take the hooks off."""
        for parts in self.parts.values():
            for part in parts:
                part.let_go()


def _without_gradients(
    model: nn.Module, held: set[torch.Tensor], *, everywhere: bool, before: str = ""
) -> Iterator[tuple[str, nn.Module]]:
    """Children without a single gradient, of which all is held; of a mere wrapper or a list, what is in it.

    Args:
        model: or a part of it.
        held: by the optimizer.
        everywhere: look into every child.
        before: the part's own name.
    """
    children = [pair for pair in model.named_children() if next(pair[1].parameters(), None) is not None]
    for name, child in children:
        full = f"{before}.{name}" if before else name
        own = list(child.parameters())
        if all(one.grad is None and one.requires_grad and one in held for one in own):
            if "aux" not in name.lower() and any(_has_weights(one) for one in child.modules()):
                yield full, child
        elif everywhere or len(children) == 1 or isinstance(child, (nn.ModuleDict, nn.ModuleList)):
            yield from _without_gradients(child, held, everywhere=everywhere, before=full)


def _has_weights(layer: nn.Module) -> bool:
    """Whether it is a layer that computes with a matrix or filters of its own, and is called for that."""
    return isinstance(layer, (nn.Linear, nn.modules.conv._ConvNd))


def _find(seen: Unreached) -> Problem | None:
    parts = seen.found()
    if not parts:
        return None
    return Problem(
        _("A part of the model ({names})", names=", ".join(f"`{one.name}`" for one in parts[:_NAMED])),
        _(
            "is held by the optimizer and called, but none of its parameters ({count}) ever gets a gradient",
            count=sum(len(one.parameters) for one in parts),
        ),
        _("Add up all losses, and call it without no_grad or detach; or freeze it: requires_grad_(False)."),
    )


_LOOP = """for epoch in range(2):
    for images, labels in loader:
        {features}
        loss = F.cross_entropy(model.head(features), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

PART_WITHOUT_GRADIENTS = Trap(
    "part_without_gradients",
    "perhaps",
    section="13.4",
    broken=_LOOP.format(features="with torch.no_grad():\n            features = model.features(images)"),
    symptom=N_("A part of the network has the same weights after training as before it."),
    fixed=_LOOP.format(features="features = model.features(images)"),
    find=lambda seen: _find(seen.unreached),
)
