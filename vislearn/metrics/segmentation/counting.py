"""Label images, checked once for all scores, and how often each class was answered with each."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.metrics.answers import as_tensor

__all__ = ["VOID", "counts", "label_images"]

VOID = 255  # the number for "nobody knows" of VOC, of Cityscapes and of torchvision's recipes


def counts(answers: Any, truths: Any, num_classes: int, *, ignore_index: int | None = VOID) -> torch.Tensor:
    """How many pixels of class i (row) were answered with class j (column): int64 (K, K); batches add up.

    Args:
        answers: label images (H, W) or (N, H, W), whole numbers 0 … K-1; anything on void pixels.
        truths: label images of the same shape.
        num_classes: K, background included.
        ignore_index: pixels with this truth are left out, whatever was answered; None leaves out none. Naming
            a class leaves out its pixels, and so the false alarms on them too: for a mean without background,
            take ``class_iou(counts)[1:]`` instead.

    Raises:
        InputError: logits or probabilities in place of labels, shapes that differ, or no class's number.

    >>> counts(torch.tensor([[0, 1, 1]]), torch.tensor([[0, 0, 255]]), 2)
    tensor([[1, 1],
            [0, 0]])
    """
    given, right = label_images(answers, truths, num_classes, ignore_index)
    known = right >= 0
    cells = right[known] * num_classes + given[known]
    return torch.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def label_images(
    answers: Any, truths: Any, num_classes: int, ignore_index: int | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both as int64 of one shape on the device of ``answers``, -1 in both where the truth is void.

    Args:
        answers: as for :func:`counts`.
        truths: likewise.
        num_classes: likewise.
        ignore_index: likewise.

    Raises:
        InputError: likewise.
    """
    _require_classes(num_classes, ignore_index)
    given, right = _labels("answers", answers), _labels("truths", truths)
    if given.shape != right.shape:
        raise InputError(
            "answers",
            f"must have the truths' shape {tuple(right.shape)}",
            got=tuple(given.shape),
            fix="Bring the logits to the truths' size before argmax: "
            "F.interpolate(logits, size=truths.shape[-2:], mode='bilinear').",
        )
    right = right.to(given.device)
    void = torch.zeros_like(right, dtype=torch.bool) if ignore_index is None else right == ignore_index
    _require_range("answers", given[~void], num_classes, None)
    _require_range("truths", right[~void], num_classes, ignore_index)
    return given.masked_fill(void, -1), right.masked_fill(void, -1)


def _require_classes(num_classes: Any, ignore_index: Any) -> None:
    if not isinstance(num_classes, Integral) or num_classes < 2:
        raise InputError(
            "num_classes", "must be a whole number, 2 or more, background included", got=num_classes
        )
    if ignore_index is not None and not isinstance(ignore_index, Integral):
        raise InputError("ignore_index", "must be a whole number, or None", got=repr(ignore_index))
    if ignore_index == VOID and num_classes > VOID:
        raise InputError(
            "ignore_index",
            f"must not be one of the classes 0…{num_classes - 1} without your meaning it",
            got=f"the default, {VOID}",
            fix="Name a number beyond them, or None.",
        )


def _labels(name: str, given: Any) -> torch.Tensor:
    """A label image as plain int64."""
    if isinstance(given, Mapping):
        raise InputError(
            name,
            "must be label images",
            got="a dictionary",
            fix="For torchvision's: answers['out'].argmax(1).",
        )
    labels = as_tensor(name, given).as_subclass(torch.Tensor)  # a tv_tensors.Mask is plain from here
    if labels.is_floating_point() or labels.is_complex():
        raise InputError(
            name,
            "must be label images, whole numbers",
            got=f"{str(labels.dtype).removeprefix('torch.')} of shape {tuple(labels.shape)}",
            fix="Logits (N, K, H, W) become classes by .argmax(1), a single logit by (logits[:, 0] > 0).",
        )
    if labels.ndim not in (2, 3):
        raise InputError(
            name,
            "must have shape (H, W) or (N, H, W)",
            got=tuple(labels.shape),
            fix="Drop the axis of one channel by [:, 0]."
            if labels.ndim == 4 and labels.shape[1] == 1
            else "",
        )
    return labels.long()


def _require_range(name: str, labels: torch.Tensor, num_classes: int, ignore_index: int | None) -> None:
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if not len(wrong):
        return
    numbers = wrong.unique().tolist()
    raise InputError(
        name,
        f"must be classes 0…{num_classes - 1}"
        + (f", or {ignore_index}: ignored" if ignore_index is not None else ""),
        got=", ".join(map(str, numbers[:5]))
        + (" …" if len(numbers) > 5 else "")
        + f" at {len(wrong)} pixels",
        fix=_range_help(name, numbers, num_classes),
    )


def _range_help(name: str, numbers: Sequence[int], num_classes: int) -> str:
    if name == "answers":
        return "Is num_classes the number of the model's outputs?"
    if numbers == [num_classes]:
        return "Is the background counted in num_classes?"
    if numbers == [VOID]:
        return f"Pixels that nobody knows? ignore_index={VOID}."
    return "Are they colours, or ids of another list? Map them to 0 … K-1 first."
