"""How well do edges lie? IoU of the rims alone: large objects forgive a blurred edge, their rims don't."""

import math
from typing import Any

import torch
from torch.nn import functional as F

from vislearn.errors import InputError
from vislearn.metrics.segmentation.counting import VOID, label_images

__all__ = ["boundary_counts", "boundary_iou"]


def boundary_counts(
    answers: Any,
    truths: Any,
    num_classes: int,
    *,
    ignore_index: int | None = VOID,
    width: float = 0.02,
) -> torch.Tensor:
    """Pixels that both rims share and that they cover together, per class: int64 (K, 2); batches add up.

    A class's rim are its pixels near to one that isn't of it; beyond the picture nothing is. Void pixels are
    of no class, so what touches them has a rim there, in the answer as in the truth.

    Args:
        answers: label images (H, W) or (N, H, W), as for :func:`counts`.
        truths: likewise.
        num_classes: likewise.
        ignore_index: likewise.
        width: of the rim, as a share of the picture's diagonal, above 0; a pixel at least.

    Raises:
        InputError: as for :func:`counts`, or a width that isn't above 0.

    Source: Cheng et al., Boundary IoU (2021), eq. 2; widths of .02 there.
    """
    if not isinstance(width, int | float) or not width > 0:
        raise InputError("width", "must be a share of the diagonal above 0", got=repr(width))
    given, right = label_images(answers, truths, num_classes, ignore_index)
    if given.ndim == 2:
        given, right = given[None], right[None]
    reach = max(1, round(width * math.hypot(*given.shape[-2:])))  # pixels
    table = []
    for label in range(num_classes):
        rim, true_rim = _rim(given == label, reach), _rim(right == label, reach)
        table.append(torch.stack([(rim & true_rim).sum(), (rim | true_rim).sum()]))
    return torch.stack(table)


def boundary_iou(counts: torch.Tensor) -> torch.Tensor:
    """Boundary IoU of each class, in [0, 1]: (K, 2) -> float64 (K,); nan for an absent class.

    Args:
        counts: as :func:`boundary_counts` makes them; those of several batches added up.

    Raises:
        InputError: another shape, or numbers that can't be counts of pixels.

    >>> truth = torch.zeros(1, 50, 50, dtype=torch.long)
    >>> truth[:, 10:40, 10:40] = 1
    >>> boundary_iou(boundary_counts(truth.roll(1, dims=2), truth, 2))[1].item()  # IoU is .94
    0.3333333333333333
    """
    if not isinstance(counts, torch.Tensor) or counts.ndim != 2 or counts.shape[1] != 2:
        got = tuple(counts.shape) if isinstance(counts, torch.Tensor) else type(counts).__name__
        raise InputError("counts", "must be a tensor (K, 2)", got=got, fix="boundary_counts makes them.")
    both, either = counts.cpu().double().unbind(dim=1)
    if not bool(((both >= 0) & (both <= either) & either.isfinite()).all()):
        raise InputError(
            "counts",
            "must have pixels of both rims, at most as many as of either",
            got=counts.tolist(),
            fix="boundary_counts makes them.",
        )
    return both / either  # 0/0 = nan, as promised


def _rim(masks: torch.Tensor, reach: int) -> torch.Tensor:
    """Pixels of each mask with another's among those at most ``reach`` away, across and down: (N, H, W)."""
    if not masks.numel():
        return masks
    beside = F.pad((~masks).float(), [reach] * 4, value=1.0)[:, None]
    side = 2 * reach + 1  # a square's largest value is that of its rows' largest
    near = F.max_pool2d(F.max_pool2d(beside, (1, side), stride=1), (side, 1), stride=1)
    return masks & (near[:, 0] > 0)
