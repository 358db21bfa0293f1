"""Two classes, one score, and the threshold that decides between them."""

from typing import Any, NamedTuple

import torch

from vislearn.errors import InputError
from vislearn.metrics.answers import as_tensor, as_truth

__all__ = ["PrecisionRecallCurve", "precision_recall_curve"]


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall at every threshold that changes an answer.

    Attributes:
        precision: (T + 1,) in [0, 1]; the last is 1, where nothing is answered "yes" any more.
        recall: (T + 1,) in [0, 1], falling; the last is 0. nan, all of it, where no row is positive.
        thresholds: (T,) rising; "yes" is a score of at least the threshold.
    """

    precision: torch.Tensor
    recall: torch.Tensor
    thresholds: torch.Tensor

    @property
    def f1(self) -> torch.Tensor:
        """(T + 1,) the harmonic mean; 0 where nothing right is answered."""
        total = self.precision + self.recall
        return torch.where(total == 0, 0.0, 2 * self.precision * self.recall / total)

    @property
    def average_precision(self) -> float:
        """Precision, averaged over the steps of recall: the area under the stairs, without smoothing."""
        return float(-(self.recall.diff() * self.precision[:-1]).sum())


def precision_recall_curve(scores: Any, target: Any) -> PrecisionRecallCurve:
    """Precision and recall as the threshold rises over all scores: (N,) and (N,) -> a curve.

    Equal to scikit-learn's ``precision_recall_curve``, but for a target without positives: recall is nan
    here, and 1 with a warning there.

    Args:
        scores: (N,) higher means class 1: probabilities or logits of one class.
        target: (N,) 0 or 1.

    Raises:
        InputError: no rows, scores of several classes, whole numbers as scores, nan, or other targets.

    >>> curve = precision_recall_curve(torch.tensor([0.1, 0.4, 0.35, 0.8]), torch.tensor([0, 0, 1, 1]))
    >>> curve.thresholds
    tensor([0.1000, 0.3500, 0.4000, 0.8000])
    >>> curve.recall.tolist()
    [1.0, 1.0, 0.5, 0.5, 0.0]
    """
    numbers = _scores(as_tensor("scores", scores))
    right = as_truth(as_tensor("target", target), 2).cpu()
    if numbers.shape != right.shape:
        raise InputError(
            "scores and target", "must have the same length", got=f"{len(numbers)} and {len(right)}"
        )
    order = numbers.argsort(stable=True)
    numbers, right = numbers[order], right[order]
    thresholds, sizes = numbers.unique_consecutive(return_counts=True)
    below = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)[:-1]])  # rows under each threshold
    found = right.sum() - torch.cat([right.new_zeros(1), right.cumsum(0)])[below]  # true positives
    precision = torch.cat([found.double() / (len(right) - below), torch.ones(1, dtype=torch.float64)])
    recall = torch.cat([found.double() / right.sum(), torch.zeros(1, dtype=torch.float64)])
    if right.sum() == 0:
        recall = torch.full_like(recall, torch.nan)
    return PrecisionRecallCurve(precision, recall, thresholds)


def _scores(scores: torch.Tensor) -> torch.Tensor:
    if scores.ndim != 1 or not scores.is_floating_point():
        raise InputError(
            "scores",
            "must be one float per row, shape (N,)",
            got=f"{str(scores.dtype).removeprefix('torch.')} of shape {tuple(scores.shape)}",
            fix="Of several classes, take one against the rest: probabilities[:, k] and target == k.",
        )
    if len(scores) == 0 or scores.isnan().any():
        raise InputError("scores", "must be numbers, one at least", got="nan" if len(scores) else "none")
    return scores.cpu()
