"""The loss of one-stage detectors, a few objects among thousands of boxes, and its like for pictures."""

import torch
from torch.nn import functional as F

from vislearn.errors import InputError, require_one_of
from vislearn.ops.losses.checks import REDUCTIONS, require_not_negative, require_range

__all__ = ["focal_loss", "sigmoid_focal_loss"]


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
    require_one_of("reduction", reduction, REDUCTIONS)
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
    return REDUCTIONS[reduction](loss)


def focal_loss(
    logits: torch.Tensor,
    target: torch.Tensor,
    gamma: float = 2.0,
    *,
    log_prior: torch.Tensor | None = None,
    reduction: str = "mean",
) -> torch.Tensor:
    """Softmax cross-entropy that hardly counts what is right already: one class per picture.

    Args:
        logits: (N, K).
        target: class numbers, (N,).
        gamma: how fast the easy ones fade, 0 or more; 0 is plain cross-entropy.
        log_prior: (K,), added to the logits, so that they need not learn which classes are common; see
            :func:`vislearn.imbalance.log_prior`.
        reduction: ``"none"``, ``"mean"`` or ``"sum"``.

    Returns:
        A scalar, or (N,) for ``"none"``; in nats.

    Raises:
        InputError: an unknown ``reduction``, or a negative ``gamma``.

    Source: Lin et al. (2017), eq. 4, with softmax in place of the sigmoid; the prior is Menon et al. (2021).

    >>> focal_loss(torch.tensor([[2.0, 0.0], [0.0, 0.0]]), torch.tensor([0, 0]), reduction="none")
    tensor([0.0018, 0.1733])
    """
    require_one_of("reduction", reduction, REDUCTIONS)
    require_not_negative("gamma", gamma)
    known = logits if log_prior is None else logits + log_prior
    loss = F.cross_entropy(known, target, reduction="none")
    return REDUCTIONS[reduction]((1 - (-loss).exp()) ** gamma * loss)


def _require_alike(inputs: torch.Tensor, targets: torch.Tensor) -> None:
    if inputs.shape != targets.shape:  # broadcasting (N, 1) with (N,) would compare all with all
        raise InputError(
            "targets", f"must have inputs' shape {tuple(inputs.shape)}", got=tuple(targets.shape)
        )
    if not inputs.is_floating_point():
        raise InputError("inputs", "must be logits, floats", got=inputs.dtype)
    require_range(
        "targets", targets, 1, "Class numbers? torch.nn.functional.one_hot makes zeros and ones of them."
    )
