"""One class per picture: how a batch of them becomes a loss, and a loader becomes scores."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.metrics import averaged, confusion_counts, top_k_hits
from vislearn.training.distributed import gathered, share
from vislearn.training.tasks.labels import cross_entropy, form_error, label_error

__all__ = ["ClassificationTask"]

Batch = tuple[torch.Tensor, torch.Tensor]
_BRIGHT = 100  # floats above it, none below 0: bytes that were never scaled


class ClassificationTask:
    """One class per picture: cross-entropy, and the share of right answers.

    Args:
        label_smoothing: this share of the truth is spread over all classes, 0..1; a model then learns not
            to be too sure.
        class_weights: one number per class, by which its pictures' losses count; None counts all alike.
        top_k: also report ``top{k}_accuracy``: the right class is among the k best.
        macro: also report precision, recall and F1, each the mean over the classes.

    Attributes:
        judged_by: ``"loss"``, which still tells epochs apart where their accuracy is the same.

    Raises:
        InputError: ``label_smoothing`` outside 0..1.

    Source: Szegedy et al., Rethinking the Inception Architecture, 2016 (label smoothing).
    """

    judged_by = "loss"

    def __init__(
        self,
        *,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | torch.Tensor | None = None,
        top_k: int | None = None,
        macro: bool = False,
    ) -> None:
        if not 0 <= label_smoothing < 1:
            raise InputError("label_smoothing", "must lie in 0..1", got=label_smoothing, fix="Try 0.1.")
        self.label_smoothing, self.top_k, self.macro = label_smoothing, top_k, macro
        self.class_weights: torch.Tensor | None = None
        if class_weights is not None:
            self.class_weights = torch.as_tensor(class_weights, dtype=torch.float32)
        self._classes = 0  # of the scores seen last

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy of images (N, C, H, W) and classes (N,), in nats.

        Raises:
            InputError: the batch is no pair of pictures and classes, or a label has no score.
        """
        images, target = _checked(batch, shares=True)
        if not self._classes:
            _doubt(images)
        logits = model(images)
        self._classes = logits.shape[1]
        if self.class_weights is not None:
            self.class_weights = self.class_weights.to(logits.device)
        return cross_entropy(logits, target, weight=self.class_weights, label_smoothing=self.label_smoothing)

    def complaint(self, batch: Batch) -> str:
        """What is wrong with a batch of images (N, C, H, W) and classes (N,); empty if nothing is."""
        return str(label_error(batch[1], self._classes) or "")

    def require_answer(self, answer: torch.Tensor, classes: Sequence[str]) -> None:
        """Refuse a network with more or fewer scores than there are classes.

        Args:
            answer: the network's, logits (N, K).
            classes: their names.

        Raises:
            InputError: K is another number.
        """
        if isinstance(answer, torch.Tensor) and answer.ndim == 2 and answer.shape[1] != len(classes):
            raise InputError(
                "model",
                f"must give one score for each of the {len(classes)} classes",
                got=f"{answer.shape[1]} scores",
                fix=f"Give it a new head: vislearn.models.replace_head(model, {len(classes)}).",
            )

    def evaluate(self, model: nn.Module, loader: Iterable[Batch]) -> dict[str, float]:
        """Mean loss in nats and accuracy in [0, 1] over every picture of the loader.

        The loss is plain cross-entropy whatever the training weighs or smooths, so that runs can be compared.
        What is kept of a batch is its answers, not its logits.

        Raises:
            InputError: the loader is empty, a batch is no pair of pictures and classes, or a label has no
                score.
        """
        pairs = (_checked(batch, shares=False) for batch in share(loader))
        parts = [self._judge(model(images), target.long()) for images, target in pairs]
        own = [torch.cat(column).cpu() for column in zip(*parts, strict=True)]
        everyones = gathered((own, self._classes))
        shares, classes = [columns for columns, _ in everyones if columns], max(seen for _, seen in everyones)
        if not shares:
            raise InputError("loader", "must yield at least one batch", got="none", fix="Check its data set.")
        losses, answers, hits, target = (torch.cat(column) for column in zip(*shares, strict=True))
        if error := label_error(target, classes):
            raise error
        scores = {"loss": losses.mean().item(), "accuracy": (answers == target).double().mean().item()}
        if self.top_k is not None:
            scores[f"top{self.top_k}_accuracy"] = hits.double().mean().item()
        if self.macro:
            means = averaged(confusion_counts(answers, target, classes), "macro")
            scores |= dict(zip(("macro_precision", "macro_recall", "macro_f1"), means, strict=True))
        return scores

    def _judge(self, logits: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits (N, K), target (N,) -> losses, answers, hits and target, (N,) each."""
        self._classes = logits.shape[1]
        answers = logits.argmax(dim=1)
        hits = answers == target if self.top_k is None else top_k_hits(logits, target, self.top_k)
        return cross_entropy(logits, target, reduction="none"), answers, hits, target


def _checked(batch: Any, *, shares: bool) -> Batch:
    """The batch, refused where it can't be pictures and their classes."""
    if not isinstance(batch, (tuple, list)) or len(batch) != 2:
        got = f"{len(batch)} parts" if isinstance(batch, (tuple, list)) else type(batch).__name__
        raise InputError("a batch for classification", "must be (pictures, classes)", got=got)
    images, target = batch
    pictures = len(images) if isinstance(images, torch.Tensor) and images.ndim else len(target)
    if defect := form_error(target, pictures, shares=shares):
        raise defect
    return images, target


def _doubt(images: Any) -> None:
    """Say what looks wrong and might be meant."""
    is_picture = isinstance(images, torch.Tensor) and images.ndim == 4 and images.is_floating_point()
    if is_picture and images.numel() and images.min() >= 0 and images.max() > _BRIGHT:
        warnings.warn(
            f"The pictures' values reach {images.max():.0f}: networks learn better from 0..1, normalised. "
            "Say v2.ToDtype(torch.float32, scale=True), then v2.Normalize.",
            stacklevel=4,
        )
