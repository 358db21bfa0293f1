"""The parts of a model, as few as can be read off a picture."""

from collections.abc import Mapping

import torch

__all__ = ["by_part"]

_READABLE = 9  # bars with a name each
_FEW = 5  # fewer say too little: then more parts, whose names a picture leaves out
_MOST = 24


def by_part(tensors: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """The length of each part's numbers taken together, in the model's order.

    Args:
        tensors: by the names of a model's parameters, of any shape; gradients, say.

    Returns:
        Name of the part → length. Parts are as small as can still be read: layers of a small network,
        blocks of a larger one.

    >>> by_part({"conv.weight": torch.tensor([3.0]), "conv.bias": torch.tensor([4.0])})
    {'conv': 5.0}
    """
    groups: dict[str, list[torch.Tensor]] = {}
    depth = _depth(list(tensors))
    for name, tensor in tensors.items():
        groups.setdefault(_part(name, depth), []).append(tensor)
    return {name: _length(members) for name, members in groups.items()}


def _length(tensors: list[torch.Tensor]) -> float:
    """The Euclidean length of all numbers of some tensors of any shape."""
    squares = [tensor.detach().float().pow(2).sum() for tensor in tensors]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0


def _part(name: str, depth: int) -> str:
    """``depth`` steps into the model, but never as far as the parameter's own name."""
    path = name.split(".")
    return ".".join(path[: max(1, min(depth, len(path) - 1))])


def _depth(names: list[str]) -> int:
    deepest = max((name.count(".") for name in names), default=1)
    counts = {depth: len({_part(name, depth) for name in names}) for depth in range(1, deepest + 1)}
    readable = [depth for depth, count in counts.items() if count <= _READABLE]
    if readable and counts[readable[-1]] >= _FEW:
        return readable[-1]
    return max((depth for depth, count in counts.items() if count <= _MOST), default=1)
