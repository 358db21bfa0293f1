"""Exercise of lesson 12: one step of a detector, whose loss comes in parts, observed at work."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.comparing import as_number
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.watch import Watch
from vislearn.language import translate as _

__all__ = ["train_step"]

_PARTS = ("loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg")
Targets = list[dict[str, Tensor]]


@exercise(
    "detector.train_step",
    trials=2,
    hints=[
        N_("What does the model return in train mode, and what in eval mode? You want the first."),
        N_(
            "`parts = model(images, targets)` is a dict. The loss to send backward is the sum of its values:"
            " `sum(parts.values())`."
        ),
        N_(
            "Then the three lines of every loop: `optimizer.zero_grad()`, `total.backward()`, "
            "`optimizer.step()`. For the answer a dict: `part.item()` under each name, and `total.item()` "
            "under `total`."
        ),
    ],
)
def train_step(
    model: nn.Module, images: list[Tensor], targets: list[dict], optimizer: torch.optim.Optimizer
) -> dict[str, float]:
    """Let a detector learn from one batch, and return what its loss was made of.

    The model may come in eval mode.

    Args:
        model: a detector of torchvision: in train mode, `model(images, targets)` is a dict of losses.
        images: the pictures of the batch.
        targets: a dict with "boxes" and "labels" for each.
        optimizer: holds the model's parameters.

    Returns:
        Every part of the loss under its name, and their sum under "total", all as Python numbers.
    """
    model.train()
    parts = model(images, targets)
    total = sum(parts.values())
    optimizer.zero_grad()
    total.backward()
    optimizer.step()
    return {name: part.item() for name, part in parts.items()} | {"total": total.item()}


class _LittleDetector(nn.Module):
    """Behaves as torchvision's detectors do: losses in train mode, predictions in eval mode."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.seen = 0  # how many pictures the last pass was given
        self.body = nn.Parameter(torch.randn(3, generator=generator))
        self.heads = nn.ParameterDict({name: torch.rand(1, generator=generator) + 0.5 for name in _PARTS})

    def forward(self, images: list[Tensor], targets: Targets | None = None) -> Any:
        self.seen = len(images)
        colours = torch.stack([image.mean((1, 2)) for image in images])  # (N, 3)
        answer = (colours @ self.body).pow(2).mean() + 0.1
        if self.training:
            if targets is None:
                raise ValueError("targets should not be none when in training mode")
            size = torch.stack([target["boxes"].mean() for target in targets]).mean()
            return {name: (head * answer * (size + 0.5)).sum() for name, head in self.heads.items()}
        none = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0).long(), "scores": torch.zeros(0)}
        return [dict(none) for _image in images]


@train_step.inputs
def _little_detector(
    generator: torch.Generator,
) -> tuple[nn.Module, list[Tensor], Targets, torch.optim.Optimizer]:
    images = [torch.rand(3, 6, 8, generator=generator), torch.rand(3, 7, 5, generator=generator)]
    targets = [
        {"boxes": torch.rand(count, 4, generator=generator), "labels": torch.arange(1, count + 1)}
        for count in (1, 3)
    ]
    model = _LittleDetector(generator).eval()
    model.body.grad = torch.randn(3, generator=generator)  # what the batch before has left
    return model, images, targets, torch.optim.SGD(model.parameters(), lr=0.1)


class _Step(Watch):
    """What happens to a little detector while somebody else's step trains it; its body comes first."""

    def __init__(self, model: _LittleDetector, optimizer: torch.optim.Optimizer) -> None:
        super().__init__(model, optimizer)
        self.heads = list(model.heads)  # in the order of its parameters, which isn't that of `_PARTS`
        self.losses: dict[str, float] = {}
        self.wanted: list[Tensor] = []  # gradient of the sum: the body's, then each head's
        self.shares = dict.fromkeys(_PARTS, 0.0)
        self.left_over = False

    def note_forward(self, _args: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, dict) and not self.losses:
            total = torch.stack(list(output.values())).sum()
            self.losses = {name: part.item() for name, part in output.items()}
            if total.requires_grad:
                self.wanted = list(torch.autograd.grad(total, self.parameters, retain_graph=True))

    def note_step(self) -> None:
        if self.steps > 1 or not self.wanted:
            return
        found = [torch.zeros_like(w) if w.grad is None else w.grad for w in self.parameters]
        shares = [float(a / b) for a, b in zip(found[1:], self.wanted[1:], strict=True)]
        self.shares = dict(zip(self.heads, shares, strict=True))
        share = sum(self.shares[name] * value for name, value in self.losses.items()) / sum(
            self.losses.values()
        )
        self.left_over = not torch.allclose(found[0], share * self.wanted[0], rtol=1e-3, atol=1e-5)


@train_step.observe
def _facts_of_step(
    function: Callable[..., Any],
    model: _LittleDetector,
    images: list[Tensor],
    targets: Targets,
    optimizer: torch.optim.Optimizer,
) -> dict[str, Any]:
    with _Step(model, optimizer) as watch:
        answer = function(model, images, targets, optimizer)
    if not isinstance(answer, dict):
        raise Unusable(_("a dict of numbers expected; {got} returned.", got=describe(answer)))
    try:
        numbers = {name: as_number(value) for name, value in answer.items()}
    except (TypeError, ValueError, RuntimeError):
        raise Unusable(
            _("numbers expected in the dict; {got} returned.", got=describe(next(iter(answer.values()))))
        ) from None
    total = sum(watch.losses.values())
    return {
        N_("The model sees the batch once, in train mode"): watch.modes == [True],
        N_("Pictures that it sees"): model.seen,
        # part by part is as good, and so are gradients by torch.autograd.grad: the shares tell
        N_("The loss is sent backward"): watch.backwards > 0 or any(watch.shares.values()),
        N_("Parts of the loss that the step follows"): _followed(watch.shares),
        N_("How far it follows them, in multiples of their gradients"): _multiple(watch.shares),
        N_("Nothing is left of the gradient of the batch before"): not watch.left_over,
        N_("The optimizer steps once"): watch.steps == 1,
        N_("The weights change"): watch.changed(),
        N_("Names in the dict"): _names(numbers),
        N_("The number of each part is returned"): all(
            any(abs(number - loss) < 1e-4 for number in numbers.values()) for loss in watch.losses.values()
        ),
        N_("The parts are returned under their names"): all(
            abs(numbers.get(name, -1.0) - loss) < 1e-4 for name, loss in watch.losses.items()
        ),
        N_("The returned total, in multiples of the sum"): numbers.get("total", 0.0) / (total or 1.0),
        N_("What is returned holds on to no graph"): not any(
            getattr(value, "requires_grad", False) for value in answer.values()
        ),
    }


def _followed(shares: dict[str, float]) -> str:
    return ", ".join(name for name in _PARTS if shares[name]) or _("none of them")


def _multiple(shares: dict[str, float]) -> float:
    """1 where each part that is followed at all is followed as it is, else the first other multiple."""
    found = [share for share in shares.values() if share]
    return next((share for share in found if abs(share - 1) > 1e-3), 1.0)


def _names(numbers: dict[str, float]) -> str:
    """The names asked for, if they are there, else those that are: more than asked for does no harm."""
    asked = {*_PARTS, "total"}
    return ", ".join(sorted(asked if asked <= set(numbers) else numbers))


def _stepped(
    model: nn.Module,
    images: list[Tensor],
    targets: Targets,
    optimizer: torch.optim.Optimizer,
    *,
    loss: Callable[[dict[str, Tensor]], Tensor] = lambda parts: sum(parts.values(), torch.zeros(())),
    order: tuple[str, ...] = ("clear", "backward", "step"),
) -> tuple[dict[str, Tensor], Tensor]:
    """The parts, and the loss that was sent backward."""
    model.train()
    parts = model(images, targets)
    total = loss(parts)
    actions: dict[str, Callable[[], Any]] = {
        "clear": optimizer.zero_grad,
        "backward": total.backward,
        "step": optimizer.step,
    }
    for name in order:
        actions[name]()
    return parts, total


def _numbers(parts: dict[str, Tensor], total: Tensor) -> dict[str, float]:
    return {name: part.item() for name, part in parts.items()} | {"total": total.item()}


@train_step.mistake(
    N_(
        "The model is in eval mode, so it returns a list of predictions and no losses. That is the difference"
        " between a detector's two modes: call `model.train()` first."
    )
)
def _left_in_eval(
    model: nn.Module, images: list[Tensor], targets: Targets, _optimizer: torch.optim.Optimizer
) -> dict[str, float]:
    return model(images, targets).values()


@train_step.mistake(
    N_(
        "`sum(parts)` adds up the keys of the dict, its names. The losses are its values: "
        "`sum(parts.values())`."
    )
)
def _sums_names(
    model: nn.Module, images: list[Tensor], targets: Targets, _optimizer: torch.optim.Optimizer
) -> dict[str, float]:
    model.train()
    return {"total": sum(model(images, targets))}


@train_step.mistake(
    N_(
        "Only the classifier's loss is sent backward: the boxes, and the network that proposes them, learn "
        "nothing. Add up all parts."
    )
)
def _classifier_only(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=lambda parts: parts["loss_classifier"]))


@train_step.mistake(
    N_(
        "Only two of the four parts are sent backward, those of the boxes at the end. The network that "
        "proposes them, with `loss_objectness` and `loss_rpn_box_reg`, learns nothing: `sum(parts.values())`."
    )
)
def _without_proposals(*batch: Any) -> dict[str, float]:
    parts = ("loss_classifier", "loss_box_reg")
    return _numbers(*_stepped(*batch, loss=lambda losses: losses[parts[0]] + losses[parts[1]]))


def _some(*names: str) -> Callable[[dict[str, Tensor]], Tensor]:
    """A loss of some of the parts only."""
    return lambda parts: torch.stack([parts[name] for name in names]).sum()


@train_step.mistake(
    N_(
        "Only the two parts of the network that proposes boxes are sent backward. What looks at the "
        "proposals, with `loss_classifier` and `loss_box_reg`, learns nothing: `sum(parts.values())`."
    )
)
def _proposals_only(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=_some("loss_objectness", "loss_rpn_box_reg")))


@train_step.mistake(
    N_(
        "The two parts that say where a box lies aren't sent backward, `loss_box_reg` and "
        "`loss_rpn_box_reg`. The detector learns what there is, and not where: `sum(parts.values())`."
    )
)
def _without_places(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=_some("loss_classifier", "loss_objectness")))


@train_step.mistake(
    N_(
        "Only the two parts that say where a box lies are sent backward. Without `loss_classifier` and "
        "`loss_objectness` the detector never learns what there is: `sum(parts.values())`."
    )
)
def _places_only(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=_some("loss_box_reg", "loss_rpn_box_reg")))


@train_step.mistake(
    N_(
        "This is the mean of the parts. It learns, but with a quarter of the step the recipe means: "
        "torchvision's weights of the parts are made for their sum."
    )
)
def _mean_of_parts(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=lambda parts: torch.stack(list(parts.values())).mean()))


@train_step.mistake(
    N_("The gradient of the batch before is still there, and is added. Call `optimizer.zero_grad()` first.")
)
def _never_cleared(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, order=("backward", "step")))


@train_step.mistake(
    N_("The gradients are cleared after `backward`, so the step finds none. Clear, backward, step.")
)
def _cleared_too_late(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, order=("backward", "clear", "step")))


@train_step.mistake(N_("The gradients are there, and nobody follows them: `optimizer.step()` is missing."))
def _no_step(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, order=("clear", "backward")))


@train_step.mistake(
    N_(
        "No gradient is ever computed: the total's `backward()` is missing, so the step has nothing to "
        "follow."
    )
)
def _no_backward(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, order=("clear", "step")))


@train_step.mistake(
    N_(
        "Each part is sent backward and followed by itself, so the later ones move weights for a batch they "
        "no longer fit. One sum, one backward, one step."
    )
)
def _a_step_per_part(
    model: nn.Module, images: list[Tensor], targets: Targets, optimizer: torch.optim.Optimizer
) -> dict[str, float]:
    model.train()
    numbers = {}
    for name in _PARTS:
        part = model(images, targets)[name]
        optimizer.zero_grad()
        part.backward()
        optimizer.step()
        numbers[name] = part.item()
    return numbers | {"total": sum(numbers.values())}


@train_step.mistake(
    N_("The total is missing: the sum of the parts belongs into the dict too, under the name `total`.")
)
def _total_missing(*batch: Any) -> dict[str, float]:
    parts, _total = _stepped(*batch)
    return {name: part.item() for name, part in parts.items()}


@train_step.mistake(
    N_("Only the total is returned. The parts say *what* goes wrong: return each under its name too.")
)
def _total_only(*batch: Any) -> dict[str, float]:
    return {"total": _stepped(*batch)[1].item()}


@train_step.mistake(
    N_(
        "The returned losses are tensors that still hold the whole batch's graph: kept over an epoch they "
        "fill the memory. Return numbers: `part.item()`."
    )
)
def _keeps_the_graph(*batch: Any) -> dict[str, Tensor]:
    parts, total = _stepped(*batch)
    return parts | {"total": total}


@train_step.mistake(
    N_(
        "The numbers are right, and some of them stand under another part's name. Take name and number from "
        "the same place: `for name, part in parts.items()`."
    )
)
def _exchanged_names(*batch: Any) -> dict[str, float]:
    parts, total = _stepped(*batch)
    return dict(zip(_PARTS, [parts[name].item() for name in reversed(_PARTS)], strict=True)) | {
        "total": total.item()
    }


@train_step.mistake(
    N_(
        "`backward` finds no way back to the weights: the losses were cut off from the model before, by "
        "`no_grad`, `.item()` or `.detach()`."
    )
)
def _cut_off(*batch: Any) -> dict[str, float]:
    return _numbers(*_stepped(*batch, loss=lambda parts: torch.stack(list(parts.values())).sum().detach()))
