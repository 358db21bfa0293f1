"""Exercise of lesson 03: one epoch of a training loop, observed at work."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from vislearn.exercises.comparing import as_number
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.watch import Watch
from vislearn.language import translate as _
from vislearn.seeding import Chance

__all__ = ["train_epoch"]

Step = Callable[[nn.Module, torch.optim.Optimizer, Tensor, Tensor], Tensor]


@exercise(
    "training.train_epoch",
    trials=2,
    hints=[
        N_(
            "Five things per batch: scores, loss, gradients cleared, gradients computed, a step. In which "
            "order?"
        ),
        N_(
            "Before the loop: `model.train()`. For each batch: `loss = "
            "torch.nn.functional.cross_entropy(model(images), target)`, then `optimizer.zero_grad()`, "
            "`loss.backward()`, `optimizer.step()`."
        ),
        N_(
            "Add up `loss.item() * len(target)` over the batches and divide by the number of pictures at the"
            " end: the last batch is smaller and must count less."
        ),
    ],
)
def train_epoch(model: torch.nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    """Train a model for one epoch with cross-entropy, and return its mean loss.

    The model may come in eval mode. Each batch gives one step of the optimizer.

    Args:
        model: takes images, returns logits (N, K).
        loader: yields (images, target); the last batch is smaller.
        optimizer: holds the model's parameters.

    Returns:
        The mean loss per picture, as a Python number, each batch's as it was before its step.
    """
    model.train()
    total, pictures = 0.0, 0
    for images, target in loader:
        loss = torch.nn.functional.cross_entropy(model(images), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(target)
        pictures += len(target)
    return total / pictures


@train_epoch.inputs
def _little_training(generator: torch.Generator) -> tuple[nn.Module, DataLoader, torch.optim.Optimizer]:
    images, target = torch.randn(22, 1, 3, 3, generator=generator), torch.arange(22) % 3
    with Chance(draw(999, generator), cpu_only=True):  # a model's first weights are drawn by the global one
        model = nn.Sequential(nn.Flatten(), nn.Linear(9, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model.eval(), DataLoader(TensorDataset(images, target), batch_size=8), optimizer


class _Epoch(Watch):
    """What happens to a model while somebody else's loop trains it."""

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, batches: list[tuple[Tensor, Tensor]]
    ) -> None:
        super().__init__(model, optimizer)
        self.batches = batches
        self.seen: list[int] = []  # which batch each forward pass got
        self.losses: list[float] = []
        self.wanted: list[list[Tensor]] = []  # the gradient of each forward pass alone
        self.used: list[float] = []  # how much of it each step found: 1 is right

    def note_forward(self, args: tuple[Tensor, ...], logits: Tensor) -> None:
        at = next((i for i, (images, _) in enumerate(self.batches) if torch.equal(images, args[0])), -1)
        loss = functional.cross_entropy(logits, self.batches[at][1]) if at >= 0 else logits.sum()
        self.seen.append(at)
        self.losses.append(loss.item())
        alone = torch.autograd.grad(loss, self.parameters, retain_graph=True) if loss.requires_grad else ()
        self.wanted.append(list(alone))

    def note_step(self) -> None:
        pairs = list(zip(self.parameters, self.wanted[-1] if self.wanted else [], strict=False))
        found = sum(float((p.grad * alone).sum()) for p, alone in pairs if p.grad is not None)
        self.used.append(found / (sum(float((alone * alone).sum()) for _p, alone in pairs) or 1.0))

    def by_hand(self) -> bool:
        """Did each step find a gradient although nobody called `backward`, as after `torch.autograd.grad`?"""
        return self.backwards == 0 and len(self.used) == len(self.seen) > 0 and min(self.used) > 0

    def mean_loss(self) -> float:
        """Per picture, over what was really put through the model."""
        sizes = [len(self.batches[at][1]) for at in self.seen]
        return sum(size * loss for size, loss in zip(sizes, self.losses, strict=True)) / max(1, sum(sizes))


@train_epoch.observe
def _facts_of_epoch(
    function: Callable[..., Any], model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer
) -> dict[str, Any]:
    batches = list(loader)
    with _Epoch(model, optimizer, batches) as watch:
        answer = function(model, loader, optimizer)
    try:
        number = as_number(answer)
    except (TypeError, ValueError, RuntimeError):
        raise Unusable(
            _("one number expected, the mean loss; {got} returned.", got=describe(answer))
        ) from None
    return {
        N_("Every batch goes through the model once"): watch.seen == list(range(len(batches))),
        N_("Batches that go through the model"): len(watch.seen),
        N_("The model is in train mode"): bool(watch.modes) and all(watch.modes),
        N_("Every loss is sent backward"): watch.backwards == len(watch.seen) > 0 or watch.by_hand(),
        N_("The optimizer steps once per batch"): watch.steps == len(set(watch.seen)) > 0,
        N_("The first step's gradient, in multiples of cross-entropy's"): (watch.used or [0.0])[0],
        N_("Later steps find as much of their own batch's gradient"): all(
            abs(found - watch.used[0]) < 1e-3 for found in watch.used
        ),
        N_("The weights change"): watch.changed(),
        N_("The returned loss, in multiples of the mean per picture"): number / (watch.mean_loss() or 1.0),
        N_("The returned loss holds on to no graph"): not getattr(answer, "requires_grad", False),
    }


def _epoch(
    model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer, step: Step, training: bool = True
) -> tuple[list[Tensor], list[int]]:
    """A loop around ``step``, which returns a batch's loss: the losses with their graphs, and batch sizes."""
    model.train(training)
    losses = [(step(model, optimizer, images, target), len(target)) for images, target in loader]
    return [loss for loss, _size in losses], [size for _loss, size in losses]


def _mean(losses: list[Tensor], sizes: list[int]) -> float:
    return sum(loss.item() * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)


def _in_order(*actions: str) -> Step:
    """A step: the loss, then what is named, in this order: ``backward`` or a method of the optimizer."""

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, target: Tensor) -> Tensor:
        loss = functional.cross_entropy(model(images), target)
        for action in actions:
            (loss.backward if action == "backward" else getattr(optimizer, action))()
        return loss

    return step


_usual = _in_order("zero_grad", "backward", "step")


@train_epoch.mistake(
    N_(
        "Gradients pile up: `backward` adds to what is there. Without `optimizer.zero_grad()` each step also"
        " takes all earlier batches' gradients, at weights that are no more."
    )
)
def _never_cleared(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    return _mean(*_epoch(model, loader, optimizer, _in_order("backward", "step")))


@train_epoch.mistake(
    N_(
        "The step finds no gradients: they are cleared after `backward`, or the step comes before it. The "
        "order is zero_grad, backward, step."
    )
)
def _cleared_too_late(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    return _mean(*_epoch(model, loader, optimizer, _in_order("backward", "zero_grad", "step")))


@train_epoch.mistake(
    N_(
        "No gradient reaches the model, so the step has nothing to follow: `loss.backward()` is missing, or "
        "the loss was cut off from the model before, by `.item()`, `.detach()` or `no_grad`."
    )
)
def _no_backward(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    return _mean(*_epoch(model, loader, optimizer, _in_order("step")))


@train_epoch.mistake(N_("The gradients are there, but nobody follows them: `optimizer.step()` is missing."))
def _no_step(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    return _mean(*_epoch(model, loader, optimizer, _in_order("zero_grad", "backward")))


@train_epoch.mistake(
    N_(
        "The model stays in eval mode: BatchNorm neither uses nor learns its batches' statistics, dropout "
        "drops nothing. Call `model.train()` first."
    )
)
def _left_in_eval(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    return _mean(*_epoch(model, loader, optimizer, _usual, training=False))


@train_epoch.mistake(
    N_("`return` stands inside the loop, so only the first batch is learned from. Move it out by one indent.")
)
def _one_batch(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    model.train()
    images, target = next(iter(loader))
    return _usual(model, optimizer, images, target).item()


@train_epoch.mistake(
    N_(
        "Softmax stands before cross-entropy, which applies it again. The gradients shrink, and training "
        "crawls. Pass the logits as they are."
    )
)
def _softmax_first(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, target: Tensor) -> Tensor:
        return _usual(nn.Sequential(model, nn.Softmax(dim=1)), optimizer, images, target)

    return _mean(*_epoch(model, loader, optimizer, step))


# Whether it came from the mean or was asked for as a sum; told the same.
_SUM = N_(
    "The gradient is that of the sum over the batch, so a larger batch takes larger steps. Send the mean"
    " backward, which `cross_entropy` gives by itself."
)


@train_epoch.mistake(_SUM)
def _summed(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, target: Tensor) -> Tensor:
        loss = functional.cross_entropy(model(images), target)
        optimizer.zero_grad()
        (loss * len(target)).backward()
        optimizer.step()
        return loss

    return _mean(*_epoch(model, loader, optimizer, step))


def _by(loss: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., float]:
    """An epoch that is right but for its loss: logits (N, K) and target (N,) -> one number."""

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: Tensor, target: Tensor) -> Tensor:
        found = loss(model(images), target)
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        return found

    return lambda model, loader, optimizer: _mean(*_epoch(model, loader, optimizer, step))


def _one_hot(logits: Tensor, target: Tensor) -> Tensor:
    return functional.one_hot(target, logits.shape[1]).to(logits.dtype)


@train_epoch.mistake(_SUM)
def _sum_weighted_again(*loop: Any) -> float:
    return _by(lambda logits, target: functional.cross_entropy(logits, target, reduction="sum"))(*loop)


# With logits, with probabilities; told the same.
_SQUARES = N_(
    "The loss is the mean squared error. It is made for numbers to be met, not for classes: where the model "
    "is surest and wrong, its gradient is small. Here cross-entropy is asked for, with the logits."
)


@train_epoch.mistake(_SQUARES)
def _squares_of_logits(*loop: Any) -> float:
    return _by(lambda logits, target: functional.mse_loss(logits, _one_hot(logits, target)))(*loop)


@train_epoch.mistake(_SQUARES)
def _squares_of_probabilities(*loop: Any) -> float:
    return _by(lambda logits, target: functional.mse_loss(logits.softmax(1), _one_hot(logits, target)))(*loop)


@train_epoch.mistake(
    N_(
        "The loss is binary cross-entropy: it asks a yes or no of each class, as if a picture could show "
        "several. One class is right here: `cross_entropy`, with the numbers of the classes."
    )
)
def _yes_or_no(*loop: Any) -> float:
    binary = functional.binary_cross_entropy_with_logits
    return _by(lambda logits, target: binary(logits, _one_hot(logits, target)))(*loop)


# With logits, with probabilities; told the same.
_NO_LOG = N_(
    "The loss is negative: `nll_loss` and its like expect the logarithm of probabilities, and it was given "
    "something else. `cross_entropy` takes the logits and does both."
)


@train_epoch.mistake(_NO_LOG)
def _nll_of_logits(*loop: Any) -> float:
    return _by(functional.nll_loss)(*loop)


@train_epoch.mistake(_NO_LOG)
def _nll_of_probabilities(*loop: Any) -> float:
    return _by(lambda logits, target: functional.nll_loss(logits.softmax(1), target))(*loop)


@train_epoch.mistake(
    N_(
        "`backward` finds no way back to the weights: the loss was cut off from the model before, by "
        "`no_grad`, `.item()`, `.detach()` or `argmax`."
    )
)
def _cut_off(*loop: Any) -> float:
    return _by(lambda logits, target: functional.cross_entropy(logits.detach(), target))(*loop)


@train_epoch.mistake(
    N_(
        "This is the mean of the batches' losses. The last batch is smaller, so its pictures count more: "
        "weight each loss by `len(target)`."
    )
)
def _mean_of_batches(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    losses, _sizes = _epoch(model, loader, optimizer, _usual)
    return sum(loss.item() for loss in losses) / len(losses)


@train_epoch.mistake(N_("The batches' losses are added up, but never divided: return the mean per picture."))
def _sum_of_batches(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    losses, _sizes = _epoch(model, loader, optimizer, _usual)
    return sum(loss.item() for loss in losses)


@train_epoch.mistake(
    N_("This is the loss of the last batch alone, a noisy number. Return the mean over the whole epoch.")
)
def _last_loss(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> float:
    losses, _sizes = _epoch(model, loader, optimizer, _usual)
    return losses[-1].item()


@train_epoch.mistake(
    N_(
        "The returned loss still holds every batch's graph in memory: after a few epochs the memory is full."
        " Add up `loss.item()`, not `loss`."
    )
)
def _keeps_the_graph(model: nn.Module, loader: DataLoader, optimizer: torch.optim.Optimizer) -> Tensor:
    losses, sizes = _epoch(model, loader, optimizer, _usual)
    return (torch.stack(losses) * torch.tensor(sizes)).sum() / sum(sizes)
