"""Exercise of lesson 05: from counted pixels to mean IoU."""

from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["miou"]


@exercise(
    "segmentation.miou",
    trials=8,
    hints=[
        N_(
            "For one class: its pixels that were found stand on the diagonal, all that are there in "
            "its row, all that were answered in its column. What do row and column cover together?"
        ),
        N_(
            "`found = counts.diag()`, and the union is `counts.sum(1) + counts.sum(0) - found`: what "
            "was found stands in both sums. A class with a union of 0 does not occur, and must not be "
            "averaged."
        ),
        N_(
            "`occurs = union > 0`, then `(found[occurs] / union[occurs]).mean().item()`. A class that "
            "is only answered stays in: its IoU is 0."
        ),
    ],
)
def miou(counts: Tensor) -> float:
    """Reduce counted pixels to mean IoU: of the classes that occur, the mean of their IoU.

    A class occurs if it is in the truth or in the answers. One that is in neither is left out.

    Args:
        counts: (K, K), int64. Row: what is really there; column: what was answered.

    Returns:
        A number in 0 … 1. IoU of a class: pixels found, over all that are there or were answered.
    """
    found = counts.diag()
    union = counts.sum(1) + counts.sum(0) - found
    occurs = union > 0
    return (found[occurs] / union[occurs]).mean().item()


@miou.read
def _one_number(answer: Any) -> Any:
    return answer.item() if isinstance(answer, Tensor) and answer.numel() == 1 else answer


@miou.inputs
def _counts(generator: torch.Generator, trial: int) -> tuple[Tensor]:
    """Much background; in some trials a class that is nowhere, only answered, or only there."""
    classes = 4 + draw(3, generator)
    counts = torch.randint(1, 60, (classes, classes), generator=generator)
    counts.diagonal().add_(torch.randint(40, 200, (classes,), generator=generator))
    counts[0, 0] += 3000
    last = classes - 1
    if trial % 4 in (1, 3):
        counts[last] = counts[:, last] = 0
    if trial % 4 in (2, 3):
        counts[1] = 0
    if trial % 4 == 0:
        counts[:, 2] = 0
    return (counts,)


def _parts(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Per class: found, really there, answered."""
    return counts.diag(), counts.sum(1), counts.sum(0)


def _mean_of_occurring(values: Tensor) -> float:
    return values.nanmean().item()


def _ious(counts: Tensor) -> Tensor:
    found, there, answered = _parts(counts)
    return found / (there + answered - found)


@miou.mistake(
    N_(
        "A class that is neither there nor answered gives 0/0, and the mean becomes nan. Leave such "
        "classes out before you average."
    )
)
def _nan(counts: Tensor) -> float:
    return _ious(counts).mean().item()


@miou.mistake(
    N_(
        "A class that occurs nowhere counts as 0 here (scikit-learn does it that way). Nobody made a "
        "mistake with it: leave it out of the mean."
    )
)
def _absent_as_zero(counts: Tensor) -> float:
    return _ious(counts).nan_to_num(0.0).mean().item()


@miou.mistake(
    N_("A class that occurs nowhere counts as 1 here. Nothing was found there: leave it out of the mean.")
)
def _absent_as_one(counts: Tensor) -> float:
    return _ious(counts).nan_to_num(1.0).mean().item()


@miou.mistake(
    N_(
        "You average the classes of the truth only. A class that was answered where it is not counts too: "
        "its IoU is 0."
    )
)
def _truth_only(counts: Tensor) -> float:
    return _ious(counts)[counts.sum(1) > 0].mean().item()


@miou.mistake(
    N_(
        "You divide by the pixels that are there. That is recall: who answers the same class "
        "everywhere gets 1 for it. What was answered wrongly belongs below the line too."
    )
)
def _recall(counts: Tensor) -> float:
    found, there, _answered = _parts(counts)
    return _mean_of_occurring(found / there)


@miou.mistake(
    N_(
        "You divide by the pixels that were answered. That is precision: a single right pixel gets 1. "
        "What is there and was missed belongs below the line too."
    )
)
def _precision(counts: Tensor) -> float:
    found, _there, answered = _parts(counts)
    return _mean_of_occurring(found / answered)


@miou.mistake(
    N_(
        "The pixels found stand in the row's sum and in the column's, so your union counts them twice. "
        "Subtract them once. (As it is, a perfect answer gets 0.5.)"
    )
)
def _found_twice(counts: Tensor) -> float:
    found, there, answered = _parts(counts)
    return _mean_of_occurring(found / (there + answered))


@miou.mistake(
    N_("This is Dice: twice the intersection over both areas. IoU divides what is shared by the union.")
)
def _dice(counts: Tensor) -> float:
    found, there, answered = _parts(counts)
    return _mean_of_occurring(2 * found / (there + answered))


@miou.mistake(
    N_(
        "This is pixel accuracy: all pixels in one pot, where the background decides. Compute IoU class by "
        "class first, then the mean."
    )
)
def _pixel_accuracy(counts: Tensor) -> float:
    return (counts.diag().sum() / counts.sum()).item()


@miou.mistake(
    N_(
        "You add up all classes first and divide then: large classes decide again. Divide class by "
        "class, and average what comes out."
    )
)
def _one_pot(counts: Tensor) -> float:
    found, there, answered = _parts(counts)
    return (found.sum() / (there + answered - found).sum()).item()


@miou.mistake(N_("The background is missing. In mean IoU class 0 is a class like the others."))
def _without_background(counts: Tensor) -> float:
    return _mean_of_occurring(_ious(counts)[1:])
