"""Gradients that nobody clears."""

import weakref
from dataclasses import dataclass, field
from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Recorder, name_of
from vislearn.traps.trap import Trap

__all__ = ["ZERO_GRAD_FORGOTTEN", "Gradients"]

_LOOKS = 12  # steps per optimizer to look at: whoever forgets, forgets always
_ENOUGH = 2  # steps with old gradients; one alone may be left from before
_PATIENCE = 3  # backwards without a step of any optimizer of torch: somebody else moves the weights


@dataclass
class _Sample:
    """One small parameter of an optimizer, and what happened to its gradient since the last step."""

    parameter: torch.Tensor
    used: torch.Tensor | None = None  # the gradient as the last step left it
    whose: Any = None  # a weak reference to that very tensor
    backwards: int = 0
    cleared: bool = True
    strikes: int = 0
    looks: int = 0
    handle: Any = field(default=None, repr=False)

    def before_backward(self, _gradient: torch.Tensor) -> None:
        """A new gradient is about to be added: is the old one still there, as the step left it?"""
        old, first = self.parameter.grad, not self.backwards
        self.backwards += 1
        untouched = old is not None and self.used is not None and torch.equal(old, self.used)
        if old is None or (first and not untouched) or not bool(old.any()):
            self.cleared = True

    def after_step(self) -> None:
        """Judge the time since the last step, then begin anew."""
        grad = self.parameter.grad
        replaced = self.whose is not None and grad is not self.whose()
        if self.backwards and not self.cleared and not replaced:
            self.strikes += 1
        self.looks += 1
        self.backwards, self.cleared = 0, False
        self.used = None if grad is None else grad.detach().clone()
        self.whose = None if grad is None else weakref.ref(grad)


class _Moved(_Sample):
    """One whose steps nobody announces: it has moved since the gradient came last."""

    def __init__(self, parameter: torch.Tensor) -> None:
        super().__init__(parameter)
        self._value = parameter.detach().clone()

    def before_backward(self, gradient: torch.Tensor) -> None:
        """Judge the step that was taken, if one was."""
        if not torch.equal(self.parameter.detach(), self._value):
            self._value = self.parameter.detach().clone()
            self.after_step()
        super().before_backward(gradient)


class Gradients(Recorder):
    """Whether gradients were cleared between two steps, by whatever means.

    Only what the gradient of one small parameter *is* tells that for sure: it may be cleared by the
    optimizer, by the model, by hand, and a GAN's discriminator holds old ones on purpose until its own turn.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.samples: dict[torch.optim.Optimizer, _Sample] = {}
        self.moved: list[_Moved] = []  # where a library has optimizers of its own, or somebody steps by hand
        self._backwards = 0

    def backward(self) -> None:
        """Look at the models themselves where no optimizer of torch takes steps."""
        self._backwards += 1
        if self._backwards != _PATIENCE or self.samples:
            return
        for model in self.models:
            learning = [one for one in model.parameters() if one.requires_grad]
            if learning:
                sample = _Moved(min(learning, key=torch.numel))
                sample.handle = sample.parameter.register_hook(sample.before_backward)
                self.moved.append(sample)

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Take a sample, or judge the one that is there."""
        while self.moved:  # many batches for a step: it is torch's after all
            self._let_go(self.moved.pop())
        sample = self.samples.get(optimizer)
        if sample is None:
            if (parameter := _smallest(optimizer)) is None:
                return
            sample = self.samples[optimizer] = _Sample(parameter)
            sample.handle = parameter.register_hook(sample.before_backward)
        if sample.handle is not None:
            sample.after_step()
            if sample.looks > _LOOKS:
                self._let_go(sample)

    def ended(self) -> None:
        """Take the hooks off."""
        for sample in (*self.samples.values(), *self.moved):
            self._let_go(sample)

    @staticmethod
    def _let_go(sample: _Sample) -> None:
        if sample.handle is not None:
            sample.handle.remove()
        sample.handle = sample.used = sample.whose = None


def _smallest(optimizer: torch.optim.Optimizer) -> torch.Tensor | None:
    """The smallest parameter that has a gradient: what is compared costs nothing then."""
    held = (one for group in optimizer.param_groups for one in group["params"])
    dense = [one for one in held if one.requires_grad and one.grad is not None and not one.grad.is_sparse]
    return min(dense, key=torch.numel, default=None)


def _find(seen: Gradients) -> Problem | None:
    samples = [*((name_of(one), sample) for one, sample in seen.samples.items())]
    samples += [(_("The optimizer"), sample) for sample in seen.moved]
    for name, sample in samples:
        if sample.strikes >= _ENOUGH:
            return Problem(
                name,
                _("takes its steps with the gradients of earlier batches added to those of the present one"),
                _("Call optimizer.zero_grad() once for every optimizer.step(), before loss.backward()."),
            )
    return None


ZERO_GRAD_FORGOTTEN = Trap(
    "zero_grad_forgotten",
    "certain",
    section="13.4",
    broken="""for images, labels in loader:
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
""",
    symptom=N_("The loss falls for a few batches, then it jumps about or grows, at any learning rate."),
    fixed="""for images, labels in loader:
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
    find=lambda seen: _find(seen.gradients),
)
