"""What an optimizer holds, and what it should."""

from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Recorder, name_of
from vislearn.traps.trap import Trap

__all__ = [
    "FROZEN_PARAMETERS_MOVE",
    "MODULE_NOT_FROZEN",
    "NEW_HEAD_NOT_HELD",
    "NOTHING_TRAINABLE",
    "STEPS_WITHOUT_GRADIENTS",
    "UNFROZEN_TOO_LATE",
    "Held",
]

_LOOKS = 32  # steps to look at; then one of so many
_ENOUGH = 2
_SEVERAL = 3  # steps without a gradient, and none with one


class Held(Recorder):
    """Which of the model's parameters learn, and which of them an optimizer moves."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.steps = self.empty = 0  # all, and those without a single gradient, from the first on
        self.named = ""  # a layer that was to be frozen when the training began
        self.frozen_at_first: set[torch.Tensor] = set()
        self.thawed: dict[torch.Tensor, int] = {}  # steps in which nobody moved one that has thawed
        self.dragged: dict[torch.Tensor, int] = {}  # steps in which a frozen one had a gradient
        self.idle: dict[torch.Tensor, int] = {}  # steps in which nobody moved one that had a gradient
        self.known = dict.fromkeys(self.optimizers)  # all that took a step, too

    def _parameters(self) -> list[torch.Tensor]:
        return [one for model in self.models for one in model.parameters()]

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """Who held what in this step."""
        if not self.steps:
            self.frozen_at_first = {one for one in self._parameters() if not one.requires_grad}
        self.steps += 1
        self.known[optimizer] = None
        if self.empty == self.steps - 1:  # never a gradient so far: only then are they looked at one by one
            self.empty += all(one.grad is None or not one.grad.any() for one in held_by(optimizer))
        if self.steps == _ENOUGH:
            self.named = self._only_named()
        if self.steps <= _LOOKS or self.steps % _LOOKS == 0:
            self._look(optimizer)

    def _look(self, optimizer: torch.optim.Optimizer) -> None:
        own = set(self._parameters())
        held = {one for known in self.known for one in held_by(known)}
        for one in held_by(optimizer):
            if one in own and not one.requires_grad and one.grad is not None:
                self.dragged[one] = self.dragged.get(one, 0) + 1
        moving = {one for one in own if one.requires_grad and one.grad is not None}
        for counts, some in ((self.idle, moving - held), (self.thawed, moving & self.frozen_at_first)):
            for one in some:
                counts[one] = counts.get(one, 0) + 1

    def nobody_moves(self) -> list[torch.Tensor]:
        """Those that had been frozen, now have gradients, and are in no optimizer."""
        held = {one for optimizer in self.known for one in held_by(optimizer)}
        return [one for one, steps in self.thawed.items() if steps >= _ENOUGH and one not in held]

    def left_out(self) -> list[torch.Tensor]:
        """Those with gradients that are in no optimizer, where one holds others that the model has lost."""
        held = {one for optimizer in self.known for one in held_by(optimizer)}
        lost = [one for one in held - set(self._parameters()) if one.requires_grad and one.grad is None]
        if not lost or self.nothing() is not None:
            return []
        idle = (one for one, steps in self.idle.items() if steps >= _ENOUGH)
        return [one for one in idle if one not in held and one not in self.thawed]

    def only_named(self) -> str:
        """The same, when the training began or as it ended."""
        return self.named or self._only_named()

    def _only_named(self) -> str:
        """A layer with a ``requires_grad`` of its own, from which its parameters differ; nothing: none."""
        for model in self.models:
            for name, part in model.named_modules():
                meant, own = vars(part).get("requires_grad"), list(part.parameters())
                if isinstance(meant, bool) and own and all(one.requires_grad != meant for one in own):
                    return name or name_of(model)
        return ""

    def nothing(self) -> torch.optim.Optimizer | None:
        """An optimizer that was given, and holds nothing of the model that learns; None if all do."""
        own = {one for one in self._parameters() if one.requires_grad}
        if not own or any(own.intersection(held_by(other)) for other in self.known):
            return None
        return next((one for one in self.optimizers if self.steps >= _ENOUGH), None)


def held_by(optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """All parameters of an optimizer, of any shape."""
    return [one for group in optimizer.param_groups for one in group["params"]]


def _nothing_trainable(seen: Held) -> Problem | None:
    optimizer = seen.nothing()
    if optimizer is None:
        return None
    return Problem(
        name_of(optimizer),
        _("holds none of the model's parameters that may learn"),
        _("Make the optimizer from this very model, after freezing: torch.optim.AdamW(model.parameters())."),
    )


def _without_gradients(seen: Held) -> Problem | None:
    if seen.steps < _SEVERAL or seen.empty < seen.steps or seen.nothing() is not None:
        return None
    return Problem(
        name_of(next(iter(seen.known))),
        _("takes its steps without a single gradient: nothing is learned"),
        _("Call loss.backward() after zero_grad() and before step(), of a loss without item() or detach()."),
    )


def _not_frozen(seen: Held) -> Problem | None:
    name = seen.only_named() if seen.steps >= _ENOUGH else ""
    if not name:
        return None
    return Problem(
        f"{name}.requires_grad",
        _("is set on a layer, and reaches none of its parameters: they go on as before"),
        _("Call requires_grad_(…) of the layer, with the underscore: it reaches all of them."),
    )


def _unfrozen_too_late(seen: Held) -> Problem | None:
    idle = seen.nobody_moves()
    if not idle:
        return None
    return Problem(
        _("Unfrozen parameters ({count})", count=len(idle)),
        _("get gradients, but no optimizer holds them"),
        _("Call optimizer.add_param_group({{'params': …}}) after unfreezing, or make a new optimizer."),
    )


def _new_head(seen: Held) -> Problem | None:
    idle = seen.left_out()
    if not idle:
        return None
    return Problem(
        _("New parameters ({count})", count=len(idle)),
        _("get gradients, but the optimizer holds those that they replaced"),
        _("Put the new head in first, then make the optimizer: torch.optim.AdamW(model.parameters())."),
    )


def _frozen_move(seen: Held) -> Problem | None:
    dragged = [one for one, steps in seen.dragged.items() if steps >= _ENOUGH]
    if not dragged:
        return None
    return Problem(
        _("Frozen parameters ({count})", count=len(dragged)),
        _("still have a gradient in the optimizer, so momentum and weight decay go on moving them"),
        _("Set parameter.grad = None when you freeze it, or leave set_to_none=True as it is."),
    )


_STEP = """{indent}for images, labels in loader:
{indent}    loss = F.cross_entropy(model(images), labels)
{indent}    optimizer.zero_grad({clear})
{indent}    loss.backward()
{indent}    optimizer.step()
"""

_THAW = """model.features.requires_grad_(False)
optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
with watch(model, optimizer):
    model.train()
    model.features.eval()
    for epoch in range(3):
        if epoch == 1:
            model.features.requires_grad_(True){add}
""" + _STEP.format(indent="        ", clear="")

_FREEZE = """optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
with watch(model, optimizer):
    for epoch in range(2):
        if epoch == 1:
            model.features.requires_grad_(False){clear}
        model.train()
        model.features.train(epoch == 0)
""" + _STEP.format(indent="        ", clear="set_to_none=False")

_MADE = """optimizer = torch.optim.SGD({of}.parameters(), lr=0.1)
with watch(model, optimizer):
""" + _STEP.format(indent="    ", clear="")

_HEAD = """{before}optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
{after}with watch(model, optimizer):
""" + _STEP.format(indent="    ", clear="")

_ORDER = """for images, labels in loader:
    loss = F.cross_entropy(model(images), labels)
    {}
    {}
    optimizer.step()
"""
_NAMED = """model.features{freeze}
with watch(model, optimizer):
    model.train()
    model.features.eval()
""" + _STEP.format(indent="    ", clear="")

NOTHING_TRAINABLE = Trap(
    "nothing_trainable",
    "certain",
    section="13.4",
    broken=_MADE.format(of="copy.deepcopy(model)"),
    symptom=N_("The loss stays where it began, batch after batch."),
    fixed=_MADE.format(of="model"),
    find=lambda seen: _nothing_trainable(seen.held),
)
NEW_HEAD_NOT_HELD = Trap(
    "new_head_not_held",
    "likely",
    section="13.4",
    broken=_HEAD.format(before="", after="model.head = nn.Linear(4, 3)\n"),
    symptom=N_("The loss falls a little and stops: the body adapts to a head that stays as it began."),
    fixed=_HEAD.format(before="model.head = nn.Linear(4, 3)\n", after=""),
    find=lambda seen: _new_head(seen.held),
)
MODULE_NOT_FROZEN = Trap(
    "module_not_frozen",
    "certain",
    section="13.4",
    broken=_NAMED.format(freeze=".requires_grad = False"),
    symptom=N_("The backbone learns on and forgets what it knew, and every step takes as long as before."),
    fixed=_NAMED.format(freeze=".requires_grad_(False)"),
    find=lambda seen: _not_frozen(seen.held),
)
STEPS_WITHOUT_GRADIENTS = Trap(
    "steps_without_gradients",
    "certain",
    section="13.4",
    broken=_ORDER.format("loss.backward()", "optimizer.zero_grad()"),
    symptom=N_("The loss stays where it began, batch after batch."),
    fixed=_ORDER.format("optimizer.zero_grad()", "loss.backward()"),
    find=lambda seen: _without_gradients(seen.held),
)
UNFROZEN_TOO_LATE = Trap(
    "unfrozen_too_late",
    "certain",
    section="13.4",
    broken=_THAW.format(add=""),
    symptom=N_("Unfreezing costs time and memory, and the score does not change."),
    fixed=_THAW.format(
        add="\n            optimizer.add_param_group({'params': model.features.parameters(), 'lr': 0.01})"
    ),
    find=lambda seen: _unfrozen_too_late(seen.held),
)
FROZEN_PARAMETERS_MOVE = Trap(
    "frozen_parameters_move",
    "certain",
    section="13.4",
    broken=_FREEZE.format(clear=""),
    symptom=N_("A frozen layer has other weights after the epoch than before it."),
    fixed=_FREEZE.format(
        clear="\n            for part in model.features.parameters():\n                part.grad = None"
    ),
    find=lambda seen: _frozen_move(seen.held),
)
