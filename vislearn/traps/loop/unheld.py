"""Parts of a model that get gradients, and that no optimizer moves."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.forwards import Hook, is_compiled
from vislearn.traps.loop.held import Held, held_by
from vislearn.traps.loop.recorder import Recorder, name_of
from vislearn.traps.trap import Trap

__all__ = ["PART_NOBODY_HOLDS", "Unheld"]

_LOOKS = 8  # steps
_ENOUGH = 3  # of them, after which a part has its gradients


class _Part:
    """A part that may be forgotten: a network beside others, or the end of one."""

    def __init__(self, name: str, part: nn.Module) -> None:
        self.name, self.part, self.steps = name, part, 0
        self.parameters = list(part.parameters())
        self._sample = min(self.parameters, key=torch.numel)
        self._value = self._sample.detach().clone()

    def stepped(self) -> None:
        """Somebody took a step."""
        free = all(one.requires_grad for one in self.parameters)
        self.steps += free and self.part.training and any(one.grad is not None for one in self.parameters)

    def rests(self, held: set[torch.Tensor]) -> bool:
        """Whether it was to learn, and nobody moved it, by an optimizer or by hand."""
        still = torch.equal(self._sample.detach(), self._value)
        return self.steps >= _ENOUGH and still and held.isdisjoint(self.parameters)


class Unheld(Recorder):
    """Which networks, or ends of one, get gradients in train mode and are in no optimizer.

    Somebody must have said that they train. A body that nobody holds, before a head that somebody does, may
    be meant, if wasteful: so it passes.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.known = dict.fromkeys(self.optimizers)  # all that took a step, too
        self.parts: list[_Part] | None = None
        self._steps = 0
        self._wanted: set[nn.Module] = set()  # told to train
        self._called: dict[nn.Module, None] = {}  # children of a model, in the order of their last call
        self._handles = [
            child.register_forward_pre_hook(Hook(self._note))
            for model in self.models
            if not is_compiled(model)
            for child in model.children()
            if next(child.parameters(), None) is not None
        ]

    def _note(self, child: nn.Module, _arguments: Any) -> None:
        self._called.pop(child, None)
        self._called[child] = None

    def told(self, part: nn.Module, training: bool) -> None:
        """Somebody wants to train."""
        if training:
            self._wanted.add(part)

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Look at the first steps."""
        self.known[optimizer] = None
        self._steps += 1
        if self.parts is None:
            self.parts = list(self._candidates())
            self.ended()
        if self._steps <= _LOOKS:
            for part in self.parts:
                part.stepped()

    def _candidates(self) -> Iterator[_Part]:
        wanted = [
            one for one in self.models if one in self._wanted and next(one.parameters(), None) is not None
        ]
        if len(self.models) > 1:
            yield from (_Part(name_of(model), model) for model in wanted)
            return
        for model in wanted:
            names = {child: name for name, child in model.named_children()}
            called = [child for child in self._called if child in names]
            if len(called) > 1:
                yield _Part(names[called[-1]], called[-1])

    def found(self) -> list[_Part]:
        """Those that should have learned, while others did."""
        held = {one for optimizer in self.known for one in held_by(optimizer)}
        return [one for one in self.parts or () if one.rests(held)]

    def ended(self) -> None:
        """Take the hooks off."""
        for handle in self._handles:
            handle.remove()
        self._handles = []


def _is_anothers(held: Held) -> bool:
    """Whether a trap with a better word has it: nothing is held at all, replaced, or has thawed."""
    return held.nothing() is not None or bool(held.left_out() or held.nobody_moves())


def _find(seen: Unheld) -> Problem | None:
    parts = seen.found()
    if not parts:
        return None
    return Problem(
        f"`{parts[0].name}`",
        _(
            "gets gradients, and no optimizer holds its parameters ({count}): it stays as it began",
            count=len(parts[0].parameters),
        ),
        _("Give them to the optimizer: [*encoder.parameters(), *decoder.parameters()]; or freeze it."),
    )


_LOOP = """optimizer = torch.optim.SGD({of}, lr=0.1)
with watch(model, optimizer):
    model.train()
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

PART_NOBODY_HOLDS = Trap(
    "part_nobody_holds",
    "perhaps",
    section="13.4",
    broken=_LOOP.format(of="model.features.parameters()"),
    symptom=N_("The loss falls a little and stops: a part of the network stays as it began."),
    fixed=_LOOP.format(of="model.parameters()"),
    find=lambda seen: None if _is_anothers(seen.held) else _find(seen.unheld),
)
