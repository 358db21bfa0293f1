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


@dataclass
class _Life:
    """One optimizer from its first step to its last.

    Attributes:
        whose: a weak reference to it: its state must not live on.
        name: of its class.
        like: class, settings and parameters, which another must share to be the same made anew.
        remembers: whether it keeps more than a learning rate from step to step.
        steps: that it took.
        pictures: the data set of its last walk.
        epochs: walks through a loader that ended with it.
        schedules: their moves, by schedule.
        follows: whether it began with the weights with which the one before it ended its only epoch.
    """

    whose: Any
    name: str
    like: Any
    remembers: bool = False
    steps: int = 0
    pictures: Any = None
    epochs: int = 0
    schedules: dict[int, list[Any]] = field(default_factory=dict)
    follows: bool = False


class Renewed(Recorder):
    """Which optimizer took its steps after which, and whether the weights went on from there.

    Whoever begins a training over, with other weights or settings, or goes on with other pictures, makes a
    new optimizer for it, and is right.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.lives: list[_Life] = []
        self._kept: list[torch.Tensor] = []  # the smallest parameter, as the last epoch left it
        self._walked = False

    def stepping(self, optimizer: torch.optim.Optimizer) -> None:
        """Notice a new one."""
        if self.lives and self.lives[-1].whose() is optimizer:
            return
        life = _Life(weakref.ref(optimizer), name_of(optimizer), _settings(optimizer))
        before = self.lives[-1] if self.lives else None
        life.follows = bool(
            before is not None
            and before.like == life.like
            and before.epochs == 1
            and self._kept
            and torch.equal(self._kept[0], _sample(optimizer))
        )
        self.lives.append(life)

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Whether it keeps something, shows after a step."""
        life = self.lives[-1]
        life.steps += 1
        self._walked = True
        self._kept.clear()
        if life.steps == 1:
            states = (pair for state in optimizer.state.values() for pair in state.items())
            life.remembers = any(name != "step" and isinstance(one, torch.Tensor) for name, one in states)

    def exhausted(self, batches: Any) -> None:
        """The end of a walk with steps; keep the weights in which it ended."""
        life = self.lives[-1] if self.lives else None
        optimizer = life.whose() if life is not None else None
        if life is None or optimizer is None or not self._walked:
            return
        self._walked = False
        life.epochs, life.pictures = life.epochs + 1, getattr(batches, "_dataset", None)
        self._kept = [_sample(optimizer).detach().clone()]

    def scheduled(self, scheduler: Any) -> None:
        """Count the moves of a schedule."""
        for life in self.lives[-1:]:
            if life.whose() is scheduler.optimizer:
                kept = life.schedules.setdefault(id(scheduler), [scheduler, 0])
                kept[1] += 1


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
    cycles = any(moves > 1 for life in lives for _scheduler, moves in life.schedules.values())
    if cycles:  # a schedule of its own for each epoch is meant
        return []
    row: list[_Life] = []
    for life in lives:
        goes_on = row and life.follows and life.pictures in (None, row[-1].pictures)
        row = [*row, life] if goes_on else [life]
        longest = max(longest, row, key=len)
    return longest


def _schedules_anew(life: _Life) -> str:
    """The class of a schedule that was made several times for one optimizer, and moved once each time."""
    kinds: dict[str, int] = {}
    for scheduler, moves in life.schedules.values():
        if moves > 1:
            return ""
        kinds[name_of(scheduler)] = kinds.get(name_of(scheduler), 0) + 1
    return next((name for name, count in kinds.items() if count >= _ENOUGH), "") if len(kinds) == 1 else ""


def _find(seen: Renewed) -> Problem | None:
    row = _row(seen.lives)
    scheduled = [next(iter(one.schedules.values()))[0] for one in row if one.schedules]
    if len(row) >= _ENOUGH and (any(one.remembers for one in row) or len(scheduled) >= _ENOUGH):
        name = name_of(scheduled[0]) if len(scheduled) >= _ENOUGH else ""
        return Problem(
            row[0].name,
            _(
                "is made anew in every epoch, and {schedule} with it, which never gets beyond its beginning",
                schedule=name,
            )
            if name
            else _("is made anew in every epoch: what it remembers of earlier steps is lost"),
            _("Make it once, before the loop over epochs."),
        )
    name = next((name for life in seen.lives if (name := _schedules_anew(life))), "")
    if not name or len(seen.lives) > 1:
        return None
    return Problem(
        name,
        _("is made anew in every epoch, and never gets beyond its beginning"),
        _("Make it once, before the loop over epochs."),
    )


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
