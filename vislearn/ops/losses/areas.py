"""Losses that compare areas: an object of a few pixels counts as much as one that fills the picture."""

import torch

from vislearn.errors import InputError, require_one_of
from vislearn.ops.losses.checks import REDUCTIONS, planes

__all__ = ["dice_loss", "tversky_loss"]


def dice_loss(
    logits: torch.Tensor,
    target: torch.Tensor,
    smooth: float = 1.0,
    reduction: str = "mean",
    *,
    ignore_index: int | None = 255,
    per_batch: bool = False,
) -> torch.Tensor:
    """One minus twice the overlap over the sum of both areas, in [0, 1]: (N, ..., H, W) -> scalar or (N,).

    Sums run over each sample and class by itself; of several classes, background included, the mean is taken.
    An empty truth is not left out: the loss is 1 - smooth / (area answered + smooth), which falls to 0 as the
    answer does. Truth and answer both empty, or no known pixel, give 0, whatever ``smooth``.

    Args:
        logits: (N, H, W) or (N, 1, H, W) for one class, (N, K, H, W) for K ≥ 2.
        target: 0…1 for each logit, each class by itself (sigmoid); or class numbers 0…K-1 (N, H, W), of which
            each pixel has one (softmax).
        smooth: added above and below, 0 or more, pixels: what softens the step at an empty mask.
        reduction: ``"none"`` for one number per sample, ``"mean"`` or ``"sum"``.
        ignore_index: the number of pixels that belong to neither area; None: all are known.
        per_batch: take the sums over all samples together, as if they were one large picture: fewer empty
            truths, but a large object hides a small one on another picture. ``"none"`` gives (1,) then.

    Raises:
        InputError: shapes that don't fit, truths out of range, an unknown ``reduction``, ``smooth`` below 0.

    Source: Milletari et al., V-Net (2016), section 3.

    >>> mask = torch.tensor([[[1.0, 1.0], [0.0, 0.0]]])
    >>> round(dice_loss(20 * mask - 10, mask, smooth=0).item(), 3)
    0.0
    """
    answered, true, both = _areas(logits, target, ignore_index, per_batch)
    return _reduced(answered + true - 2 * both, answered + true, smooth, reduction)


def tversky_loss(
    logits: torch.Tensor,
    target: torch.Tensor,
    alpha: float = 0.3,
    beta: float = 0.7,
    smooth: float = 1.0,
    reduction: str = "mean",
    *,
    ignore_index: int | None = 255,
    per_batch: bool = False,
) -> torch.Tensor:
    """Dice that says what is worse: false alarms count ``alpha``, misses ``beta``; in [0, 1], scalar or (N,).

    One minus the overlap over overlap + alpha · answered wrongly + beta · missed. With both .5 it is
    :func:`dice_loss`, with both 1 one minus IoU. Empty truths are treated as there.

    Args:
        logits: as for :func:`dice_loss`.
        target: likewise.
        alpha: weight of the pixels answered where there is nothing, 0 or more.
        beta: weight of those of the object that were not, 0 or more; the larger, the fewer are missed.
        smooth: as for :func:`dice_loss`, as many pixels of both areas together.
        reduction: likewise.
        ignore_index: likewise.
        per_batch: likewise.

    Raises:
        InputError: as there, or a weight below 0.

    Source: Salehi et al., Tversky loss function for image segmentation (2017), eq. 2.

    >>> truth, answer = torch.tensor([[[1, 1, 0, 0]]]), torch.tensor([[[50.0, -50, -50, -50]]])
    >>> round(tversky_loss(answer, truth, smooth=0).item(), 3)  # one of two missed: .7 / (1 + .7)
    0.412
    """
    if not (alpha >= 0 and beta >= 0):
        raise InputError("alpha and beta", "must be 0 or more", got=f"{alpha} and {beta}")
    answered, true, both = _areas(logits, target, ignore_index, per_batch)
    wrong = 2 * alpha * (answered - both) + 2 * beta * (true - both)
    return _reduced(wrong, 2 * both + wrong, smooth, reduction)


def _areas(
    logits: torch.Tensor, target: torch.Tensor, ignore_index: int | None, per_batch: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pixels answered, true, and both, of what is known: (N, K) each; (1, K) of the whole batch."""
    logits, truth, known = planes(logits, target, ignore_index)
    exclusive = logits.shape[1] > 1 and target.ndim == 3
    dtype = torch.promote_types(logits.dtype, torch.float32)  # half precision can't count beyond 65504
    logits, truth = logits.to(dtype), truth.to(dtype)
    shares = (logits.softmax(dim=1) if exclusive else logits.sigmoid()) * known  # (N, K, H, W)
    sums = [each.sum(dim=(-2, -1)) for each in (shares, truth, shares * truth)]
    return tuple(each.sum(dim=0, keepdim=True) if per_batch else each for each in sums)  # type: ignore[return-value]


def _reduced(wrong: torch.Tensor, whole: torch.Tensor, smooth: float, reduction: str) -> torch.Tensor:
    """1 - (right + smooth) / (whole + smooth) = wrong / (whole + smooth), which has no 0/0 to fear."""
    require_one_of("reduction", reduction, REDUCTIONS)
    if not smooth >= 0:
        raise InputError("smooth", "must be 0 or more", got=smooth)
    below = whole + smooth
    loss = (wrong / torch.where(below > 0, below, 1)).mean(dim=1)  # (N,); both empty: 0
    return REDUCTIONS[reduction](loss) if len(loss) or reduction == "none" else loss.sum()  # no sample: 0
