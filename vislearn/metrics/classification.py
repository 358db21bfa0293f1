"""Right or wrong, counted: validate → count once → reduce.

Everything but top-k follows from one table, the confusion counts. Counts of batches add up to the counts of
the whole, so a loader of any length needs K×K numbers and not all its logits::

    counts = sum(confusion_counts(model(images), target) for images, target in loader)
    ClassReport(counts)
"""

from typing import Any, NamedTuple

import torch

from vislearn.errors import InputError, require_one_of
from vislearn.metrics.answers import (
    as_classes,
    as_counts,
    as_scores,
    as_tensor,
    as_truth,
    require_same_length,
)

__all__ = [
    "ClassScores",
    "accuracy",
    "averaged",
    "class_scores",
    "confusion_counts",
    "confusion_matrix",
    "f1",
    "normalized",
    "precision",
    "recall",
    "top_k_accuracy",
    "top_k_hits",
]

_AVERAGES = ["macro", "micro", "weighted", None]
_MAKER = "confusion_counts(predicted, target)"


def accuracy(predicted: Any, target: Any) -> float:
    """Share of right answers in [0, 1]: a number; nan for no pictures.

    Args:
        predicted: scores (N, K), any float dtype, the largest is the answer; or class numbers (N,).
        target: (N,) the right class of each picture, 0 ... K-1.

    Raises:
        InputError: not scores or classes, or the shapes don't fit together.

    >>> accuracy(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.tensor([0, 0]))
    0.5
    """
    given, right = _answers(predicted, target, None)
    return (given == right).double().mean().item() if len(given) else float("nan")


def top_k_hits(scores: Any, target: Any, k: int = 5) -> torch.Tensor:
    """Is the right class among the k best? Scores (N, K), target (N,) -> bool (N,).

    Among equal scores the class with the lower number goes first, so k = 1 is ``argmax``. (scikit-learn
    lets the higher number go first; trained scores are hardly ever equal.) Hits of batches can be joined.

    Args:
        scores: (N, K) one score per class.
        target: (N,) the right class, 0 ... K-1.
        k: how many answers are allowed, 1 ... K.

    Raises:
        InputError: classes in place of scores, shapes that don't fit, or ``k`` out of range.

    >>> top_k_hits(torch.tensor([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]]), torch.tensor([2, 0]), k=2)
    tensor([ True, False])
    """
    table, right = as_tensor("scores", scores), as_tensor("target", target)
    require_same_length(table, right)
    table = as_scores(table)
    classes = table.shape[1]
    right = as_truth(right, classes).to(table.device)
    if not 1 <= k <= classes:
        raise InputError("k", f"must lie in 1…{classes}, the number of classes", got=k)
    own = table.gather(1, right[:, None])  # (N, 1)
    before = torch.arange(classes, device=table.device) < right[:, None]  # (N, K)
    rank = ((table > own) | ((table == own) & before)).sum(dim=1)
    return rank < k


def top_k_accuracy(scores: Any, target: Any, k: int = 5) -> float:
    """Share in [0, 1] of pictures whose right class is among the k best: (N, K), (N,) -> a number.

    Args:
        scores: (N, K) one score per class.
        target: (N,) the right class, 0 ... K-1.
        k: how many answers are allowed, 1 ... K.

    >>> top_k_accuracy(torch.tensor([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]]), torch.tensor([2, 0]), k=2)
    0.5
    """
    hits = top_k_hits(scores, target, k)
    return hits.double().mean().item() if len(hits) else float("nan")


def confusion_counts(predicted: Any, target: Any, num_classes: int | None = None) -> torch.Tensor:
    """How often class i (row) was answered by class j (column): int64 (K, K); batches add up.

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        num_classes: K; None takes the columns of the scores, or for classes the highest number that
            occurs and one more. Name it when you add up batches of classes: one may lack the last class.

    Raises:
        InputError: not scores or classes, a class outside 0 ... K-1, or shapes that don't fit together.

    >>> confusion_counts([0, 2, 2, 1], [0, 1, 2, 1])
    tensor([[1, 0, 0],
            [0, 1, 1],
            [0, 0, 1]])
    """
    given, right = _answers(predicted, target, num_classes)
    classes = num_classes or _columns(predicted)
    if classes is None:
        classes = int(torch.stack([given.max(), right.max()]).max()) + 1 if len(given) else 0
    return torch.bincount(right * classes + given, minlength=classes**2).reshape(classes, classes)


def confusion_matrix(
    predicted: Any, target: Any, num_classes: int | None = None, *, normalize: str | None = None
) -> torch.Tensor:
    """Confusion counts, or the shares they make: (K, K), rows = truth, columns = answers.

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        num_classes: K; None as for :func:`confusion_counts`.
        normalize: as for :func:`normalized`; None leaves the counts.

    >>> confusion_matrix([0, 1, 1], [0, 0, 1], normalize="truth")
    tensor([[0.5000, 0.5000],
            [0.0000, 1.0000]])
    """
    return normalized(confusion_counts(predicted, target, num_classes), normalize)


def normalized(counts: torch.Tensor, by: str | None) -> torch.Tensor:
    """Counts (K, K) as shares in [0, 1], float32; the diagonal of ``"truth"`` is recall.

    Args:
        counts: as :func:`confusion_counts` gives them.
        by: ``"truth"``, each row adds up to 1; ``"prediction"``, each column does; ``"all"``, the whole
            does; None gives ``counts`` back. A row or column without pictures is nan, where scikit-learn
            writes 0: nobody knows how an absent class is confused.

    Raises:
        InputError: ``by`` is none of these.
    """
    require_one_of("normalize", by, ["truth", "prediction", "all", None])
    if by is None:
        return counts
    whole = {"truth": counts.sum(1, keepdim=True), "prediction": counts.sum(0, keepdim=True)}
    return counts / whole.get(by, counts.sum())  # 0/0 = nan, as promised


class ClassScores(NamedTuple):
    """Precision, recall, F1 and support of each class, (K,) each, on the CPU, float64 and int64.

    nan where a number has no meaning: precision of a class that was never answered, recall of a class
    that never occurs, F1 of a class that does neither.
    """

    precision: torch.Tensor
    recall: torch.Tensor
    f1: torch.Tensor
    support: torch.Tensor


def class_scores(counts: torch.Tensor) -> ClassScores:
    """What confusion counts say about each class: (K, K), rows = truth -> four times (K,).

    Equal to scikit-learn's with ``average=None, labels=range(K), zero_division=nan``.

    >>> class_scores(torch.tensor([[8, 2], [0, 0]])).recall.tolist()
    [0.8, nan]
    """
    table = as_counts(counts, _MAKER).double()
    right, truth, answered = table.diag(), table.sum(1), table.sum(0)
    return ClassScores(
        right / answered, right / truth, 2 * right / (answered + truth), truth.long()
    )  # 0/0 = nan, as promised


def averaged(counts: torch.Tensor, average: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of all classes together, each in [0, 1], from counts (K, K).

    Args:
        counts: as :func:`confusion_counts` gives them.
        average: ``"macro"``, every class counts the same; ``"weighted"``, every class by its pictures;
            ``"micro"``, every picture counts the same, which for one class per picture is accuracy,
            three times.

    A class that neither occurs nor is answered takes no part. A nan of any other class counts as 0: a
    model that never answers "tumour" must not gain by it. This is what scikit-learn does, with a warning,
    where neither ``labels`` nor ``zero_division`` is given. Without any picture all three are nan.

    Raises:
        InputError: ``average`` is none of these.

    >>> averaged(torch.tensor([[8, 2], [0, 0]]), "macro")[1]
    0.4
    """
    require_one_of("average", average, _AVERAGES[:-1])
    table = as_counts(counts, _MAKER).double()
    if average == "micro":
        share = float(table.diag().sum() / table.sum())
        return share, share, share
    scores, present = class_scores(counts), (table.sum(0) + table.sum(1)) > 0
    weight = present.double() if average == "macro" else table.sum(1)
    weight = weight / weight.sum()
    precision, recall, f1 = (float((each.nan_to_num(0) * weight).sum()) for each in scores[:3])
    return precision, recall, f1


def precision(
    predicted: Any, target: Any, *, average: str | None = "macro", num_classes: int | None = None
) -> float | torch.Tensor:
    """Of the pictures answered with a class, the share that was right, in [0, 1].

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        average: ``"macro"``, ``"micro"`` or ``"weighted"`` as for :func:`averaged`: a number; None: one
            per class, (K,), nan for a class that was never answered.
        num_classes: K; None as for :func:`confusion_counts`.

    >>> precision([0, 1, 1, 1], [0, 0, 1, 1], average=None).tolist()
    [1.0, 0.6666666666666666]
    """
    return _one_of_three(0, predicted, target, average, num_classes)


def recall(
    predicted: Any, target: Any, *, average: str | None = "macro", num_classes: int | None = None
) -> float | torch.Tensor:
    """Of the pictures of a class, the share that was found, in [0, 1].

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        average: as for :func:`precision`; None: (K,), nan for a class that never occurs.
        num_classes: K; None as for :func:`confusion_counts`.

    >>> recall([0, 1, 1, 1], [0, 0, 1, 1], average="macro")
    0.75
    """
    return _one_of_three(1, predicted, target, average, num_classes)


def f1(
    predicted: Any, target: Any, *, average: str | None = "macro", num_classes: int | None = None
) -> float | torch.Tensor:
    """The harmonic mean of precision and recall, in [0, 1]: high only where both are.

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        average: as for :func:`precision`; ``"macro"`` is the mean of the classes' F1. None: (K,), nan for
            a class that neither occurs nor was answered.
        num_classes: K; None as for :func:`confusion_counts`.

    >>> f1([0, 1, 1, 1], [0, 0, 1, 1], average="micro")
    0.75
    """
    return _one_of_three(2, predicted, target, average, num_classes)


def _one_of_three(
    which: int, predicted: Any, target: Any, average: str | None, num_classes: int | None
) -> float | torch.Tensor:
    require_one_of("average", average, _AVERAGES)
    counts = confusion_counts(predicted, target, num_classes)
    return class_scores(counts)[which] if average is None else averaged(counts, average)[which]


def _answers(predicted: Any, target: Any, num_classes: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as classes (N,), on the device of ``predicted``."""
    given, right = as_tensor("predicted", predicted), as_tensor("target", target)
    if num_classes is not None and num_classes < 2:
        raise InputError("num_classes", "must be at least 2", got=num_classes)
    require_same_length(given, right)
    classes = given.shape[1] if given.ndim == 2 else num_classes
    return as_classes(given, num_classes), as_truth(right, classes).to(given.device)


def _columns(predicted: Any) -> int | None:
    shape = as_tensor("predicted", predicted).shape
    return shape[1] if len(shape) == 2 else None
