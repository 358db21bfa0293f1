"""What a loss is given: scores, probabilities, or their logarithms."""

from collections import Counter
from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.loop.recorder import Recorder
from vislearn.traps.trap import Trap

__all__ = [
    "NLL_WITHOUT_LOG_SOFTMAX",
    "PROBABILITIES_WHILE_JUDGING",
    "SIGMOID_BEFORE_LOSS",
    "SOFTMAX_BEFORE_LOSS",
    "Scores",
]

_LOOKS = 8  # calls of each loss to look at
_ENOUGH = 3  # of them with the same mistake
_MANY = 32  # scores that don't all lie in 0..1 by chance
_CLOSE = 1e-3  # of 1, for a sum of probabilities; what half precision leaves of it


class Scores(Recorder):
    """What the first calls of cross-entropy and its relatives were given."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.looks: Counter[str] = Counter()
        self.strikes: Counter[tuple[str, str]] = Counter()  # loss and what it was given
        self.beyond: Counter[str] = Counter()  # looks at what can't be probabilities
        self.judged: Counter[str] = Counter()  # looks where no gradient will pass: nothing is learned
        self.inside: Counter[str] = Counter()  # among them those at probabilities
        self._numbers: Counter[str] = Counter()  # in all of these

    def loss(self, kind: str, scores: torch.Tensor) -> None:
        """Look at a few scores."""
        if not scores.numel():
            return
        if not scores.requires_grad:
            self._look_on(kind, scores)
        elif self.looks[kind] < _LOOKS:
            self.looks[kind] += 1
            self.strikes[kind, _kind_of(kind, scores)] += 1
            self.beyond[kind] += not _is_unit(scores)

    def _look_on(self, kind: str, scores: torch.Tensor) -> None:
        """Where nothing is learned."""
        if self.judged[kind] >= _LOOKS:
            return
        self.judged[kind] += 1
        likely = kind == "binary_cross_entropy_with_logits" or _kind_of(kind, scores) == "probabilities"
        self.inside[kind] += likely and _is_unit(scores)
        self._numbers[kind] += scores.numel()

    def changes(self, kind: str) -> bool:
        """Whether a loss is given scores to learn from, and probabilities while judging."""
        learned, judged = self.looks[kind], self.judged[kind]
        if learned < _ENOUGH or judged < 2 or self._numbers[kind] < _MANY:
            return False
        return self.beyond[kind] == learned and self.inside[kind] == judged

    def mistaken(self, kind: str, given: str) -> bool:
        """Whether a loss was given this at nearly every look."""
        count = self.strikes[kind, given]
        return count >= _ENOUGH and count >= self.looks[kind] - 1


def _is_unit(scores: torch.Tensor) -> bool:
    """Whether all lie in 0..1, and not all are the same."""
    low, high = scores.detach().aminmax()
    return bool(0 <= low < high <= 1)


def _kind_of(loss: str, scores: torch.Tensor) -> str:
    """``"probabilities"``, ``"sigmoid"``, ``"log"`` or ``"scores"``: of (N, K, …), or (K,)."""
    if type(scores.grad_fn).__name__.startswith("SigmoidBackward"):
        return "sigmoid"
    axis = 1 if scores.ndim > 1 else 0
    if loss == "binary_cross_entropy_with_logits" or scores.shape[axis] < 2:
        return "scores"
    few = scores.detach().flatten(2)[:32, :, :16] if scores.ndim > 2 else scores.detach()[:32]
    few = few.float()
    if bool((few >= 0).all()) and _are_one(few.sum(axis)):
        return "probabilities"
    return "log" if bool((few <= 0).all()) and _are_one(few.exp().sum(axis)) else "scores"


def _are_one(sums: torch.Tensor) -> bool:
    return bool(((sums - 1).abs() < _CLOSE * 10).all()) if sums.numel() else False


def _softmax(seen: Scores) -> Problem | None:
    if not seen.mistaken("cross_entropy", "probabilities"):
        return None
    return Problem(
        _("cross_entropy"),
        _("is given probabilities, and makes probabilities of them once more"),
        _("Leave the softmax out of the model: cross_entropy wants its plain scores."),
    )


def _sigmoid(seen: Scores) -> Problem | None:
    for kind in ("binary_cross_entropy_with_logits", "cross_entropy"):
        if seen.mistaken(kind, "sigmoid"):
            return Problem(
                kind,
                _("is given what a sigmoid returned, and squeezes it once more"),
                _("Leave the sigmoid out of the model, and apply it where you want probabilities."),
            )
    return None


def _nll(seen: Scores) -> Problem | None:
    if not any(seen.mistaken("nll_loss", given) for given in ("probabilities", "scores", "sigmoid")):
        return None
    return Problem(
        _("nll_loss"),
        _("is not given logarithms of probabilities, so it can fall below any bound"),
        _("Use cross_entropy, which wants the plain scores, or log_softmax before nll_loss."),
    )


def _while_judging(seen: Scores) -> Problem | None:
    for kind in ("cross_entropy", "binary_cross_entropy_with_logits"):
        if seen.changes(kind):
            return Problem(
                kind,
                _("is given scores while training, and probabilities in the evaluation"),
                _("Let the model return scores in both modes, and make probabilities of them outside."),
            )
    return None


_LOOP = """for images, labels in loader:
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
_RIGHT = _LOOP.format(loss="F.cross_entropy(model(images), labels)")

SOFTMAX_BEFORE_LOSS = Trap(
    "softmax_before_cross_entropy",
    "certain",
    section="13.4",
    broken=_LOOP.format(loss="F.cross_entropy(model(images).softmax(1), labels)"),
    symptom=N_("The loss sinks slowly and never comes near 0: with 10 classes it stays above 1.46."),
    fixed=_RIGHT,
    find=lambda seen: _softmax(seen.scores),
)
SIGMOID_BEFORE_LOSS = Trap(
    "sigmoid_before_loss",
    "certain",
    section="13.4",
    broken=_LOOP.format(
        loss="F.binary_cross_entropy_with_logits(model(images).sigmoid(), F.one_hot(labels, 3).float())"
    ),
    symptom=N_("The loss hardly moves, and every probability stays between 0.5 and 0.73."),
    fixed=_LOOP.format(
        loss="F.binary_cross_entropy_with_logits(model(images), F.one_hot(labels, 3).float())"
    ),
    find=lambda seen: _sigmoid(seen.scores),
)
NLL_WITHOUT_LOG_SOFTMAX = Trap(
    "nll_without_log_softmax",
    "certain",
    section="13.4",
    broken=_LOOP.format(loss="F.nll_loss(model(images), labels)"),
    symptom=N_("The loss is negative, and falls for ever."),
    fixed=_LOOP.format(loss="F.nll_loss(F.log_softmax(model(images), 1), labels)"),
    find=lambda seen: _nll(seen.scores),
)
_JUDGE = (
    _RIGHT
    + """model.eval()
with torch.no_grad():
    for images, labels in val_loader:
        loss = F.cross_entropy({scores}, labels)
"""
)
PROBABILITIES_WHILE_JUDGING = Trap(
    "probabilities_while_judging",
    "likely",
    section="13.4",
    broken=_JUDGE.format(scores="model(images).softmax(1)"),
    symptom=N_("The validation loss stays high and flat, while the accuracy rises."),
    fixed=_JUDGE.format(scores="model(images)"),
    find=lambda seen: _while_judging(seen.scores),
)
