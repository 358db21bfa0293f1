"""Does "80 % sure" mean right in 80 of 100 cases? Reliability, and the error of it."""

from dataclasses import dataclass
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.metrics.answers import as_scores, as_tensor, as_truth, require_same_length

__all__ = ["Calibration", "calibration"]


@dataclass(frozen=True)
class Calibration:
    """Answers sorted into bins by how sure the classifier was of them.

    Attributes:
        edges: float64 (B + 1,), of the bins, in 0..1.
        counts: int64 (B,), answers in each bin.
        confidence: float64 (B,), their mean probability; nan in an empty bin.
        accuracy: float64 (B,), the share of them that is right; nan in an empty bin.
        error: expected calibration error in 0..1, the mean of the distance between confidence and accuracy,
            each bin weighed by its answers; nan without answers.
    """

    edges: torch.Tensor
    counts: torch.Tensor
    confidence: torch.Tensor
    accuracy: torch.Tensor
    error: float


def calibration(probabilities: Any, target: Any, *, bins: int = 10) -> Calibration:
    """How often the most probable class is the right one, by how probable it was said to be.

    Args:
        probabilities: (N, K) in 0..1, rows that add up to 1.
        target: (N,) the right class of each picture, 0 ... K-1.
        bins: how many, all of one width; a probability on an edge belongs to the bin below it.

    Raises:
        InputError: logits in place of probabilities, shapes that don't fit, or ``bins`` below 1.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017), section 2.

    >>> sure = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    >>> found = calibration(sure, torch.tensor([0, 1, 0, 1]))
    >>> round(found.error, 3), found.counts.tolist()
    (0.4, [0, 0, 0, 0, 0, 2, 0, 0, 2, 0])
    """
    table, right = as_tensor("probabilities", probabilities), as_tensor("target", target)
    require_same_length(table, right)
    shares = as_scores(table).double().cpu()
    if bins < 1:
        raise InputError("bins", "must be at least 1", got=bins)
    if shares.numel() and not (shares.min() >= -1e-3 and shares.max() <= 1 + 1e-3):
        got = f"{shares.min():.2f}…{shares.max():.2f}"
        fix = "Logits become probabilities by .softmax(dim=1)."
        raise InputError("probabilities", "must lie in 0…1", got=got, fix=fix)
    sure, answer = shares.max(dim=1)  # (N,)
    hit = (answer == as_truth(right, shares.shape[1]).cpu()).double()
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    # a float32 0.6 is a hair above the float64 one, and a bin's edge belongs below
    place = torch.bucketize(sure - 1e-7, edges[1:-1])  # (N,) in 0 ... B-1
    counts = torch.bincount(place, minlength=bins)
    confidence, accuracy = (
        torch.bincount(place, weights=column, minlength=bins) / counts for column in (sure, hit)
    )  # 0/0 is nan: nothing can be said of an empty bin
    gaps = ((confidence - accuracy).abs() * counts).nan_to_num(0)
    error = (gaps.sum() / counts.sum()).item()
    return Calibration(edges, counts, confidence, accuracy, error)
