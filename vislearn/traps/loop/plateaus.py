"""Schedules that wait for a number to stop falling, and are given one that is to rise."""

import itertools
from collections.abc import Sequence, Sized
from typing import Any

from torch.optim import lr_scheduler

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Recorder
from vislearn.traps.trap import Trap

__all__ = ["PLATEAU_OF_ACCURACY", "Plateaus"]

_ENOUGH = 4  # values
_DIFFERENT = 3  # of them: a loss may happen to be a whole number of pictures, not so often
_FAR = 0.1  # from the first to the last
_LEAST = 4  # pictures
_NEARLY = 1e-2  # of a whole number of pictures


class Plateaus(Recorder):
    """What schedules of this kind were given, and how many pictures the loop walked through at a time."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.given: dict[Any, list[float]] = {}
        self.sizes: set[int] = set()

    def exhausted(self, batches: Any) -> None:
        """A walk through a loader is over: so many pictures may have been judged."""
        plan = getattr(batches, "_index_sampler", None)
        each = getattr(plan, "sampler", plan)
        if isinstance(each, Sized):
            self.sizes.add(len(each))
        if isinstance(plan, Sized) and getattr(plan, "drop_last", False):
            self.sizes.add(len(plan) * int(getattr(plan, "batch_size", 1)))

    def measured(self, scheduler: Any, value: Any) -> None:
        """Remember what a schedule that waits for less was given."""
        if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) and scheduler.mode == "min":
            self.given.setdefault(scheduler, []).append(float(value))


def _are_shares(values: Sequence[float], of: int) -> bool:
    """Whether all are a number of pictures divided by ``of``, or so many per cent: a loss never is."""
    whole = 100 if max(values) > 1 else 1
    counts = [value * of / whole for value in values]
    return all(0 <= one <= of and abs(one - round(one)) < _NEARLY for one in counts)


def _rise(values: Sequence[float]) -> bool:
    """Whether hardly a value lies below an earlier one, and the last far above the first."""
    pairs = list(itertools.combinations(values, 2))
    falls = sum(later < earlier for earlier, later in pairs)
    whole = 100 if max(values) > 1 else 1
    return falls <= len(pairs) / 10 and values[-1] - values[0] >= _FAR * whole and values[-1] >= whole / 2


def _find(seen: Plateaus) -> Problem | None:
    for values in seen.given.values():
        if len(values) < _ENOUGH or len(set(values)) < _DIFFERENT or not _rise(values):
            continue
        if any(_are_shares(values, size) for size in seen.sizes if size >= _LEAST):
            return Problem(
                "ReduceLROnPlateau",
                _(
                    "waits for a number to fall, and is given a share of right answers that rises:"
                    " {first:.3g} … {last:.3g}",
                    first=values[0],
                    last=values[-1],
                ),
                _("Write mode='max', or give it the validation loss."),
            )
    return None


_LOOP = """optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, {mode}patience=1)
with watch(model, optimizer, scheduler):
    for epoch in range(4):
        for images, labels in loader:
            loss = F.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        hits = 12 + 3 * epoch  # of 32: it learns
        scheduler.step(hits / len(loader.dataset))
"""

PLATEAU_OF_ACCURACY = Trap(
    "plateau_of_accuracy",
    "likely",
    section="13.4",
    broken=_LOOP.format(mode=""),
    symptom=N_("The learning rate falls again and again, although the accuracy rises."),
    fixed=_LOOP.format(mode="mode='max', "),
    find=lambda seen: _find(seen.plateaus),
)
