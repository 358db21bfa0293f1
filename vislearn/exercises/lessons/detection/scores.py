"""Exercise of lesson 04: average precision at one threshold."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["average_precision"]


@exercise(
    "detection.average_precision",
    hints=[
        N_(
            "Sort first: the surest detection comes first. Then count, after each detection, how many were "
            "right so far."
        ),
        N_(
            "`hits = right[order].cumsum(0)`. Precision is hits divided by 1, 2, 3, …; recall is hits "
            "divided by `objects`."
        ),
        N_(
            "For each of `torch.linspace(0, 1, 101)` take the largest precision among the detections whose "
            "recall is at least that; 0 if there are none. The answer is the mean of the 101 values."
        ),
    ],
)
def average_precision(scores: Tensor, right: Tensor, objects: int) -> float:
    """Compute the average precision of one class at one IoU threshold, as COCO does.

    The detections have already been matched with the objects. At each of the 101 recalls 0, 0.01, … 1 take
    the best precision that is reached at this recall or at a higher one, and 0 where that recall is never
    reached. Average precision is the mean of these 101 values.

    Args:
        scores: (N,), float32, how sure each detection is; all different, in no order.
        right: (N,), bool, whether it found an object.
        objects: how many objects there are to find.

    Returns:
        The average precision, 0 … 1, as a Python number.
    """
    order = scores.argsort(descending=True)
    hits = right[order].cumsum(0).double()
    precision = hits / torch.arange(1, len(hits) + 1)
    recall = hits / objects
    best = [
        precision[recall >= level].max().item() if (recall >= level).any() else 0.0
        for level in torch.linspace(0, 1, 101).tolist()
    ]
    return sum(best) / 101


@average_precision.inputs
def _ranking(generator: torch.Generator) -> tuple[Tensor, Tensor, int]:
    # A prime number of objects: no recall but 0 and 1 is one of the 101, so rounding can't decide anything.
    objects = (7, 11, 13, 17)[draw(4, generator)]
    found = objects - 1 - draw(4, generator)
    count = found + 4 + draw(6, generator)
    ranking = torch.rand(count, generator=generator) + torch.linspace(0.6, 0, count)
    right = torch.zeros(count, dtype=torch.bool)
    right[ranking.argsort(descending=True)[:found]] = True  # right ones tend to be surer
    scores = 0.05 + 0.9 * (count - torch.arange(count)) / (count + 1)
    order = torch.randperm(count, generator=generator)
    return scores[order], right[order], objects


def _curve(scores: Tensor, right: Tensor, objects: int) -> tuple[Tensor, Tensor]:
    """Precision and recall after each detection, surest first."""
    hits = right[scores.argsort(descending=True)].cumsum(0).double()
    return hits / torch.arange(1, len(hits) + 1), hits / objects


def _mean_at(precision: Tensor, recall: Tensor, points: int = 101) -> float:
    levels = torch.linspace(0, 1, points, dtype=torch.float64)
    reached = recall[None] >= levels[:, None] - 1e-9  # (points, N)
    return torch.where(reached, precision[None], 0.0).amax(1).mean().item()


@average_precision.mistake(
    N_("The detections are taken in the order they came. Sort them by score first, the surest in front.")
)
def _unsorted(scores: Tensor, right: Tensor, objects: int) -> float:
    return _mean_at(*_curve(-torch.arange(len(scores)), right, objects))


@average_precision.mistake(
    N_("The least sure detection comes first here: sort by score with `descending=True`.")
)
def _least_sure_first(scores: Tensor, right: Tensor, objects: int) -> float:
    return _mean_at(*_curve(-scores, right, objects))


@average_precision.mistake(
    N_(
        "This takes the precision where a recall is first reached. COCO takes the best precision from there "
        "on, so that the curve only falls."
    )
)
def _no_envelope(scores: Tensor, right: Tensor, objects: int) -> float:
    precision, recall = _curve(scores, right, objects)
    levels = torch.linspace(0, 1, 101, dtype=torch.float64)
    at = torch.searchsorted(recall, levels - 1e-9)
    return torch.cat([precision, torch.zeros(1)])[at].mean().item()


@average_precision.mistake(
    N_(
        "Recall is counted as a share of the objects that were found, so it always reaches 1 and missed "
        "objects cost nothing. Divide by `objects`."
    )
)
def _share_of_found(scores: Tensor, right: Tensor, objects: int) -> float:
    return _mean_at(*_curve(scores, right, int(right.sum())))


@average_precision.mistake(
    N_(
        "The recalls that are never reached are left out of the mean. They count with precision 0: that is "
        "what missed objects cost."
    )
)
def _only_reached(scores: Tensor, right: Tensor, objects: int) -> float:
    precision, recall = _curve(scores, right, objects)
    levels = torch.linspace(0, 1, 101, dtype=torch.float64)
    return 101 * _mean_at(precision, recall) / int((levels <= recall[-1] + 1e-9).sum())


@average_precision.mistake(
    N_("Eleven recalls, 0, 0.1, … 1: that is the old rule of PASCAL VOC. COCO has 101.")
)
def _eleven_points(scores: Tensor, right: Tensor, objects: int) -> float:
    return _mean_at(*_curve(scores, right, objects), points=11)


@average_precision.mistake(
    N_(
        "This is the exact area under the falling curve, as PASCAL VOC counts since 2010. Close, but COCO's "
        "number is the mean at 101 recalls."
    )
)
def _exact_area(scores: Tensor, right: Tensor, objects: int) -> float:
    precision, recall = _curve(scores, right, objects)
    falling = precision.flip(0).cummax(0).values.flip(0)
    return (falling * recall.diff(prepend=torch.zeros(1))).sum().item()


@average_precision.mistake(
    N_(
        "This is the mean of the precisions at the right detections: the area under the zigzag. COCO smooths "
        "the zigzag first and looks at 101 recalls."
    )
)
def _mean_at_hits(scores: Tensor, right: Tensor, objects: int) -> float:
    precision, recall = _curve(scores, right, objects)
    return (precision * recall.diff(prepend=torch.zeros(1))).sum().item()


@average_precision.mistake(
    N_(
        "This is the precision of all detections together. It does not depend on the scores at all; average "
        "precision asks how good the *ranking* is."
    )
)
def _plain_precision(scores: Tensor, right: Tensor, objects: int) -> float:
    return right.double().mean().item()
