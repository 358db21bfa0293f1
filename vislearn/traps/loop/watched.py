"""One line around a loop: silent where it is right, a sentence with the remedy where it is not."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils.data.dataloader import _BaseDataLoaderIter

from vislearn.errors import InputError
from vislearn.traps.loop.forwards import Forwards
from vislearn.traps.loop.gradients import Gradients
from vislearn.traps.loop.held import Held
from vislearn.traps.loop.inputs import Inputs
from vislearn.traps.loop.modes import Modes
from vislearn.traps.loop.norms import Norms
from vislearn.traps.loop.plateaus import Plateaus
from vislearn.traps.loop.recorder import Audience, Recorder
from vislearn.traps.loop.renewed import Renewed
from vislearn.traps.loop.schedules import Schedules
from vislearn.traps.loop.scores import Scores
from vislearn.traps.loop.traps import LOOP_TRAPS
from vislearn.traps.loop.unheld import Unheld
from vislearn.traps.loop.unreached import Unreached
from vislearn.traps.patches import Patches
from vislearn.traps.trap import Found, found_in, wrapped

__all__ = ["Watched", "watch"]

# What torch's losses call, not the losses: whoever took one before the watch began is noticed, too.
_LOSSES = {
    "cross_entropy": (torch._C._nn, "cross_entropy_loss"),
    "nll_loss": (torch._C._nn, "nll_loss_nd"),
    "binary_cross_entropy_with_logits": (torch, "binary_cross_entropy_with_logits"),
}


class Watched:
    """What a watch has seen so far.

    Args:
        models: to be watched.
        optimizers: that were given; others are noticed when they take a step.
        schedulers: that were given; others are noticed when they move.
    """

    def __init__(self, models: list[nn.Module], optimizers: list[Any], schedulers: list[Any]) -> None:
        given = (models, optimizers, schedulers)
        self.gradients, self.modes, self.scores = Gradients(*given), Modes(*given), Scores(*given)
        self.norms, self.held = Norms(*given), Held(*given)
        self.schedules, self.inputs = Schedules(*given), Inputs(*given)
        self.unreached, self.renewed = Unreached(*given), Renewed(*given)
        self.plateaus, self.unheld = Plateaus(*given), Unheld(*given)

    @property
    def recorders(self) -> tuple[Recorder, ...]:
        """Whoever listens."""
        of_steps = (self.gradients, self.held, self.unreached, self.unheld, self.renewed)
        of_moves = (self.schedules, self.plateaus)
        return (*of_steps, *of_moves, self.modes, self.scores, self.norms, self.inputs)

    @property
    def found(self) -> list[Found]:
        """The traps that show by now, the surest first, each once."""
        return found_in(self, LOOP_TRAPS)

    def __str__(self) -> str:
        return wrapped(self.found)


@contextmanager
def watch(*parts: Any, say: Callable[[str], object] | None = print) -> Iterator[Watched]:
    """Watch the training inside ``with``, and say at its end what makes the model worse without crashing.

    Nothing in the loop changes, and nothing is said where all is right. What is exchanged meanwhile (torch's
    loss functions, ``backward``, the steps of schedules and loaders) is given back, whatever ends the block.

    Args:
        *parts: the model or models, and what else there is: optimizers, schedulers, or lists of them.
            Optimizers and schedules that aren't given are noticed when they move.
        say: told one sentence for each trap, at the end; None: nothing, ask :attr:`Watched.found`.

    Raises:
        InputError: no model is given, or something that is none of the three.

    >>> model = nn.Linear(2, 2)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with watch(model, optimizer):
    ...     for number in range(4):
    ...         model(torch.ones(1, 2)).sum().backward()
    ...         optimizer.step()
    certain: SGD takes its steps with the gradients of earlier batches added to those of
      the present one. Call optimizer.zero_grad() once for every optimizer.step(),
      before loss.backward().
    """
    models, optimizers, schedulers = _sorted(parts)
    watched = Watched(models, optimizers, schedulers)
    patches, handles, audience = Patches(), [], Audience(watched.recorders)
    try:
        handles += _hooked(models, audience)
        _patch(patches, audience)
        yield watched
    finally:
        patches.restore()
        for handle in handles:
            handle.remove()
        for recorder in watched.recorders:
            recorder.ended()
        if say is not None:
            _say(watched, say)


def _say(watched: Watched, say: Callable[[str], object]) -> None:
    try:
        found = watched.found
    except Exception as trouble:  # a training that has come to its end must not be lost by a last look at it
        warnings.warn(f"A watch could not say what it saw: {trouble!r}", stacklevel=2)
        return
    for one in found:
        say(wrapped([one]))


def _sorted(parts: Iterable[Any]) -> tuple[list[nn.Module], list[Any], list[Any]]:
    models: list[nn.Module] = []
    optimizers: list[Any] = []
    schedulers: list[Any] = []
    for part in _flat(parts):
        if isinstance(part, nn.Module):
            models.append(part)
        elif isinstance(part, torch.optim.Optimizer):
            optimizers.append(part)
        elif hasattr(part, "step") and hasattr(part, "optimizer"):
            schedulers.append(part)
        elif part is not None:
            raise InputError(
                "watch",
                "takes models, optimizers and schedulers",
                got=type(part).__name__,
                fix="with traps.watch(model, optimizer, scheduler):",
            )
    if not models:
        raise InputError("watch", "needs a model", got="none", fix="with traps.watch(model, optimizer):")
    return models, optimizers, schedulers


def _flat(parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, (list, tuple)):
            yield from _flat(part)
        else:
            yield part


def _hooked(models: list[nn.Module], audience: Audience) -> list[Any]:
    """Hooks on the models, and on every optimizer: a GAN has more of them than are given."""

    def stepping(optimizer: Any, *_: Any) -> None:
        audience.tell("stepping", optimizer)

    def stepped(optimizer: Any, *_: Any) -> None:
        audience.tell("stepped", optimizer)

    return [
        *Forwards(models, audience).handles,
        register_optimizer_step_pre_hook(stepping),
        register_optimizer_step_post_hook(stepped),
    ]


def _patch(patches: Patches, audience: Audience) -> None:
    def backward(*_: Any, **__: Any) -> None:
        audience.tell("backward")

    for name in ("backward", "grad"):
        patches.before(torch.autograd, name, backward)
    for loss, (owner, name) in _LOSSES.items():
        patches.before(owner, name, _loss_teller(loss, audience))
    patches.around(_BaseDataLoaderIter, "__next__", _batch_teller(audience))
    patches.around(nn.Module, "train", _mode_teller(audience))
    move = _move_teller(audience)
    for kind in _schedule_kinds():
        patches.around(kind, "step", move)


def _loss_teller(kind: str, audience: Audience) -> Callable[..., None]:
    def tell(*arguments: Any, **named: Any) -> None:
        scores = arguments[0] if arguments else named.get("input")
        if isinstance(scores, torch.Tensor):
            audience.tell("loss", kind, scores)

    return tell


def _batch_teller(audience: Audience) -> Callable[..., Any]:
    def following(original: Callable[..., Any], batches: Any) -> Any:
        try:
            batch = original(batches)
        except StopIteration:
            audience.tell("exhausted", batches)
            raise
        audience.tell("batch", batches)
        return batch

    return following


def _mode_teller(audience: Audience) -> Callable[..., Any]:
    """Changes of mode from outside: a model hands each on to all of its parts."""
    inside: list[Any] = []

    def train(original: Callable[..., Any], part: Any, mode: bool = True) -> Any:
        if not inside:
            audience.tell("told", part, mode)
        inside.append(part)
        try:
            return original(part, mode)
        finally:
            inside.pop()

    return train


def _move_teller(audience: Audience) -> Callable[..., Any]:
    """Moves from outside: a schedule moves itself when it is made, and others inside it."""
    inside: list[Any] = []

    def move(original: Callable[..., Any], scheduler: Any, *arguments: Any, **named: Any) -> Any:
        made = bool(getattr(scheduler, "_last_lr", None))
        if made and not inside:
            audience.tell("scheduled", scheduler)
            if arguments or "metrics" in named:
                audience.tell("measured", scheduler, arguments[0] if arguments else named["metrics"])
        inside.append(scheduler)
        try:
            return original(scheduler, *arguments, **named)
        finally:
            inside.pop()

    return move


def _schedule_kinds() -> list[type]:
    """Every class of schedules that says itself how it moves."""
    kinds: list[type] = []
    waiting: list[type] = [lr_scheduler.LRScheduler]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if "step" in vars(kind) and kind not in kinds:
            kinds.append(kind)
    return kinds
