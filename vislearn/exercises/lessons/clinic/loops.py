"""Exercises of lesson 13: a loop and an evaluation that run and are wrong."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.lessons.clinic.named import NAMED, result_and_name
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["answers", "learned"]

Batches = list[tuple[Tensor, Tensor]]


@exercise(
    "clinic.learned",
    hints=[
        N_("Which line of a loop is missing here? Count: scores, loss, …, gradients, step."),
        N_(
            "Put the loop under `with traps.watch(model, optimizer) as watched:`. Then "
            "`watched.found[0].trap.name` is the name to return."
        ),
        N_("`optimizer.zero_grad()` in every round, before `loss.backward()`."),
    ],
)
def learned(model: nn.Module, batches: list) -> tuple[nn.Module, str]:
    """Mend the loop of case 3, and name its trap.

        for images, labels in batches:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()

    Args:
        model: gives logits; to be trained, with `torch.optim.SGD(model.parameters(), lr=0.1)`.
        batches: pairs, images and labels.

    Returns:
        The same model, trained with each batch once, in their order; and the trap's name.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for images, labels in batches:
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, "zero_grad_forgotten"


@learned.inputs
def _model_and_batches(generator: torch.Generator) -> tuple[nn.Module, Batches]:
    model = nn.Linear(4, 3)
    with torch.no_grad():
        model.weight.copy_(torch.randn(3, 4, generator=generator))
        model.bias.zero_()
    count = 5 + draw(3, generator)
    return model, [
        (torch.randn(6, 4, generator=generator), torch.randint(3, (6,), generator=generator))
        for _batch in range(count)
    ]


@learned.observe
def _weights(function: Callable[..., Any], model: nn.Module, batches: Batches) -> dict[str, Any]:
    trained, name = result_and_name(function(model, batches))
    if not isinstance(trained, nn.Module):
        raise Unusable(_("the first of the two must be the model; it is {got}.", got=describe(trained)))
    weights = torch.cat([part.detach().flatten() for part in trained.parameters()])
    return {
        N_("The weights after training"): weights.float(),
        N_("The model that came in is what comes back"): trained is model,
        NAMED: name == "zero_grad_forgotten",
    }


def _trained(model: nn.Module, batches: Batches, zero: Callable[[int, str], bool]) -> nn.Module:
    """A loop that sets gradients to zero wherever ``zero(batch's number, place)`` says so."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number, (images, labels) in enumerate(batches):
        loss = nn.functional.cross_entropy(model(images), labels)
        if zero(number, "before"):
            optimizer.zero_grad()
        loss.backward()
        if zero(number, "between"):
            optimizer.zero_grad()
        optimizer.step()
    return model


@learned.mistake(
    N_(
        "The name is right, and the loop still adds each batch's gradients to those of all batches before. "
        "`optimizer.zero_grad()` belongs into every round; before the loop it helps only the first."
    )
)
def _still_adding(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    return _trained(model, batches, lambda _number, _place: False), "zero_grad_forgotten"


@learned.mistake(
    N_(
        "The model is as it was before. Either `zero_grad` stands between `backward` and `step`, so that the "
        "gradients are gone before they are used; or `step` isn't called, or for another model's parameters."
    )
)
def _zeroed_too_late(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    return _trained(model, batches, lambda _number, place: place == "between"), "zero_grad_forgotten"


@learned.mistake(
    N_(
        "The gradients are set to zero in every second round only. Two batches added together are another "
        "step than two batches one by one."
    )
)
def _every_second(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    every = _trained(model, batches, lambda number, place: place == "before" and number % 2 == 0)
    return every, "zero_grad_forgotten"


@learned.mistake(
    N_(
        "The loop is mended, and the trap has another name. Put the loop as it was under `traps.watch`, and "
        "ask `watched.found`."
    )
)
def _loop_alone(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    return learned(model, batches)[0], "nothing_trainable"


@learned.mistake(
    N_(
        "You trained a copy, and rightly so; but whoever holds the model that came in, holds an untrained "
        "one. Train `model` itself, and return it."
    )
)
def _a_copy(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    return learned(copy.deepcopy(model), batches)


@learned.mistake(
    N_(
        "The name is right, and only the first batch is learned from: `return` stands inside the loop. Move "
        "it out by one indent."
    )
)
def _first_batch_only(model: nn.Module, batches: Batches) -> tuple[nn.Module, str]:
    return learned(model, batches[:1])


@exercise(
    "clinic.answers",
    hints=[
        N_("`no_grad` saves memory. Does it tell BatchNorm that this is no training?"),
        N_("A model has two modes. In train mode, BatchNorm takes mean and spread of the batch at hand."),
        N_(
            "`model.eval()` before the answers. The name is that of case 2: `watched.found[0].trap.name` "
            "says it."
        ),
    ],
)
def answers(model: nn.Module, images: Tensor) -> tuple[Tensor, str]:
    """Mend the evaluation of case 2, and name its trap.

        with torch.no_grad():
            return model(images)

    Args:
        model: with BatchNorm, as training left it, in train mode.
        images: (N, 8), float32, N at least 2.

    Returns:
        The logits, (N, 3), each picture's independent of the others; and the trap's name.
    """
    model.eval()
    with torch.no_grad():
        return model(images), "missing_eval"


@answers.inputs
def _model_and_images(generator: torch.Generator) -> tuple[nn.Module, Tensor]:
    model = nn.Sequential(nn.Linear(8, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))
    with torch.no_grad():
        for part in model.parameters():
            part.copy_(torch.rand(part.shape, generator=generator) - 0.4)
        model[1].running_mean.copy_(torch.rand(6, generator=generator))  # type: ignore[operator]
        model[1].running_var.copy_(1 + torch.rand(6, generator=generator))  # type: ignore[operator]
    return model.train(), torch.randn(4 + draw(4, generator), 8, generator=generator)


@answers.observe
def _logits(function: Callable[..., Any], model: nn.Module, images: Tensor) -> dict[str, Any]:
    before = _statistics(model)
    logits, name = result_and_name(function(model, images))
    numbers = as_tensor(logits)
    if numbers is None:
        raise Unusable(_("the first of the two must be the logits; it is {got}.", got=describe(logits)))
    return {
        N_("The logits"): numbers.detach().float(),
        N_("BatchNorm's statistics stay as they were"): torch.equal(before, _statistics(model)),
        NAMED: name == "missing_eval",
    }


def _statistics(model: nn.Module) -> Tensor:
    return torch.cat([part.flatten().clone() for name, part in model.named_buffers() if "running" in name])


@answers.mistake(
    N_(
        "The name is right, and the model still answers in train mode: each picture's logits depend on the "
        "rest of the batch. `no_grad` doesn't change that; `model.eval()` does."
    )
)
def _in_train_mode(model: nn.Module, images: Tensor) -> tuple[Tensor, str]:
    return model(images), "missing_eval"


@answers.mistake(
    N_(
        "`eval()` comes too late: the pictures went through the model in train mode once, and have moved "
        "BatchNorm's statistics. Call it before the first picture."
    )
)
def _too_late(model: nn.Module, images: Tensor) -> tuple[Tensor, str]:
    model(images)
    return model.eval()(images), "missing_eval"


@answers.mistake(
    N_(
        "The statistics don't move any more, but they aren't used either: the answers come from the batch's "
        "own mean and spread. `model.eval()` does both."
    )
)
def _held_still(model: nn.Module, images: Tensor) -> tuple[Tensor, str]:
    for part in model.modules():
        if isinstance(part, nn.BatchNorm1d):
            part.momentum = 0.0
    return model(images), "missing_eval"


@answers.mistake(
    N_(
        "The logits are right, and the trap has another name. `no_grad` was there from the beginning: what "
        "was missing?"
    )
)
def _logits_alone(model: nn.Module, images: Tensor) -> tuple[Tensor, str]:
    return model.eval()(images), "missing_no_grad"
