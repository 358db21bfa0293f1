"""Train and eval mode, and graphs that nobody needs, where a model is asked for answers only."""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import SubsetRandomSampler

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Forward, Recorder, is_noisy, name_of, noisy_layers
from vislearn.traps.trap import Trap

__all__ = ["MISSING_EVAL", "MISSING_NO_GRAD", "MISSING_TRAIN", "Modes", "Pass"]

_ENOUGH = 2  # steps in a mode, before and after it changed
_ASKED = 8  # answers to look at before the first step


class Pass:
    """One walk through a loader, and what was done with its batches.

    Args:
        batches: the loader's iterator; not kept alive, because its workers would live on with it.
    """

    def __init__(self, batches: Any) -> None:
        self.iterator = weakref.ref(batches)
        self.live = True
        self.steps = self.backwards = self.forwards = 0
        self.noisy = 0  # forwards in train mode, where that makes a difference
        self.graphs = 0  # forwards whose answer remembers how it came about
        self.name = ""  # of the model
        sampler = getattr(getattr(batches, "_index_sampler", None), "sampler", None)
        # kept, so that nothing else gets their identity
        self._pictures = getattr(batches, "_dataset", None)
        self._part = sampler.indices if isinstance(sampler, SubsetRandomSampler) else None

    @property
    def key(self) -> tuple[int, int]:
        """Whose pictures: those of a data set, or of the part of it that a sampler picks."""
        return id(self._pictures), id(self._part)

    def is_of(self, batches: Any) -> bool:
        """Whether it goes on with this iterator."""
        return self.live and self.iterator() is batches


class Modes(Recorder):
    """In which mode the model answers, and whether anything is learned from the answer.

    A walk through a loader without a step, on pictures from which nothing is ever learned, is an evaluation,
    whatever it is called. Without a loader it is an answer without a graph, between two steps.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.passes: list[Pass] = []
        self.current: Pass | None = None
        self.steppers: set[int] = set()
        self.steps = 0
        self.training = True  # of the last model that was asked
        self.before = self.after = 0  # steps in train mode, then in eval mode to the end
        self.wanted = 0  # times that the model was put into train mode
        self.resting: bool | None = None  # whether the last answer to learn from was given in eval mode
        self.rested = 0  # steps from such answers
        self.judged = False  # whether something was evaluated since the last step in train mode
        self.loose: list[Forward] = []  # in train mode, without a graph, without a loader
        self.places: list[int] = []  # where their pictures lie
        self.asked_only: list[bool] = []  # first answers: without a graph, while BatchNorm moves

    def told(self, part: nn.Module, training: bool) -> None:
        """Somebody wants to train."""
        self.wanted += training and any(part is model for model in self.models)

    def batch(self, batches: Any) -> None:
        """What comes now belongs to this walk."""
        if self.current is not None and self.current.is_of(batches):
            return
        known = next((one for one in reversed(self.passes) if one.is_of(batches)), None)
        if known is None:
            known = Pass(batches)
            self.passes.append(known)
        self.current = known

    def exhausted(self, batches: Any) -> None:
        """The walk is over; what happens now is about the one that it interrupted, or its own last batch."""
        for one in self.passes:
            if one.is_of(batches):
                one.live = False
        going_on = (one for one in reversed(self.passes) if one.live and one.iterator() is not None)
        self.current = next(going_on, self.current)

    def answered(self, call: Forward) -> None:
        """Count an answer, and how it came about."""
        self.training = call.training
        if not self.steps and len(self.asked_only) < _ASKED:
            self.asked_only.append(call.noisy and not call.graph and _moves(call.model))
        if call.graph:
            self.resting = not call.training
        noisy = call.noisy and not call.losses
        if self.current is not None:
            self.current.forwards += 1
            self.current.noisy += noisy
            self.current.graphs += call.graph
            self.current.name = name_of(call.model)
        elsewhere = self.current is None or not self.current.live
        if noisy and elsewhere and self.steps and not torch.is_grad_enabled():
            self.loose.append(call)
            self.places.append(call.image.data_ptr() if call.image is not None else 0)
        if not call.training:
            self.judged = self.judged or not call.graph
        call.image = None  # not a picture longer than its call

    def backward(self) -> None:
        """These batches are learned from, or looked through by their gradients."""
        if self.current is not None:
            self.current.backwards += 1

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Something was learned, in one of the modes."""
        self.steps += 1
        self.steppers.add(id(optimizer))
        self.rested += self.resting is True
        if self.current is not None:
            self.current.steps += 1
        if self.training:
            self.before, self.after, self.judged = self.before + 1, 0, False
        elif self.judged and self.before >= _ENOUGH:
            self.after += 1

    def evaluations(self) -> Iterator[Pass]:
        """Walks through pictures from which nothing is learned, while something is from others."""
        learned = {one.key for one in self.passes if one.steps or one.backwards}
        return (one for one in self.passes if learned and one.forwards and one.key not in learned)


def _missing_eval(seen: Modes) -> Problem | None:
    guilty = next((one for one in seen.evaluations() if one.noisy == one.forwards), None)
    name = guilty.name if guilty else _asked_between(seen) or _only_asked(seen)
    if name is None:
        return None
    return Problem(
        name,
        _("is evaluated in train mode: dropout and BatchNorm change its answers"),
        _("Call model.eval() before the evaluation, and model.train() before the next epoch."),
    )


def _asked_between(seen: Modes) -> str | None:
    """The same without a loader; a generator of several networks may draw in train mode as it likes."""
    if len(seen.steppers) != 1 or len(seen.models) != 1 or not seen.loose:
        return None
    rare = len(seen.loose) <= seen.steps / 2
    same = (
        len(seen.places) >= _ENOUGH and len(set(seen.places)) == 1
    )  # one tensor, asked about again and again
    return name_of(seen.loose[0].model) if rare or same else None


def _moves(model: nn.Module) -> bool:
    """Whether a BatchNorm counts along, by its usual running mean; chance alone may be drawn on purpose."""
    return any(isinstance(layer, _BatchNorm) and is_noisy(layer) for layer in noisy_layers(model))


def _only_asked(seen: Modes) -> str | None:
    """The same where nothing is learned at all: a finished network shows what it can."""
    if seen.steps or seen.optimizers or len(seen.models) != 1 or len(seen.asked_only) < _ENOUGH:
        return None
    learned = any(one.backwards for one in seen.passes)
    return name_of(seen.models[0]) if all(seen.asked_only) and not learned else None


def _put_to_rest(seen: Modes) -> bool:
    """Whether every single step is taken in eval mode, although somebody asks for train mode."""
    if len(seen.models) != 1 or seen.wanted < _ENOUGH or seen.rested <= _ENOUGH:
        return False
    return seen.rested == seen.steps and bool(noisy_layers(seen.models[0]))


def _missing_train(seen: Modes) -> Problem | None:
    if _put_to_rest(seen):
        return Problem(
            _("The model"),
            _("is trained on in eval mode: after model.train() something puts it into eval mode again"),
            _("Look for model.eval() in what the loop calls, and call model.train() after it."),
        )
    if seen.after < _ENOUGH:
        return None
    return Problem(
        _("The model"),
        _("is trained on in eval mode after its first evaluation: dropout is off, BatchNorm stands still"),
        _("Call model.train() at the beginning of every epoch."),
    )


def _missing_no_grad(seen: Modes) -> Problem | None:
    for one in seen.evaluations():
        if one.graphs == one.forwards:
            return Problem(
                one.name,
                _("is evaluated with gradients: every answer keeps the whole way it came in memory"),
                _("Evaluate inside with torch.no_grad():, or torch.inference_mode()."),
            )
    return None


def _of(find: Callable[[Modes], Problem | None]) -> Callable[[Any], Problem | None]:
    return lambda seen: find(seen.modes)


_TRAINING = """for epoch in range(2):
    model.train()
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
_JUDGING = """    with torch.no_grad():
        for images, labels in val_loader:
            hits = (model(images).argmax(1) == labels).sum()
"""

MISSING_EVAL = Trap(
    "missing_eval",
    "likely",
    section="13.3",
    broken=_TRAINING + _JUDGING,
    symptom=N_("The validation score is lower than it should be, and changes with the size of the batch."),
    fixed=_TRAINING + "    model.eval()\n" + _JUDGING,
    find=_of(_missing_eval),
)
MISSING_TRAIN = Trap(
    "missing_train",
    "likely",
    section="13.3",
    broken="model.train()\n"
    + _TRAINING.replace("    model.train()\n", "", 1)
    + "    model.eval()\n"
    + _JUDGING,
    symptom=N_(
        "From the second epoch on the training loss is suddenly smooth, and overfitting begins early."
    ),
    fixed=_TRAINING + "    model.eval()\n" + _JUDGING,
    find=_of(_missing_train),
)
MISSING_NO_GRAD = Trap(
    "missing_no_grad",
    "certain",
    section="13.3",
    broken=_TRAINING + "    model.eval()\n" + _JUDGING.replace("with torch.no_grad():", "if True:"),
    symptom=N_(
        "Evaluation takes more memory than training does, and ends in “out of memory” where answers are kept."
    ),
    fixed=_TRAINING + "    model.eval()\n" + _JUDGING,
    find=_of(_missing_no_grad),
)
