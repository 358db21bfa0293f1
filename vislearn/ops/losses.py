"""Losses for what is rare: a few objects among thousands of boxes, a few pixels among thousands."""

from collections.abc import Callable

import torch
from torch.nn import functional as F

from vislearn.errors import InputError, require_one_of

__all__ = ["dice_loss", "sigmoid_focal_loss"]

_REDUCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda loss: loss,
    "mean": torch.Tensor.mean,
    "sum": torch.Tensor.sum,
}


def sigmoid_focal_loss(
    inputs: torch.Tensor,
    targets: torch.Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "none",
) -> torch.Tensor:
    """Cross-entropy that hardly counts what is right already: logits and targets of any shape, the same.

    Args:
        inputs: logits, any float dtype; nan gives nan.
        targets: 0…1 at every place, of any number type: 1 where the class is, 0 where not.
        alpha: weight of the ones in 0…1, the zeros get 1 - alpha; -1 weighs none.
        gamma: how fast the easy ones fade; 0 is plain cross-entropy.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Raises:
        InputError: shapes that differ, targets outside 0…1, or an unknown ``reduction`` or ``alpha``.

    Source: Lin et al., Focal Loss for Dense Object Detection (2017), eq. 5.

    >>> sigmoid_focal_loss(torch.tensor([0.0, 4.0, -4.0]), torch.tensor([1.0, 1.0, 1.0]))
    tensor([4.3322e-02, 1.4679e-06, 9.6873e-01])
    """
    require_one_of("reduction", reduction, _REDUCTIONS)
    if not (0 <= alpha <= 1 or alpha == -1):
        raise InputError("alpha", "must be in 0…1, or -1 for none", got=alpha)
    _require_alike(inputs, targets)
    targets = targets.to(inputs.dtype)
    wrong = F.softplus(-inputs) * targets + F.softplus(inputs) * (
        1 - targets
    )  # cross-entropy, without overflow
    p = inputs.sigmoid()
    sure = p * targets + (1 - p) * (1 - targets)  # how probable the truth seemed
    loss = wrong * (1 - sure) ** gamma
    if alpha >= 0:
        loss = (alpha * targets + (1 - alpha) * (1 - targets)) * loss
    return _REDUCTIONS[reduction](loss)


def dice_loss(
    inputs: torch.Tensor, targets: torch.Tensor, smooth: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """One minus twice the overlap over the sum of both areas, in [0, 1]: (N, ..., H, W) -> scalar or (N,).

    It compares areas, so an object of a few pixels counts as much as one that fills the picture. Sums run
    over each sample and class by itself; of several classes the mean is taken.

    Args:
        inputs: logits; (N, H, W) or (N, 1, H, W) for one class, (N, K, H, W) for K ≥ 2.
        targets: 0…1 in the shape of ``inputs``, each class by itself (sigmoid); or class numbers 0…K-1 as
            int64 (N, H, W), of which each pixel has one (softmax).
        smooth: added above and below: a mask that is empty in both has loss 0, and no 0/0.
        reduction: ``"none"`` for one number per sample, ``"mean"`` or ``"sum"``.

    Raises:
        InputError: shapes that don't fit, targets out of range, or an unknown ``reduction``.

    Source: Milletari et al., V-Net (2016), section 3.

    >>> mask = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]])
    >>> round(dice_loss(20 * mask - 10, mask, smooth=0).item(), 3)
    0.0
    """
    require_one_of("reduction", reduction, _REDUCTIONS)
    if inputs.ndim == 4 and inputs.shape[1] > 1 and targets.ndim == 3:
        shares, targets = inputs.softmax(dim=1), _one_hot(inputs, targets)  # (N, K, H, W) both
    else:
        _require_alike(inputs, targets)
        shares = inputs.sigmoid()
    if inputs.ndim < 3:
        raise InputError("inputs", "must have shape (N, H, W) or (N, K, H, W)", got=tuple(inputs.shape))
    targets = targets.to(shares.dtype)
    overlap = (shares * targets).sum(dim=(-2, -1))  # (N,) or (N, K)
    areas = shares.sum(dim=(-2, -1)) + targets.sum(dim=(-2, -1))
    loss = 1 - (2 * overlap + smooth) / (areas + smooth)
    return _REDUCTIONS[reduction](loss.flatten(1).mean(dim=1) if loss.ndim > 1 else loss)


def _one_hot(inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Class numbers (N, H, W) -> 0 and 1 (N, K, H, W)."""
    samples, classes, *size = inputs.shape
    if targets.shape != (samples, *size) or targets.is_floating_point():
        raise InputError(
            "targets",
            f"must be class numbers {(samples, *size)}, int64",
            got=f"{targets.dtype} {tuple(targets.shape)}",
        )
    _require_range(targets, classes - 1, "Pixels to ignore (255)? Take them out before.")
    return F.one_hot(targets.long(), classes).movedim(-1, 1)


def _require_alike(inputs: torch.Tensor, targets: torch.Tensor) -> None:
    if (
        inputs.shape != targets.shape
    ):  # broadcasting (N, 1) with (N,) would compare everything with everything
        raise InputError(
            "targets", f"must have inputs' shape {tuple(inputs.shape)}", got=tuple(targets.shape)
        )
    if not inputs.is_floating_point():
        raise InputError("inputs", "must be logits, floats", got=inputs.dtype)
    _require_range(targets, 1, "Class numbers? torch.nn.functional.one_hot makes zeros and ones of them.")


def _require_range(targets: torch.Tensor, highest: int, fix: str) -> None:
    if targets.numel() and not ((targets >= 0) & (targets <= highest)).all():
        got = f"{targets.min().item():g}…{targets.max().item():g}"
        raise InputError("targets", f"must be in 0…{highest}", got=got, fix=fix)
