"""Exercise of lesson 02: count the numbers of a network, those that learn and all."""

from typing import Any

import torch
from torch import nn

from vislearn.exercises.lessons.transfer.networks import network, set_learning
from vislearn.exercises.registry import N_, exercise

__all__ = ["count_parameters"]


@exercise(
    "transfer.count_parameters",
    trials=3,
    hints=[
        N_("`model.parameters()` gives tensors. How many numbers does one tensor hold?"),
        N_("`parameter.numel()` is the count of numbers in it; `parameter.requires_grad` says if it learns."),
        N_("Sum `numel()` twice: once over those that require a gradient, once over all of them."),
    ],
)
def count_parameters(model: nn.Module) -> tuple[int, int]:
    """Count the numbers in a model: those that learn, and all.

    Args:
        model: a network of which some parameters are frozen.

    Returns:
        (how many numbers learn, how many there are), two whole numbers; buffers such as BatchNorm's running
        statistics are no parameters and don't count.
    """
    learning = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    return learning, sum(parameter.numel() for parameter in model.parameters())


@count_parameters.inputs
def _partly_frozen_network(generator: torch.Generator) -> tuple[nn.Module]:
    model = network(generator)
    set_learning([*model.conv1.parameters(), *model.bn1.parameters()], False)
    return (model,)


@count_parameters.mistake(
    N_("You count tensors. A weight of shape (8, 3, 3, 3) holds 216 numbers: add up `parameter.numel()`.")
)
def _tensors_counted(model: nn.Module) -> Any:
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return len(learning), len(list(model.parameters()))


@count_parameters.mistake(
    N_("Both numbers count everything. The first counts only parameters with `requires_grad`.")
)
def _all_twice(model: nn.Module) -> Any:
    total = sum(parameter.numel() for parameter in model.parameters())
    return total, total


@count_parameters.mistake(N_("The two are swapped: first how many learn, then how many there are."))
def _swapped(model: nn.Module) -> Any:
    return count_parameters(model)[::-1]


@count_parameters.mistake(
    N_("Your first number counts the frozen ones. Those with `requires_grad` learn; the others are frozen.")
)
def _frozen_counted(model: nn.Module) -> Any:
    learning, total = count_parameters(model)
    return total - learning, total


@count_parameters.mistake(
    N_("Your second number counts only the frozen ones. It is to count all: those that learn, too.")
)
def _frozen_as_total(model: nn.Module) -> Any:
    learning, total = count_parameters(model)
    return learning, total - learning


@count_parameters.mistake(
    N_(
        "Your total counts `state_dict()`, which also holds BatchNorm's running statistics and counters. "
        "They are buffers; use `model.parameters()`."
    )
)
def _buffers_too(model: nn.Module) -> Any:
    return count_parameters(model)[0], sum(value.numel() for value in model.state_dict().values())


@count_parameters.mistake(
    N_("`len(parameter)` is only the length of its first axis. All its numbers are `parameter.numel()`.")
)
def _first_axis(model: nn.Module) -> Any:
    learning = sum(len(parameter) for parameter in model.parameters() if parameter.requires_grad)
    return learning, sum(len(parameter) for parameter in model.parameters())


@count_parameters.mistake(N_("Return two numbers: how many learn, and how many there are."))
def _only_learning(model: nn.Module) -> Any:
    return count_parameters(model)[0]
