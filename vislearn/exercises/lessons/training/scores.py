"""Exercises of lesson 03: what a confusion matrix says about each class, and which epoch to keep."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["best_epoch", "precision_recall_f1"]


@exercise(
    "training.precision_recall_f1",
    hints=[
        N_(
            "The diagonal holds what was right. Precision divides it by how often a class was answered, "
            "recall by how often it was true. Which of the two are the rows?"
        ),
        N_(
            "Rows are the truth: `counts.sum(dim=1)` counts the pictures of each class, `counts.sum(dim=0)` "
            "the answers. A class that was never answered gives 0 / 0: make that 0."
        ),
        N_(
            "`precision = counts.diag() / counts.sum(dim=0).clamp(min=1)`, recall with `dim=1`, and F1 is "
            "2·precision·recall / (precision + recall), again guarded against 0 / 0."
        ),
    ],
)
def precision_recall_f1(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Compute precision, recall and F1 of each class from a confusion matrix.

    F1 is the harmonic mean of the two, 2·precision·recall / (precision + recall). Wherever this comes to
    0 / 0, the answer is 0.

    Args:
        counts: (K, K), int64: row = true class, column = answered class. Every class occurs.

    Returns:
        (precision, recall, f1), each (K,), float32, 0.0 to 1.0.
    """
    right = counts.diag()
    precision = right / counts.sum(dim=0).clamp(min=1)
    recall = right / counts.sum(dim=1).clamp(min=1)
    f1 = 2 * precision * recall / (precision + recall).clamp(min=1e-9)
    return precision, recall, f1


@precision_recall_f1.inputs
def _counts(generator: torch.Generator) -> tuple[Tensor]:
    classes = draw(3, generator) + 3
    counts = torch.randint(1, 9, (classes, classes), generator=generator)
    counts += torch.diag(torch.randint(5, 40, (classes,), generator=generator))
    if draw(2, generator):
        counts[:, draw(classes, generator)] = 0  # a class that is never answered
    return (counts,)


@precision_recall_f1.mistake(
    N_(
        "Precision and recall are swapped. Rows are the truth, so a row's sum, `counts.sum(dim=1)`, belongs "
        "under recall."
    )
)
def _swapped(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall, f1 = precision_recall_f1(counts)
    return recall, precision, f1


@precision_recall_f1.mistake(
    N_(
        "A class that is never answered has precision 0 / 0, which torch calls nan, and a nan spoils every "
        "mean after it. Make it 0: `.clamp(min=1)` on what you divide by, or `.nan_to_num(0)`."
    )
)
def _nan_left(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall = counts.diag() / counts.sum(dim=0), counts.diag() / counts.sum(dim=1)
    return precision, recall, 2 * precision * recall / (precision + recall)


@precision_recall_f1.mistake(
    N_(
        "Precision is guarded against 0 / 0, F1 is not: where precision and recall are both 0, it is 0 / 0 "
        "again."
    )
)
def _nan_in_f1(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall, _f1 = precision_recall_f1(counts)
    return precision, recall, 2 * precision * recall / (precision + recall)


@precision_recall_f1.mistake(
    N_(
        "F1 here is the plain mean of precision and recall. The harmonic mean punishes the lower of the two:"
        " 2·p·r / (p + r)."
    )
)
def _plain_mean(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall, _f1 = precision_recall_f1(counts)
    return precision, recall, (precision + recall) / 2


@precision_recall_f1.mistake(N_("F1 is half of what it should be: the 2 in 2·p·r / (p + r) is missing."))
def _half(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall, f1 = precision_recall_f1(counts)
    return precision, recall, f1 / 2


@precision_recall_f1.mistake(
    N_(
        "You divide by all pictures. Precision divides by the answers of that class (its column), recall by "
        "its pictures (its row)."
    )
)
def _of_everything(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    share = counts.diag() / counts.sum()
    return share, share, share


@precision_recall_f1.mistake(
    N_(
        "This is accuracy, the same number for all classes (and micro-averaged precision, recall and F1 as "
        "well). You are asked for each class on its own."
    )
)
def _accuracy(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    share = (counts.diag().sum() / counts.sum()).expand(len(counts))
    return share, share, share


@precision_recall_f1.mistake(
    N_("These are the means over the classes (macro averages). You are asked for one number per class.")
)
def _macro(counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    precision, recall, f1 = (scores.mean() for scores in precision_recall_f1(counts))
    return precision, recall, f1


@exercise(
    "training.best_epoch",
    trials=10,
    hints=[
        N_(
            "Walk through the losses as training would, one epoch after the other. What must you remember "
            "from epoch to epoch?"
        ),
        N_(
            "Remember the lowest loss so far and its epoch. Stop as soon as `epoch - best` has reached "
            "`patience`: so many epochs went by without a new lowest loss."
        ),
        N_(
            "In the loop: `if loss < lowest: lowest, best = loss, epoch`, and then `elif epoch - best == "
            "patience: return best, epoch`. After the loop, the last epoch was the last one."
        ),
    ],
)
def best_epoch(val_losses: list[float], patience: int) -> tuple[int, int]:
    """Say which epoch's weights to keep, and where early stopping ends the training.

    The best epoch is the one with the lowest validation loss so far; of equal ones, the first. Training
    stops after `patience` epochs in a row without a new lowest loss, or when the losses end.

    Args:
        val_losses: the validation loss after each epoch, at least one.
        patience: how many epochs without improvement are allowed, at least 1.

    Returns:
        (best epoch, last epoch that is trained), both counted from 0.
    """
    lowest, best = val_losses[0], 0
    for epoch, loss in enumerate(val_losses):
        if loss < lowest:
            lowest, best = loss, epoch
        elif epoch - best == patience:
            return best, epoch
    return best, len(val_losses) - 1


@best_epoch.inputs
def _losses(generator: torch.Generator) -> tuple[list[float], int]:
    patience = draw(2, generator) + 2
    falling = [2.0 - 0.2 * epoch for epoch in range(draw(3, generator) + 2)]
    lowest = falling[-1]
    worse = [lowest + 0.05 * (draw(4, generator) + 1) for _epoch in range(patience + 3)]
    bump = worse[: patience - 1]  # bad epochs that patience survives
    kind = draw(4, generator)
    if kind == 0:  # never stopped
        return falling, patience
    if kind == 1:  # stopped, though lower losses would have come
        return [*falling, *worse[:patience], lowest - 0.3, lowest - 0.5], patience
    if kind == 2:  # a bump is survived, and the same loss once more is no improvement
        return [*falling, *bump, lowest - 0.1, *bump, lowest - 0.1, *worse], patience
    # however little it is, less is less
    return [*falling, *bump, lowest - 0.002, *bump, lowest - 0.004, *worse], patience


def _rule(losses: list[float], patience: int, ties: bool = False, reset: bool = True) -> tuple[int, int]:
    """The rule, with the faults that can be built into it."""
    lowest, best, bad = losses[0], 0, 0
    for epoch, loss in enumerate(losses[1:], start=1):
        if loss < lowest or (ties and loss == lowest):
            lowest, best, bad = loss, epoch, (0 if reset else bad)
        else:
            bad += 1
        if bad == patience:
            return best, epoch
    return best, len(losses) - 1


@best_epoch.mistake(
    N_("This keeps the epoch with the highest loss. A loss is an error: the lowest is the best.")
)
def _highest(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule([-loss for loss in val_losses], patience)


@best_epoch.mistake(
    N_(
        "Your best epoch comes after training has stopped. Nobody would ever have seen it: look only at "
        "epochs up to the stop."
    )
)
def _looks_ahead(val_losses: list[float], patience: int) -> tuple[int, int]:
    return val_losses.index(min(val_losses)), _rule(val_losses, patience)[1]


@best_epoch.mistake(N_("Training never stops early here: `patience` has no part in it."))
def _never_stops(val_losses: list[float], patience: int) -> tuple[int, int]:
    return val_losses.index(min(val_losses)), len(val_losses) - 1


@best_epoch.mistake(
    N_(
        "One epoch too many: with a patience of 2, training stops after the second bad epoch, not after the "
        "third."
    )
)
def _too_late(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule(val_losses, patience + 1)


@best_epoch.mistake(
    N_("One epoch too early: `patience` bad epochs must have gone by, the last one included.")
)
def _too_early(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule(val_losses, patience - 1)


@best_epoch.mistake(
    N_("The bad epochs must come in a row. After each new lowest loss, start counting from 0 again.")
)
def _never_resets(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule(val_losses, patience, reset=False)


@best_epoch.mistake(
    N_("An equal loss is no improvement: use `<`, not `<=`, and keep the first of equal epochs.")
)
def _ties_count(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule(val_losses, patience, ties=True)


@best_epoch.mistake(N_("Off by one: epochs are counted from 0 here, as Python's `enumerate` does."))
def _from_one(val_losses: list[float], patience: int) -> tuple[int, int]:
    best, last = _rule(val_losses, patience)
    return best + 1, last + 1


@best_epoch.mistake(N_("The order is swapped: first the best epoch, then the last one."))
def _last_first(val_losses: list[float], patience: int) -> tuple[int, int]:
    return _rule(val_losses, patience)[::-1]


@best_epoch.mistake(
    N_(
        "Each loss is compared with the one before it. A small recovery after a bad epoch is no new lowest "
        "loss: compare with the lowest so far."
    )
)
def _against_the_last(val_losses: list[float], patience: int) -> tuple[int, int]:
    best, bad = 0, 0
    for epoch in range(1, len(val_losses)):
        better = val_losses[epoch] < val_losses[epoch - 1]
        best, bad = (epoch, 0) if better else (best, bad + 1)
        if bad == patience:
            return best, epoch
    return best, len(val_losses) - 1
