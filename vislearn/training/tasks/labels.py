"""Labels against scores, of pictures or of their pixels: cross-entropy that says which label is wrong."""

from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError

__all__ = ["IGNORED", "cross_entropy", "form_error", "label_error"]

IGNORED = -100  # torch's own mark for "no label here"


def cross_entropy(scores: torch.Tensor, target: torch.Tensor, **how: Any) -> torch.Tensor:
    """Cross-entropy in nats, as torch computes it, with a word for labels that have no score.

    Args:
        scores: float (N, K), or (N, K, H, W) for pixels, of any range.
        target: integers (N,) or (N, H, W), where -100 doesn't count; or float, each class's share, like
            scores.
        **how: as torch.nn.functional.cross_entropy takes it.

    Returns:
        A scalar; with ``reduction="none"`` a loss per label. On a GPU nan where a label has no score.

    Raises:
        InputError: a label has no score (not on a GPU, which would have to wait for the answer).
    """
    if target.is_floating_point():
        return nn.functional.cross_entropy(scores, target, **how)
    target = target.long()  # torch takes no other, and every integer says the same class
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


def form_error(target: Any, pictures: int, *, shares: bool) -> InputError | None:
    """What is wrong with the form of a batch's classes; None where it is (N,) of integers.

    Args:
        target: what the loader gives beside the pictures.
        pictures: N.
        shares: whether each class's share, float (N, K), is an answer too: one can learn from it, and not
            judge by it.

    >>> print(form_error(torch.zeros(4, 1), 4, shares=True))
    labels must be integers (N,), one class per picture, got float32 (4, 1). Add .squeeze(1).long().
    """
    if not isinstance(target, torch.Tensor):
        got, fix = type(target).__name__, "torch.tensor(labels) makes a tensor of a list of numbers."
    elif target.ndim == 2 and (target.shape[1] == 1 or not (shares and target.is_floating_point())):
        fix = "Add .squeeze(1)" if target.shape[1] == 1 else "One-hot rows become classes by .argmax(dim=1)"
        fix += ".long()." if target.is_floating_point() and target.shape[1] == 1 else "."
        got = _form(target)
    elif target.ndim not in (1, 2):
        got, fix = _form(target), "For a class per pixel, another task is needed."
    elif target.ndim == 1 and target.is_floating_point():
        got, fix = _form(target), "Add .long()."
    elif len(target) != pictures:
        got, fix = f"{len(target)} for {pictures} pictures", "Look at the loader's collate_fn."
    else:
        return None
    return InputError("labels", "must be integers (N,), one class per picture", got=got, fix=fix)


def _form(target: torch.Tensor) -> str:
    return f"{str(target.dtype).removeprefix('torch.')} {tuple(target.shape)}"


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
