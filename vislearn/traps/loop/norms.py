"""BatchNorm of a frozen part that goes on moving."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Forward, Recorder, is_noisy
from vislearn.traps.trap import Trap

__all__ = ["FROZEN_BATCHNORM_MOVES", "Norms"]

_ENOUGH = 2  # steps
_EVERY = 16  # after the first so many calls, look at every so manieth only


class Norms(Recorder):
    """Which layers of BatchNorm are frozen, and still in train mode, at every look."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.frozen: set[_BatchNorm] | None = (
            None  # until the first call: freezing may stand inside the block
        )
        self.moved: set[_BatchNorm] = set()
        resting = (norm for model in self.models if model.training for norm in _alone_at_rest(model))
        self.resting: set[_BatchNorm] = set(resting)  # somebody put to rest, and nothing has learned since
        self.woken: set[_BatchNorm] = set()
        self.steps = self._calls = 0

    def told(self, part: nn.Module, training: bool) -> None:
        """Whoever puts a single layer to rest, means it."""
        if isinstance(part, _BatchNorm):
            (self.resting.discard if training else self.resting.add)(part)

    def answered(self, call: Forward) -> None:
        """What learns now and then, as a discriminator does, is not frozen; a network that is, teaches."""
        if call.graph and self.resting:
            self.woken |= {norm for norm in self.resting if is_noisy(norm)}
            self.resting.clear()  # those that rest do so as they were meant to, and may be woken later
        if not call.training or self.frozen == set():
            return
        self._calls += 1
        if self.frozen is None:
            learners = [
                model for model in self.models if any(one.requires_grad for one in model.parameters())
            ]
            self.frozen = {norm for model in learners for norm in _of_frozen_parts(model)}
        if self._calls > _EVERY and self._calls % _EVERY:
            return
        self.frozen = {norm for norm in self.frozen if not _learns(norm)}
        self.moved |= {norm for norm in self.frozen if is_noisy(norm)}

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Look once more, when everything that will learn may."""
        self.steps += 1
        if self.frozen and self.steps <= _EVERY:
            self.frozen = {norm for norm in self.frozen if not _learns(norm)}


def _alone_at_rest(model: nn.Module) -> Iterator[_BatchNorm]:
    """Layers of BatchNorm that were put to rest themselves, not along with what they are in."""
    for owner in model.modules():
        for part in owner.children():
            if owner.training and isinstance(part, _BatchNorm) and not part.training:
                yield part


def _learns(part: nn.Module) -> bool:
    return any(one.requires_grad for one in part.parameters(recurse=False))


def _of_frozen_parts(model: nn.Module) -> Iterator[_BatchNorm]:
    """The frozen ones behind a frozen layer: to freeze only scale and shift may be meant."""
    before_learns = True
    for layer in model.modules():
        if next(layer.parameters(recurse=False), None) is None:
            continue
        learns = _learns(layer)
        if isinstance(layer, _BatchNorm) and not learns and not before_learns and layer.momentum != 0:
            yield layer
        before_learns = learns


def _find(seen: Norms) -> Problem | None:
    moved = seen.moved & (seen.frozen or set())
    if seen.steps < _ENOUGH:
        return None
    if not moved and seen.woken:
        return Problem(
            _("BatchNorm ({count}) that was put to rest", count=len(seen.woken)),
            _("is woken by model.train() before anything is learned"),
            _("Put it to rest after every model.train(), or in a train() of the model's own."),
        )
    if not moved:
        return None
    return Problem(
        _("Frozen BatchNorm ({count})", count=len(moved)),
        _("is in train mode: its running mean and variance move, although the weights rest"),
        _("After model.train() put the frozen part to rest: model.backbone.eval()."),
    )


_LOOP = """for part in model.features.parameters():
    part.requires_grad = False
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
with watch(model, optimizer):
    for epoch in range(2):
        model.train(){rest}
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""

FROZEN_BATCHNORM_MOVES = Trap(
    "frozen_batchnorm_moves",
    "likely",
    section="13.3",
    broken=_LOOP.format(rest=""),
    symptom=N_("The frozen backbone has other features after training than before, and validation suffers."),
    fixed=_LOOP.format(rest="\n        model.features.eval()"),
    find=lambda seen: _find(seen.norms),
)
