"""Right or wrong, counted."""

import torch

from vislearn.errors import InputError

__all__ = ["accuracy"]


def accuracy(logits: torch.Tensor, target: torch.Tensor) -> float:
    """Share of right answers in [0, 1]: logits (N, K), target (N,) -> a number; nan for no pictures.

    Args:
        logits: one score per class, any float dtype; the largest is the answer.
        target: the right class of each picture, 0 ... K-1.

    Raises:
        InputError: the shapes don't fit together.

    >>> accuracy(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 0]))
    0.5
    """
    if logits.ndim != 2 or target.shape != logits.shape[:1]:
        raise InputError(
            "logits and target", "must have shapes (N, K) and (N,)",
            got=f"{tuple(logits.shape)} and {tuple(target.shape)}",
        )  # fmt: skip
    return (logits.argmax(dim=1) == target).float().mean().item()
