"""Losses that ask each pixel by itself, and take the mean of those that are known."""

from collections.abc import Sequence

import torch
from torch.nn import functional as F

from vislearn.errors import InputError
from vislearn.ops.losses.checks import class_numbers, planes

__all__ = ["pixel_bce", "pixel_cross_entropy", "pixel_focal"]

Weights = torch.Tensor | Sequence[float]


def pixel_cross_entropy(
    logits: torch.Tensor,
    target: torch.Tensor,
    *,
    weight: Weights | None = None,
    ignore_index: int | None = 255,
) -> torch.Tensor:
    """The mean of -log p, p the probability of the true class: (N, K, H, W), (N, H, W) -> scalar, 0 or more.

    Equal to torch's ``cross_entropy``, but for a batch without a known pixel, or with none whose weight is
    above 0: torch gives nan there, which spoils a model in one step; here it is 0, and so is its gradient.

    Args:
        logits: any float dtype, K ≥ 2; half precision is added up in float32.
        target: class numbers 0 … K-1.
        weight: K numbers, 0 or more; the mean is then over weights: a class with .1 counts a tenth.
        ignore_index: the number of pixels that don't count; None: all do.

    Raises:
        InputError: no logits, no class numbers, or the two don't fit together.

    >>> logits = torch.tensor([2.0, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 1, 3)
    >>> pixel_cross_entropy(logits, torch.tensor([[[0, 0, 255]]]))
    tensor(0.1269)
    >>> pixel_cross_entropy(logits, torch.tensor([[[255, 255, 255]]]))
    tensor(0.)
    """
    numbers, known = class_numbers(logits, target, ignore_index)
    each = F.cross_entropy(logits, numbers, reduction="none")  # (N, H, W)
    return _mean(each, known * _weight(weight, logits)[numbers])


def pixel_focal(
    logits: torch.Tensor,
    target: torch.Tensor,
    *,
    gamma: float = 2.0,
    weight: Weights | None = None,
    ignore_index: int | None = 255,
) -> torch.Tensor:
    """Cross-entropy times (1 - p)^gamma: what is right already hardly counts; -> scalar, 0 or more.

    With gamma 0 it is :func:`pixel_cross_entropy`. Without a known pixel it is 0, and so is its gradient.

    Args:
        logits: (N, K, H, W); K = 1 asks "object or not", as sigmoid does.
        target: class numbers (N, H, W), 0 … K-1, for K = 1 0 and 1.
        gamma: 0 or more; how fast the easy ones fade.
        weight: as for :func:`pixel_cross_entropy`; for K = 1 two numbers, of no object and of the object.
        ignore_index: as there.

    Raises:
        InputError: as there, or gamma below 0.

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), eq. 4.

    >>> logits = torch.tensor([2.0, 0.0]).reshape(1, 2, 1, 1)
    >>> pixel_focal(logits, torch.tensor([[[0]]])), pixel_focal(logits, torch.tensor([[[1]]]))
    (tensor(0.0018), tensor(1.6501))
    """
    if not gamma >= 0:
        raise InputError("gamma", "must be 0 or more", got=gamma)
    if isinstance(logits, torch.Tensor) and logits.ndim == 4 and logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)  # softmax of (0, x) is sigmoid of x
    numbers, known = class_numbers(logits, target, ignore_index)
    each = F.cross_entropy(logits, numbers, reduction="none")  # (N, H, W)
    unsure = -torch.expm1(-each)  # 1 - p
    unsure = unsure.clamp(min=torch.finfo(each.dtype).tiny)  # at 0 the slope of a root is infinite
    return _mean(each * unsure**gamma, known * _weight(weight, logits)[numbers])


def pixel_bce(
    logits: torch.Tensor,
    target: torch.Tensor,
    *,
    pos_weight: float | Weights | None = None,
    ignore_index: int | None = 255,
) -> torch.Tensor:
    """Binary cross-entropy, each class by itself against the rest: -> scalar, 0 or more.

    The mean is over all known pixels and all classes. Without a known pixel it is 0, and so is its gradient.

    Args:
        logits: (N, H, W) or (N, 1, H, W) for one class, (N, K, H, W) for K.
        target: for one class 0…1; for K class numbers (N, H, W), or 0…1 in the shape of ``logits``, where
            classes don't exclude each other.
        pos_weight: how much more a pixel of the class counts than one of the rest; one number, or K. What
            lifts a class of .65 % of the pixels; the mean is not divided by it, as in torch.
        ignore_index: the number of pixels that don't count; None: all do.

    Raises:
        InputError: shapes that don't fit, truths out of range, or weights that are none.

    >>> round(pixel_bce(torch.zeros(1, 2, 2), torch.tensor([[[1, 0], [255, 255]]])).item(), 4)
    0.6931
    """
    logits, truth, known = planes(logits, target, ignore_index)
    boost = _per_class("pos_weight", 1.0 if pos_weight is None else pos_weight, logits, logits.shape[1])
    each = F.binary_cross_entropy_with_logits(
        logits, truth, pos_weight=boost[:, None, None], reduction="none"
    )
    return _mean(each, known)


def _mean(each: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """The mean of some numbers, each counted so many times; 0 where none is."""
    counts = counts.to(torch.promote_types(each.dtype, torch.float32))  # half precision ends at 65504
    total = counts.sum()
    return (each * counts).sum() / torch.where(total > 0, total, 1)


def _weight(weight: Weights | None, logits: torch.Tensor) -> torch.Tensor:
    """One weight per class, 1 unless given: (K,)."""
    return _per_class("weight", 1.0 if weight is None else weight, logits, logits.shape[1])


def _per_class(name: str, given: float | Weights, logits: torch.Tensor, classes: int) -> torch.Tensor:
    try:
        numbers = torch.as_tensor(given, device=logits.device).to(logits.dtype)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(name, f"must be {classes} numbers, one per class", got=repr(given)) from None
    if numbers.ndim == 0:
        numbers = numbers.expand(classes)
    if numbers.shape != (classes,):
        raise InputError(
            name, f"must be {classes} numbers, one per class", got=f"shape {tuple(numbers.shape)}"
        )
    if not ((numbers >= 0) & numbers.isfinite()).all():
        raise InputError(name, "must be finite, 0 or more", got=numbers.tolist())
    return numbers
