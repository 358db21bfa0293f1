"""Schedules that count batches where epochs are meant, or the other way round, or begin too early."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch.optim import lr_scheduler

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Recorder, name_of
from vislearn.traps.trap import Trap

__all__ = [
    "COSINE_STEPPED_PER_EPOCH",
    "ONECYCLE_STEPPED_PER_EPOCH",
    "SCHEDULER_FIRST",
    "SCHEDULER_NEVER_MOVES",
    "STEPPED_PER_BATCH",
    "Schedules",
]

_SEVERAL = 3  # steps of the optimizer for each of the schedule: epochs are being counted
_CYCLES = 3  # of a cosine, from which on nobody had one in mind
_SPENT = 1.001e-3  # of the first learning rate: nothing is learned below
_BEGINNING = 64  # events to remember: a schedule that comes first does so at once
_COARSE = 0.9  # factor of a step that nobody takes several times an epoch
_LATE = 0.9  # share of a training, after which it does no harm that the rate is spent
_EPOCHS = 2  # after which a schedule should have moved, whatever it counts
_FALLING = (lr_scheduler.StepLR, lr_scheduler.MultiStepLR, lr_scheduler.ExponentialLR)


@dataclass
class Life:
    """One schedule, and how it and its optimizer took turns."""

    scheduler: Any
    fresh: bool  # neither it nor its optimizer had moved before
    first: float  # learning rate before it moved
    moves: int = 0
    steps: int = 0  # of its optimizer
    gaps: list[int] = field(default_factory=list)  # steps of the optimizer before each move
    spent_at: int | None = None  # the step after which hardly any learning rate was left
    last: str = ""  # "step" or "move"
    beginning: list[str] = field(default_factory=list)  # "backward", "step" and "move", as they came


class Schedules(Recorder):
    """When each schedule moved, counted in steps of its optimizer."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.lives: dict[int, Life] = {}
        self._before: list[tuple[str, int]] = []  # backwards and steps, until a schedule is known
        self._steps: dict[int, int] = {}
        self.epochs = 0  # walks through a loader with steps
        self._learned = False
        self._used = {id(one) for one in self.optimizers if getattr(one, "_opt_called", False)}

    def exhausted(self, batches: Any) -> None:
        """A walk through a loader is over."""
        self.epochs, self._learned = self.epochs + self._learned, False

    def unmoved(self) -> Any:
        """A schedule that was given, whose optimizer takes steps, and which never moves; None: all do."""
        moving = {id(life.scheduler.optimizer) for life in self.lives.values()}
        return next(
            (
                one
                for one in self.schedulers
                if isinstance(one, lr_scheduler.LRScheduler)
                and id(one.optimizer) not in moving
                and self._steps.get(id(one.optimizer), 0) >= _SEVERAL
            ),
            None,
        )

    def backward(self) -> None:
        """Gradients wait for a step."""
        self._note("backward", 0)

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """An optimizer's step, for each schedule of it."""
        which, self._learned = id(optimizer), True
        self._steps[which] = self._steps.get(which, 0) + 1
        self._note("step", which)
        for life in self.lives.values():
            if life.scheduler.optimizer is optimizer:
                life.steps, life.last = life.steps + 1, "step"
                if life.spent_at is None and _rate(life.scheduler) <= life.first * _SPENT:
                    life.spent_at = life.steps

    def scheduled(self, scheduler: Any) -> None:
        """A schedule's move."""
        life = self.lives.get(id(scheduler))
        if life is None:
            life = self.lives[id(scheduler)] = self._begun(scheduler)
        life.gaps.append(life.steps - sum(life.gaps))
        life.moves, life.last = life.moves + 1, "move"
        if len(life.beginning) < _BEGINNING:
            life.beginning.append("move")

    def _begun(self, scheduler: Any) -> Life:
        which = id(scheduler.optimizer)
        fresh = which not in self._used and not getattr(scheduler, "last_epoch", 0)
        life = Life(scheduler, fresh, _rate(scheduler), steps=self._steps.get(which, 0))
        life.beginning = [event for event, whose in self._before if whose in (0, which)]
        return life

    def _note(self, event: str, whose: int) -> None:
        if len(self._before) < _BEGINNING:
            self._before.append((event, whose))
        for life in self.lives.values():
            if len(life.beginning) < _BEGINNING and whose in (0, id(life.scheduler.optimizer)):
                life.beginning.append(event)


def _rate(scheduler: Any) -> float:
    return float(scheduler.optimizer.param_groups[0]["lr"])


def _is_first(life: Life) -> bool:
    """Whether it skipped its first learning rate.

    A scaler of 16-bit training leaves the first steps out while it looks for its scale: then new gradients
    come between the schedule and the step. Whoever goes on with a training may move a new schedule forward
    first; then it also moves last.
    """
    events, at = life.beginning, life.beginning.index("move") if "move" in life.beginning else -1
    if at < 0 or not life.fresh or "step" in events[:at] or life.last != "step":
        return False
    following = events[at + 1] if at + 1 < len(events) else ""
    return following == "step" or (following == "backward" and "backward" not in events[:at])


def _scheduler_first(seen: Schedules) -> Problem | None:
    for life in seen.lives.values():
        if _is_first(life):
            return Problem(
                name_of(life.scheduler),
                _("moves before the first step of its optimizer, so the first learning rate is never used"),
                _("Call optimizer.step() first, then scheduler.step()."),
            )
    return None


def _never_moves(seen: Schedules) -> Problem | None:
    scheduler = seen.unmoved() if seen.epochs >= _EPOCHS else None
    if scheduler is None:
        return None
    return Problem(
        name_of(scheduler),
        _("never moves: the learning rate stays as it began"),
        _("Call scheduler.step() once an epoch; after every batch, if its numbers are counted in batches."),
    )


def _total(scheduler: Any) -> int | None:
    """The steps that a schedule is made for, where it knows them."""
    for name in ("total_steps", "T_max"):
        if isinstance(total := getattr(scheduler, name, None), int):
            return total
    return None


def _counts_epochs(life: Life) -> bool:
    """Whether it is made for as many steps as there are batches, and moves once an epoch."""
    total, epoch = _total(life.scheduler), life.gaps[-1] if life.gaps else 0
    if total is None or life.moves < 2 or epoch < _SEVERAL or len(set(life.gaps)) > 1:
        return False
    of_one_epoch = total == epoch and life.moves < total / 2 and _is_cosine(life)
    return of_one_epoch or (total % epoch == 0 and total >= life.moves * epoch)


def _is_cosine(life: Life) -> bool:
    return isinstance(life.scheduler, lr_scheduler.CosineAnnealingLR)


def _per_epoch(seen: Schedules, kind: type) -> Problem | None:
    for life in seen.lives.values():
        if isinstance(life.scheduler, kind) and _counts_epochs(life):
            return Problem(
                name_of(life.scheduler),
                _(
                    "is made for {total} steps, and moved {moves} times in {steps}: once an epoch",
                    total=_total(life.scheduler),
                    moves=life.moves,
                    steps=life.steps,
                ),
                _("Call scheduler.step() after every optimizer.step(), inside the loop over batches."),
            )
    return None


def _is_too_fast(life: Life, epochs: int) -> bool:
    """Whether it is through before the training is, because every batch moves it."""
    if life.moves < life.steps / 2 or life.steps < 2 * _SEVERAL:
        return False
    if _is_cosine(life):
        return life.moves >= _CYCLES * life.scheduler.T_max
    if not isinstance(life.scheduler, _FALLING) or life.spent_at is None:
        return False
    late = _LATE if _falls_within_epochs(life, epochs) else 0.5
    return life.spent_at < life.steps * late


def _falls_within_epochs(life: Life, epochs: int) -> bool:
    """Whether it takes a large step down more than once an epoch."""
    schedule = life.scheduler
    coarse = isinstance(schedule, lr_scheduler.StepLR) and schedule.gamma <= _COARSE
    return coarse and schedule.step_size * epochs < life.steps


def _per_batch(seen: Schedules) -> Problem | None:
    for life in seen.lives.values():
        if _is_too_fast(life, seen.epochs):
            return Problem(
                name_of(life.scheduler),
                _("moves with every batch, and its numbers are counted in epochs"),
                _("Call scheduler.step() once an epoch, after the loop over batches, or count in batches."),
            )
    return None


_LOOP = """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = {scheduler}
with watch(model, optimizer, scheduler):
    for epoch in range({epochs}):{first}
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step(){batch}{epoch}
"""
_FIRST, _BATCH, _EPOCH = (f"\n{' ' * indent}scheduler.step()" for indent in (8, 12, 8))


def _loop(scheduler: str, epochs: int, *, first: str = "", batch: str = "", epoch: str = "") -> str:
    made = f"torch.optim.lr_scheduler.{scheduler}"
    return _LOOP.format(scheduler=made, epochs=epochs, first=first, batch=batch, epoch=epoch)


_ONECYCLE = "OneCycleLR(optimizer, 0.1, total_steps=3 * len(loader))"
_COSINE = "CosineAnnealingLR(optimizer, T_max={})"

SCHEDULER_FIRST = Trap(
    "scheduler_first",
    "certain",
    section="13.4",
    broken=_loop("StepLR(optimizer, 2)", 2, first=_FIRST),
    symptom=N_(
        "PyTorch warns of it, once; the first learning rate is skipped, and every later one comes too early."
    ),
    fixed=_loop("StepLR(optimizer, 2)", 2, epoch=_EPOCH),
    find=lambda seen: _scheduler_first(seen.schedules),
)
SCHEDULER_NEVER_MOVES = Trap(
    "scheduler_never_moves",
    "likely",
    section="13.4",
    broken=_loop("StepLR(optimizer, 2)", 2),
    symptom=N_("The learning rate of the last epoch is that of the first."),
    fixed=_loop("StepLR(optimizer, 2)", 2, epoch=_EPOCH),
    find=lambda seen: _never_moves(seen.schedules),
)
ONECYCLE_STEPPED_PER_EPOCH = Trap(
    "onecycle_stepped_per_epoch",
    "likely",
    section="13.4",
    broken=_loop(_ONECYCLE, 3, epoch=_EPOCH),
    symptom=N_("The learning rate stays near its low beginning, and the loss falls slowly to the end."),
    fixed=_loop(_ONECYCLE, 3, batch=_BATCH),
    find=lambda seen: _per_epoch(seen.schedules, lr_scheduler.OneCycleLR),
)
COSINE_STEPPED_PER_EPOCH = Trap(
    "cosine_stepped_per_epoch",
    "perhaps",
    section="13.4",
    broken=_loop(_COSINE.format("3 * len(loader)"), 3, epoch=_EPOCH),
    symptom=N_("The learning rate hardly falls, and the last epochs bring no better score."),
    fixed=_loop(_COSINE.format("3"), 3, epoch=_EPOCH),
    find=lambda seen: _per_epoch(seen.schedules, lr_scheduler.CosineAnnealingLR),
)
STEPPED_PER_BATCH = Trap(
    "stepped_per_batch",
    "likely",
    section="13.4",
    broken=_loop(_COSINE.format("3"), 3, batch=_BATCH),
    symptom=N_(
        "The learning rate goes up and down many times an epoch, or is nearly 0 before the first one ends."
    ),
    fixed=_loop(_COSINE.format("3"), 3, epoch=_EPOCH),
    find=lambda seen: _per_batch(seen.schedules),
)
