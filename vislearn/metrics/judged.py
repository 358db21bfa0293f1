"""What a classifier answered about pictures whose class is known, kept picture by picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from vislearn.errors import InputError
from vislearn.metrics.classification import confusion_counts
from vislearn.metrics.confidence import Calibration, calibration
from vislearn.metrics.reports import ClassReport

__all__ = ["Judged", "Mistake"]


@dataclass(frozen=True)
class Mistake:
    """One picture that was answered wrong.

    Attributes:
        file: its path.
        truth: the right class.
        answer: the class it was taken for.
        truth_share: how probable the right class was said to be, in 0..1.
        answer_share: likewise the answer.
    """

    file: str
    truth: str
    answer: str
    truth_share: float
    answer_share: float


@dataclass(frozen=True)
class Judged:
    """Answers to one part of a data set.

    Attributes:
        names: of the K classes.
        files: the N pictures.
        truth: int64 (N,), the right class of each.
        probabilities: float32 (N, K), rows that add up to 1.

    Raises:
        InputError: lengths that don't fit.

    >>> answers = torch.tensor([[0.9, 0.1], [0.8, 0.2]])
    >>> judged = Judged(("cat", "dog"), ("a.png", "b.png"), torch.tensor([0, 1]), answers)
    >>> judged.report.accuracy, judged.mistakes()[0].file
    (0.5, 'b.png')
    """

    names: Sequence[str]
    files: Sequence[str]
    truth: torch.Tensor
    probabilities: torch.Tensor

    def __post_init__(self) -> None:
        expected = (len(self.files), len(self.names))
        if tuple(self.probabilities.shape) != expected or len(self.truth) != len(self.files):
            got = f"{tuple(self.probabilities.shape)} for {len(self.truth)} labels"
            raise InputError("probabilities", f"must be {expected}, files and classes", got=got)

    @property
    def report(self) -> ClassReport:
        """Precision, recall and F1, class by class."""
        return ClassReport(
            confusion_counts(self.probabilities, self.truth, len(self.names)), tuple(self.names)
        )

    @property
    def loss(self) -> float:
        """Mean −log of the probability of the right class, in nats."""
        return self._losses().double().mean().item()

    @property
    def calibration(self) -> Calibration:
        """How often it is right when it says how sure it is."""
        return calibration(self.probabilities, self.truth)

    def mistakes(self, count: int | None = None) -> list[Mistake]:
        """The wrong answers, the one with the largest loss first.

        Args:
            count: how many at most; None: all.
        """
        answers, losses = self.probabilities.argmax(dim=1), self._losses()
        order = [
            at
            for at in losses.argsort(descending=True, stable=True).tolist()
            if answers[at] != self.truth[at]
        ]
        return [self._mistake(at, int(answers[at])) for at in order[:count]]

    def _losses(self) -> torch.Tensor:
        own = self.probabilities.gather(1, self.truth[:, None])[:, 0]
        return -own.clamp(min=1e-12).log()

    def _mistake(self, at: int, answer: int) -> Mistake:
        truth, shares = int(self.truth[at]), self.probabilities[at]
        return Mistake(
            str(self.files[at]),
            self.names[truth],
            self.names[answer],
            float(shares[truth]),
            float(shares[answer]),
        )
