"""One confusion matrix, told class by class."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics.classification import ClassScores, averaged, class_scores, confusion_counts

__all__ = ["ClassReport", "as_share", "as_text", "report", "require_each_once"]

NOTHING = "–"  # stands where a score would be 0/0


class ClassReport:
    """Precision, recall, F1 and support of every class, and their averages.

    Args:
        counts: (K, K) confusion counts, rows = truth; those of several batches added up.
        names: one per class; None numbers them.

    Attributes:
        counts: as given.
        names: one per class.
        scores: :class:`ClassScores`, nan where a class gives no answer to the question.
        accuracy: share of right answers, nan without pictures.

    Raises:
        InputError: counts that are no counts, another number of names, or one name twice.

    >>> print(ClassReport(torch.tensor([[8, 2], [1, 9]]), ["cat", "dog"]))
              precision  recall    F1  support
    cat            0.89    0.80  0.84       10
    dog            0.82    0.90  0.86       10
    macro          0.85    0.85  0.85       20
    weighted       0.85    0.85  0.85       20
    accuracy                     0.85       20
    """

    def __init__(self, counts: torch.Tensor, names: Sequence[str] | None = None) -> None:
        self.scores: ClassScores = class_scores(counts)
        self.counts = counts
        self.names = tuple(names) if names is not None else tuple(map(str, range(len(counts))))
        if len(self.names) != len(counts):
            raise InputError("names", f"must be as many as classes ({len(counts)})", got=len(self.names))
        require_each_once("names", self.names)
        self.accuracy = averaged(counts, "micro")[0]

    def average(self, average: str = "macro") -> dict[str, float]:
        """Precision, recall and F1 over all classes, by name; as :func:`vislearn.metrics.averaged`.

        >>> ClassReport(torch.tensor([[8, 2], [1, 9]])).average("micro")["f1"]
        0.85
        """
        return dict(zip(["precision", "recall", "f1"], averaged(self.counts, average), strict=True))

    def mistakes(self, count: int = 5) -> list[tuple[str, str, int]]:
        """The most frequent confusions: (truth, answer, how often), the most frequent first.

        >>> ClassReport(torch.tensor([[8, 2], [1, 9]]), ["cat", "dog"]).mistakes()
        [('cat', 'dog', 2), ('dog', 'cat', 1)]
        """
        wrong = self.counts.cpu() - self.counts.cpu().diag().diag()
        order = wrong.flatten().argsort(descending=True, stable=True)[:count].tolist()
        found = [(at // len(self.names), at % len(self.names)) for at in order]
        return [(self.names[i], self.names[j], int(wrong[i, j])) for i, j in found if wrong[i, j] > 0]

    def rows(self) -> list[dict[str, str]]:
        """For ``viz.table``: a row per class, then the averages, in the learner's language."""
        scores, total = self.scores, str(int(self.scores.support.sum()))
        rows = [
            self._row(name, [float(numbers[at]) for numbers in scores[:3]], str(int(scores.support[at])))
            for at, name in enumerate(self.names)
        ]
        rows += [self._row(kind, list(averaged(self.counts, kind)), total) for kind in ("macro", "weighted")]
        return [*rows, self._row(_("accuracy"), [None, None, self.accuracy], total)]

    @staticmethod
    def _row(name: str, numbers: Sequence[float | None], support: str) -> dict[str, str]:
        written = list(map(as_share, numbers))
        return dict(
            zip(["", _("precision"), _("recall"), "F1", _("support")], [name, *written, support], strict=True)
        )

    def __str__(self) -> str:
        return as_text(self.rows())

    __repr__ = __str__


def require_each_once(argument: str, names: Sequence[str]) -> None:
    """Refuse a name of two classes: nobody could tell their rows apart.

    Args:
        argument: what they were given as.
        names: of the classes.

    Raises:
        InputError: there is one.
    """
    if twice := next((name for at, name in enumerate(names) if name in names[:at]), None):
        raise InputError(argument, "must name each class once", got=f"{twice!r} twice")


def as_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of a report as a table of letters: titles first, the names at the left, numbers at the right.

    Args:
        rows: one or more, all with the same titles.

    >>> print(as_text([{"": "cat", "IoU": "0.50"}, {"": "mean", "IoU": "1"}]))
           IoU
    cat   0.50
    mean     1
    """
    table = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in table]
    if any(NOTHING in row[1:] for row in table):
        lines.append(
            _("–: nothing to divide by, as for a class that isn't there, or that was never answered.")
        )
    return "\n".join(lines)


def as_share(number: float | None) -> str:
    """A score as tables write it: two decimals, a dash for nan, nothing for what has no place there.

    Args:
        number: in 0..1, nan, or None.

    >>> as_share(0.5), as_share(float("nan")), as_share(None)
    ('0.50', '–', '')
    """
    if number is None:
        return ""
    return NOTHING if math.isnan(number) else f"{number:.2f}"


def report(
    predicted: Any, target: Any, names: Sequence[str] | None = None, *, num_classes: int | None = None
) -> ClassReport:
    """Everything that one set of answers says about each class, as a :class:`ClassReport`.

    Args:
        predicted: scores (N, K) or class numbers (N,).
        target: (N,) the right classes.
        names: one per class; None numbers them.
        num_classes: K; None takes the names, the columns of the scores, or the highest class that occurs.

    >>> report([0, 1, 1], [0, 0, 1], ["cat", "dog"]).scores.precision.tolist()
    [1.0, 0.5]
    """
    if num_classes is None and names is not None:
        num_classes = len(names)
    return ClassReport(confusion_counts(predicted, target, num_classes), names)
