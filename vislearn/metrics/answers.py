"""What a model answered and what was right, checked once for all metrics: each common mix-up by name."""

from typing import Any

import numpy as np
import torch

from vislearn.errors import InputError

__all__ = ["as_classes", "as_counts", "as_scores", "as_tensor", "as_truth", "require_same_length"]


def as_tensor(name: str, values: Any) -> torch.Tensor:
    """Numbers of any kind as a tensor without gradient, of any shape.

    Raises:
        InputError: words, or lists of unequal length.
    """
    if isinstance(values, torch.Tensor):
        return values.detach()
    try:
        array = np.array(values, order="C")  # torch takes neither negative strides nor read-only memory
        unknown = array.size == 0 and isinstance(values, (list, tuple))  # an empty list has no type yet
        return torch.from_numpy(array.astype(np.int64) if unknown else array)
    except (TypeError, ValueError) as error:
        raise InputError(
            name,
            "must be a tensor, an array or a list of numbers",
            got=type(values).__name__,
            fix="Turn class names into numbers: names.index(name).",
        ) from error


def as_scores(scores: torch.Tensor) -> torch.Tensor:
    """Scores (N, K), one per class: floats, two classes or more, none of them nan.

    Raises:
        InputError: whole numbers, another shape, a single column, or nan.
    """
    shape = tuple(scores.shape)
    if scores.ndim != 2:
        raise InputError("scores", "must have shape (N, K)", got=shape, fix=_shape_help(scores))
    if not scores.is_floating_point():
        raise InputError(
            "predicted",
            "must be scores (N, K) of a float type, or class numbers (N,)",
            got=f"{_dtype(scores)} of shape {shape}",
            fix="One-hot answers become classes by .argmax(1).",
        )
    if scores.shape[1] < 2:
        raise InputError(
            "scores",
            "must have a column per class, two at least",
            got=shape,
            fix="A single logit becomes a class by (logits[:, 0] > 0).long().",
        )
    if scores.isnan().any():
        raise InputError("scores", "must be numbers", got="nan", fix="Has the training diverged?")
    return scores


def as_classes(predicted: torch.Tensor, num_classes: int | None) -> torch.Tensor:
    """The class each row was given, (N,) int64: scores (N, K) by their largest, classes (N,) as they are.

    Raises:
        InputError: neither of the two, or classes outside 0 … ``num_classes`` - 1.
    """
    if predicted.ndim == 2:
        scores = as_scores(predicted)
        if num_classes not in (None, scores.shape[1]):
            raise InputError(
                "num_classes", f"must be the scores' columns ({scores.shape[1]})", got=num_classes
            )
        return scores.argmax(dim=1)
    if predicted.ndim != 1:
        raise InputError(
            "predicted",
            "must be scores (N, K) or class numbers (N,)",
            got=f"shape {tuple(predicted.shape)}",
            fix=_shape_help(predicted),
        )
    if predicted.is_floating_point() or predicted.is_complex():
        raise InputError(
            "predicted",
            "must be class numbers where it has shape (N,)",
            got=_dtype(predicted),
            fix="Probabilities of the class 1 become classes by (probabilities >= 0.5).",
        )
    return _in_range("predicted", predicted.long(), num_classes)


def as_truth(target: torch.Tensor, num_classes: int | None) -> torch.Tensor:
    """The right class of each row, (N,) int64.

    Raises:
        InputError: one-hot or probabilities in place of class numbers, or a class outside 0 … K-1.
    """
    if target.ndim != 1:
        fix = "One-hot or soft targets become classes by .argmax(1)."
        if target.ndim == 2 and target.shape[1] == 1:
            fix = "Drop the second axis by target[:, 0]."
        raise InputError(
            "target",
            "must hold one class number per row, shape (N,)",
            got=f"shape {tuple(target.shape)}",
            fix=fix,
        )
    if target.is_floating_point() or target.is_complex():
        raise InputError(
            "target",
            "must be class numbers, whole ones",
            got=_dtype(target),
            fix="Were predicted and target swapped? Otherwise target.long() says that they are whole.",
        )
    return _in_range("target", target.long(), num_classes)


def as_counts(counts: Any, maker: str) -> torch.Tensor:
    """Counts (K, K) on the CPU, where float64 is at hand whatever counted them.

    Args:
        counts: whole numbers, rows = truth.
        maker: the call that makes them, to name in the error.

    Raises:
        InputError: not a square of whole numbers.
    """
    table = as_tensor("counts", counts).cpu()
    square = table.ndim == 2 and table.shape[0] == table.shape[1]
    if not square or table.is_floating_point() or (table.numel() and int(table.min()) < 0):
        raise InputError(
            "counts",
            "must be whole numbers (K, K), 0 or more, rows = truth",
            got=f"{_dtype(table)} of shape {tuple(table.shape)}",
            fix=f"{maker} makes them.",
        )
    return table


def require_same_length(predicted: torch.Tensor, target: torch.Tensor) -> None:
    """Refuse answers and truth of different length, and the two in the wrong order, both of any shape.

    Raises:
        InputError: ``target`` looks like scores and ``predicted`` like classes, or the lengths differ.
    """
    if target.ndim == 2 and target.is_floating_point() and predicted.ndim == 1:
        raise InputError(
            "target",
            "must be class numbers (N,)",
            got=f"floats of shape {tuple(target.shape)}",
            fix="Predictions come first, truth second: were they swapped?",
        )
    if predicted.shape[:1] != target.shape[:1]:
        raise InputError(
            "predicted and target",
            "must have shapes (N, K) and (N,), or (N,) and (N,)",
            got=f"{tuple(predicted.shape)} and {tuple(target.shape)}",
        )


def _in_range(name: str, classes: torch.Tensor, num_classes: int | None) -> torch.Tensor:
    if classes.numel() == 0:
        return classes
    lowest, highest = (int(number) for number in classes.aminmax())
    if lowest < 0:
        raise InputError(
            name,
            "must be class numbers, 0 or more",
            got=lowest,
            fix="Leave out rows that are to be ignored.",
        )
    if num_classes is not None and highest >= num_classes:
        starts_at_one = lowest >= 1 and highest == num_classes
        raise InputError(
            name,
            f"must lie in 0…{num_classes - 1}",
            got=highest,
            fix="Do the classes start at 1? Subtract 1."
            if starts_at_one
            else "Does the model's head have a score for every class?",
        )
    return classes


def _shape_help(tensor: torch.Tensor) -> str:
    if tensor.ndim == 0:
        return "A single answer is a row too: unsqueeze(0)."
    if tensor.ndim == 1:
        return "Whether the right class is among the k best can't be told from classes: pass the scores."
    return "Pixels become rows by scores.movedim(1, -1).flatten(0, -2) and target.flatten()."


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
