"""Which parameters learn, how many there are, and how fast each group goes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import nn

from vislearn.errors import InputError
from vislearn.models.heads import head

__all__ = ["ParameterCount", "count_parameters", "parameter_groups"]


class ParameterCount(NamedTuple):
    """How many numbers a network can learn now, and how many it has."""

    trainable: int
    total: int


def count_parameters(model: nn.Module) -> ParameterCount:
    """Count a network's parameters; those that two layers share count once, buffers don't.

    Args:
        model: any network or part of one.

    >>> count_parameters(nn.Linear(10, 2))
    ParameterCount(trainable=22, total=22)
    """
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return ParameterCount(sum(size for size, learns in sizes if learns), sum(size for size, _ in sizes))


def parameter_groups(
    model: nn.Module,
    lr: float,
    *,
    backbone_lr: float | None = None,
    weight_decay: float = 0.0,
    decay_all: bool = False,
) -> list[dict[str, Any]]:
    """Groups for an optimizer: the new part at ``lr``, what is already trained more slowly.

    Features that took days to learn need a nudge; a new head has everything to learn. Frozen parameters
    are left out. Scales, shifts and biases (parameters with one dimension) don't decay: pulling
    BatchNorm's scale towards zero regularises nothing.

    Args:
        model: a classifier, whose head is the new part; or a detector or segmenter of torchvision, where
            all but ``backbone`` (with a feature pyramid: but its ``body``) is new.
        lr: learning rate of the new part.
        backbone_lr: learning rate of the rest; by default ``lr`` too.
        weight_decay: of everything that has more than one dimension.
        decay_all: decay scales, shifts and biases too.

    Returns:
        Dictionaries with ``params``, ``lr``, ``weight_decay`` and ``name``; empty groups are left out.

    Raises:
        InputError: everything is frozen, or the head is not found.

    >>> from vislearn.models import SmallResNet
    >>> groups = parameter_groups(SmallResNet(10), 1e-2, backbone_lr=1e-3, weight_decay=1e-4)
    >>> [(group["name"], group["lr"], group["weight_decay"]) for group in groups[:3]]
    [('head', 0.01, 0.0001), ('head, no decay', 0.01, 0.0), ('backbone', 0.001, 0.0001)]
    """
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not learning:
        raise InputError(
            "model",
            "must have parameters that learn",
            got="a network that is frozen as a whole",
            fix="Replace its head, or unfreeze a part of it.",
        )
    if backbone_lr is None:
        parts = [("all", lr, learning)]
    else:
        old = _trained_before(model)
        parts = [
            ("head", lr, [parameter for parameter in learning if id(parameter) not in old]),
            ("backbone", backbone_lr, [parameter for parameter in learning if id(parameter) in old]),
        ]
    groups = []
    for name, speed, parameters in parts:
        decaying = [parameter for parameter in parameters if decay_all or parameter.ndim > 1]
        exempt = [parameter for parameter in parameters if not decay_all and parameter.ndim <= 1]
        for title, members, decay in ((name, decaying, weight_decay), (f"{name}, no decay", exempt, 0.0)):
            if members:
                groups.append({"params": members, "lr": speed, "weight_decay": decay, "name": title})
    return groups


def _trained_before(model: nn.Module) -> set[int]:
    """Which parameters (by identity) belong to the part that is not new."""
    backbone = getattr(model, "backbone", None)
    if isinstance(backbone, nn.Module):
        return _identities(getattr(backbone, "body", backbone).parameters())
    return _identities(model.parameters()) - _identities(head(model).parameters())


def _identities(parameters: Iterable[nn.Parameter]) -> set[int]:
    return {id(parameter) for parameter in parameters}
