"""From right and wrong detections, surest first, to the curve and its area."""

from dataclasses import dataclass

import numpy as np
import torch

__all__ = ["RECALLS", "APCurve", "at_recalls", "envelope", "precision_recall"]

# NumPy's, to the last bit: a recall of exactly 0.07 must reach the point that COCO calls 0.07.
RECALLS = torch.from_numpy(np.linspace(0, 1, 101))


@dataclass(frozen=True, eq=False)
class APCurve:
    """Precision against recall at one IoU threshold, for one class.

    Attributes:
        recall: (N,) share of the objects found by the surest 1, 2 ... N detections.
        precision: (N,) share of these detections that are right.
        interpolated: (101,) the best precision at a recall of at least 0, 0.01 ... 1.
        scores: (N,) of these detections, falling.
        ap: their mean, the average precision in [0, 1]; -1 where there is nothing to find.
    """

    recall: torch.Tensor
    precision: torch.Tensor
    interpolated: torch.Tensor
    scores: torch.Tensor
    ap: float


def precision_recall(
    right: torch.Tensor, wrong: torch.Tensor, objects: int | torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Precision and recall in [0, 1] after each detection: (..., N) twice -> (..., N) twice.

    Args:
        right: bool, surest detection first.
        wrong: bool; a detection that is neither is ignored.
        objects: how many there are to find, at least 1; broadcast against (..., N).

    >>> precision, recall = precision_recall(torch.tensor([True, False]), torch.tensor([False, True]), 4)
    >>> precision.tolist(), recall.tolist()
    ([1.0, 0.5], [0.25, 0.25])
    """
    rights, wrongs = right.cumsum(dim=-1).double(), wrong.cumsum(dim=-1).double()
    return rights / (rights + wrongs).clamp(min=1), rights / objects


def envelope(precision: torch.Tensor) -> torch.Tensor:
    """The best precision from here on: the curve without its dents, (..., N) -> (..., N).

    >>> envelope(torch.tensor([1.0, 0.5, 0.75, 0.25])).tolist()
    [1.0, 0.75, 0.75, 0.25]
    """
    if precision.shape[-1] == 0:
        return precision
    return precision.flip(-1).cummax(dim=-1).values.flip(-1)


def at_recalls(precision: torch.Tensor, recall: torch.Tensor) -> torch.Tensor:
    """The envelope at recalls 0, 0.01 ... 1; 0 where recall never gets: (..., N), (..., N) -> (..., 101).

    >>> at_recalls(torch.tensor([1.0]), torch.tensor([0.5])).mean().item()  # 51 of 101 points
    0.504950495049505
    """
    points = RECALLS.expand(*recall.shape[:-1], len(RECALLS)).contiguous()
    reached = torch.searchsorted(recall.double().contiguous(), points)  # the first detection that gets there
    beyond = torch.zeros(*precision.shape[:-1], 1, dtype=torch.float64)
    return torch.cat([envelope(precision.double()), beyond], dim=-1).gather(-1, reached)
