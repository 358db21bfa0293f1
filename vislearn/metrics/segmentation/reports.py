"""One table of counted pixels, told class by class."""

from collections.abc import Sequence

import torch

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics.answers import as_counts
from vislearn.metrics.classification import averaged, class_scores
from vislearn.metrics.reports import as_share, as_text, require_each_once
from vislearn.metrics.segmentation.scores import (
    MAKER,
    class_iou,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)

__all__ = ["PixelReport", "report"]


class PixelReport:
    """IoU, Dice, precision, recall and share of the pixels of every class, and what they come to.

    Args:
        counts: (K, K) as :func:`counts` makes them; those of several batches added up.
        classes: K names, the background's first where there is one; None numbers them.

    Attributes:
        counts: as given.
        classes: one name per class.

    Raises:
        InputError: counts that are no counts, another number of names, or one name twice.

    >>> print(PixelReport(torch.tensor([[90, 2], [3, 5]]), ["background", "cat"]))
                     IoU  Dice  precision  recall  share
    background      0.95  0.97       0.97    0.98   0.92
    cat             0.50  0.67       0.71    0.62   0.08
    mean            0.72  0.82       0.84    0.80   1.00
    by frequency    0.91                            1.00
    pixel accuracy                           0.95   1.00
    """

    def __init__(self, counts: torch.Tensor, classes: Sequence[str] | None = None) -> None:
        self.counts = as_counts(counts, MAKER)
        self.classes = _names(classes, len(self.counts))

    def rows(self) -> list[dict[str, str]]:
        """For ``viz.table``: a row per class, then the means, in the learner's language.

        Means are over the classes present; of these, one that was never answered has precision 0 there.
        """
        scores, iou, truth = class_scores(self.counts), class_iou(self.counts), self.counts.sum(1)
        columns = [iou, scores.f1, scores.precision, scores.recall, truth / truth.sum()]  # (K,) each
        whole = float(truth.sum() / truth.sum())  # nan without pixels
        precision, recall, f1 = averaged(self.counts, "macro")
        return [
            *(_row(name, [float(column[at]) for column in columns]) for at, name in enumerate(self.classes)),
            _row(_("mean"), [mean_iou(self.counts), f1, precision, recall, whole]),
            _row(_("by frequency"), [frequency_weighted_iou(self.counts), None, None, None, whole]),
            _row(_("pixel accuracy"), [None, None, None, pixel_accuracy(self.counts), whole]),
        ]

    def __str__(self) -> str:
        return as_text(self.rows())

    __repr__ = __str__


def report(counts: torch.Tensor, classes: Sequence[str] | None = None) -> PixelReport:
    """Everything that one table of counts says, class by class, as a :class:`PixelReport`.

    Args:
        counts: (K, K) as :func:`counts` makes them.
        classes: K names; None numbers them.

    >>> report(torch.tensor([[90, 2], [3, 5]]), ["background", "cat"]).rows()[1]["IoU"]
    '0.50'
    """
    return PixelReport(counts, classes)


def _names(classes: Sequence[str] | None, count: int) -> tuple[str, ...]:
    names = list(map(str, range(count))) if classes is None else classes
    words = isinstance(names, Sequence) and not isinstance(names, str)
    if not words or len(names) != count or not all(isinstance(name, str) for name in names):
        raise InputError(
            "classes",
            f"must be as many names as classes ({count})",
            got=repr(classes),
            fix="The background has a name too.",
        )
    require_each_once("classes", names)
    return tuple(names)


def _row(name: str, shares: Sequence[float | None]) -> dict[str, str]:
    titles = ["", "IoU", "Dice", _("precision"), _("recall"), _("share")]
    return dict(zip(titles, [name, *map(as_share, shares)], strict=True))
