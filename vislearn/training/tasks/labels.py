"""Labels against scores, of pictures or of their pixels: cross-entropy that says which label is wrong."""

from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError

__all__ = ["IGNORED", "cross_entropy", "label_error"]

IGNORED = -100  # torch's own mark for "no label here"


def cross_entropy(scores: torch.Tensor, target: torch.Tensor, **how: Any) -> torch.Tensor:
    """Cross-entropy in nats, as torch computes it, with a word for labels that have no score.

    Args:
        scores: float (N, K), or (N, K, H, W) for pixels, of any range.
        target: int64 (N,) or (N, H, W), where -100 doesn't count; or float, each class's share, like scores.
        **how: as torch.nn.functional.cross_entropy takes it.

    Returns:
        A scalar; with ``reduction="none"`` a loss per label. On a GPU nan where a label has no score.

    Raises:
        InputError: a label has no score (not on a GPU, which would have to wait for the answer).
    """
    if target.is_floating_point():
        return nn.functional.cross_entropy(scores, target, **how)
    if target.is_cuda:
        return _nan_for_strangers(scores, target, **how)
    try:
        return nn.functional.cross_entropy(scores, target, **how)
    except IndexError as trouble:
        raise label_error(target, scores.shape[1]) or trouble from None


def _nan_for_strangers(scores: torch.Tensor, target: torch.Tensor, **how: Any) -> torch.Tensor:
    """Without a look at the labels: CUDA answers a wrong one by breaking every later call, and a look waits.

    The training looks at its losses in any case, and asks for a complaint where one is nan.
    """
    known = ((target >= 0) & (target < scores.shape[1])) | (target == IGNORED)
    loss = nn.functional.cross_entropy(scores, target.where(known, 0), **how)
    return loss.where(known if loss.ndim else known.all(), torch.nan)


def label_error(target: torch.Tensor, classes: int) -> InputError | None:
    """What is wrong with the first label that has no score; None where all have one.

    Args:
        target: labels of any shape; shares of classes, which are float, are never wrong.
        classes: how many scores the model gives.

    >>> print(label_error(torch.tensor([0, 3]), 3))
    labels must lie in 0…2, for the model's 3 scores, got 3. Labels count from 0; or give the model a head \
with at least 4 scores.
    """
    strangers = target[((target < 0) | (target >= classes)) & (target != IGNORED)]
    if target.is_floating_point() or not len(strangers):
        return None
    label = int(strangers[0])
    fix = "Labels count from 0"
    fix += "." if label < 0 else f"; or give the model a head with at least {label + 1} scores."
    rule = f"must lie in 0…{classes - 1}, for the model's {classes} scores"
    return InputError("labels", rule, got=label, fix=fix)
