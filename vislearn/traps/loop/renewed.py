"""Optimizers and schedules that are made anew in every epoch, and forget what they had learned."""

import weakref
from dataclasses import dataclass, field
from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.held import held_by
from vislearn.traps.loop.recorder import Recorder, name_of
from vislearn.traps.trap import Trap

__all__ = ["MADE_ANEW", "Renewed"]

_ENOUGH = 3  # in a row: two may be two phases of a training
_KNOWN = 64  # optimizers to remember: whoever makes one for each picture, means it


@dataclass
class _Life:
    """One optimizer from its first step to its last.

    Attributes:
        whose: a weak reference to it: its state must not live on.
        name: of its class.
        like: class, settings and parameters, which another must share to be the same made anew.
        remembers: whether it keeps more than a learning rate from step to step.
        stepped: whether it did, once at least.
        pictures: the data set of its last walk.
        epochs: walks through a loader that ended with it.
        schedules: of it, each with its moves; kept, so that nothing else gets their identity.
        follows: whether it began with the weights with which the one before it ended its only epoch.
    """

    whose: Any
    name: str
    like: Any
    remembers: bool = False
    stepped: bool = False
    pictures: Any = None
    epochs: int = 0
    schedules: dict[int, tuple[Any, int]] = field(default_factory=dict)
    follows: bool = False


class Renewed(Recorder):
    """Which optimizer took its steps after which, and whether the weights went on from there.

    Whoever begins a training over, with other weights or settings, or goes on with other pictures, makes a
    new optimizer for it, and is right.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.lives: list[_Life] = []
        self._by_id: dict[int, _Life] = {}
        self._kept: torch.Tensor | None = None  # the smallest parameter, as the last epoch left it
        self._walked = False

    def _life(self, optimizer: Any) -> _Life | None:
        life = self._by_id.get(id(optimizer))
        return life if life is not None and life.whose() is optimizer else None

    def stepping(self, optimizer: torch.optim.Optimizer) -> None:
        """Notice a new one."""
        if self._life(optimizer) is not None or len(self.lives) == _KNOWN or not held_by(optimizer):
            return
        life = _Life(weakref.ref(optimizer), name_of(optimizer), _settings(optimizer))
        before = self.lives[-1] if self.lives else None
        if before is not None and self._kept is not None and before.epochs == 1 and before.like == life.like:
            life.follows = torch.equal(self._kept, _sample(optimizer))
        self.lives.append(life)
        self._by_id[id(optimizer)] = life

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Whether it keeps something, shows after a step."""
        self._walked, self._kept = True, None
        life = self._life(optimizer)
        if life is not None and not life.stepped:
            life.stepped = True
            states = (pair for state in optimizer.state.values() for pair in state.items())
            life.remembers = any(name != "step" and isinstance(one, torch.Tensor) for name, one in states)

    def exhausted(self, batches: Any) -> None:
        """The end of a walk with steps; keep the weights in which it ended."""
        if not self._walked or not self.lives:
            return
        self._walked, life = False, self.lives[-1]
        life.epochs, life.pictures = life.epochs + 1, getattr(batches, "_dataset", None)
        if (optimizer := life.whose()) is not None:
            self._kept = _sample(optimizer).detach().clone()

    def scheduled(self, scheduler: Any) -> None:
        """Count the moves of a schedule."""
        if (life := self._life(scheduler.optimizer)) is not None:
            _same, moves = life.schedules.get(id(scheduler), (scheduler, 0))
            life.schedules[id(scheduler)] = scheduler, moves + 1


def _sample(optimizer: torch.optim.Optimizer) -> torch.Tensor:
    return min(held_by(optimizer), key=torch.numel)


def _settings(optimizer: torch.optim.Optimizer) -> Any:
    groups = [
        {name: one for name, one in group.items() if name not in ("params", "initial_lr")}
        for group in optimizer.param_groups
    ]
    return type(optimizer), groups, [id(one) for one in held_by(optimizer)]


def _row(lives: list[_Life]) -> list[_Life]:
    """The longest row of optimizers of which each goes on where the one before it ended; the first, too."""
    longest: list[_Life] = []
    row: list[_Life] = []
    for life in lives:
        same = bool(row) and (life.pictures is None or life.pictures is row[-1].pictures)
        row = [*row, life] if same and life.follows else [life]
        longest = max(longest, row, key=len)
    return longest if len(longest) >= _ENOUGH else []


def _schedules_of(lives: list[_Life]) -> list[Any]:
    """Their schedules, all of one class, where none of them moved more than once; else none."""
    moved = [pair for life in lives for pair in life.schedules.values()]
    kinds = {type(scheduler) for scheduler, _moves in moved}
    once = all(moves == 1 for _scheduler, moves in moved)
    return [scheduler for scheduler, _moves in moved] if once and len(kinds) == 1 else []


def _schedules_alone(lives: list[_Life]) -> list[Any]:
    """Schedules made several times for an only optimizer, which is not made anew itself."""
    made = _schedules_of(lives) if len(lives) == 1 and lives[0].epochs >= _ENOUGH else []
    return made if len(made) >= _ENOUGH else []


def _find(seen: Renewed) -> Problem | None:
    row = _row(seen.lives)
    schedules = _schedules_of(row)
    cycles = any(life.schedules for life in row) and not schedules  # one of its own for each epoch is meant
    fix = _("Make it once, before the loop over epochs.")
    if schedules:
        what = _(
            "is made anew in every epoch, and {schedule} with it, which never gets beyond its beginning",
            schedule=name_of(schedules[0]),
        )
        return Problem(row[0].name, what, fix)
    if row and not cycles and any(life.remembers for life in row):
        what = _("is made anew in every epoch: what it remembers of earlier steps is lost")
        return Problem(row[0].name, what, fix)
    if alone := _schedules_alone(seen.lives):
        what = _("is made anew in every epoch, and never gets beyond its beginning")
        return Problem(name_of(alone[0]), what, fix)
    return None


_MAKE = "optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)\n"
_LOOP = """{before}with watch(model):
    for epoch in range(4):
        {inside}for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""

MADE_ANEW = Trap(
    "made_anew",
    "likely",
    section="13.4",
    broken=_LOOP.format(before="", inside=_MAKE + " " * 8),
    symptom=N_("The loss rises a little at the start of every epoch, and a schedule changes nothing."),
    fixed=_LOOP.format(before=_MAKE, inside=""),
    find=lambda seen: _find(seen.renewed),
)
