"""What differs between kinds of training: how a batch becomes a loss, how a loader becomes a score."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.metrics import averaged, confusion_counts, top_k_hits
from vislearn.training.distributed import gathered, share

__all__ = ["ClassificationTask", "Task"]

Batch = tuple[torch.Tensor, torch.Tensor]
_IGNORED = -100  # torch's own mark for "no label here"


class Task(Protocol):
    """What :func:`vislearn.training.fit` must know about a problem.

    A task may also have ``complaint(batch) -> str``: what is wrong with a batch whose loss is not finite.
    """

    def loss(self, model: nn.Module, batch: Any) -> torch.Tensor:
        """One batch -> a scalar with a gradient, the mean over the batch."""

    def evaluate(self, model: nn.Module, loader: Iterable[Any]) -> dict[str, float]:
        """A whole loader -> named scores; the model is in eval mode, gradients are off.

        Under ``torchrun`` every process calls it: look at :func:`vislearn.training.share` of the batches,
        and add up with :func:`vislearn.training.gathered`; or look at all of them, in every process.
        """


class ClassificationTask:
    """One class per picture: cross-entropy, and the share of right answers.

    Args:
        label_smoothing: this share of the truth is spread over all classes, 0..1; a model then learns not
            to be too sure.
        class_weights: one number per class, by which its pictures' losses count; None counts all alike.
        top_k: also report ``top{k}_accuracy``: the right class is among the k best.
        macro: also report precision, recall and F1, each the mean over the classes.

    Raises:
        InputError: ``label_smoothing`` outside 0..1.

    Source: Szegedy et al., Rethinking the Inception Architecture, 2016 (label smoothing).
    """

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
            InputError: a label has no score.
        """
        images, target = batch
        logits = model(images)
        self._classes = logits.shape[-1]
        if self.class_weights is not None:
            self.class_weights = self.class_weights.to(logits.device)
        return _cross_entropy(logits, target, weight=self.class_weights, label_smoothing=self.label_smoothing)

    def complaint(self, batch: Batch) -> str:
        """What is wrong with a batch of images (N, C, H, W) and classes (N,); empty if nothing is."""
        target = batch[1]
        if target.is_floating_point() or not len(_strangers(target, self._classes)):
            return ""
        return str(_out_of_range(target, self._classes))

    def evaluate(self, model: nn.Module, loader: Iterable[Batch]) -> dict[str, float]:
        """Mean loss in nats and accuracy in [0, 1] over every picture of the loader.

        The loss is plain cross-entropy whatever the training weighs or smooths, so that runs can be compared.
        What is kept of a batch is its answers, not its logits.

        Raises:
            InputError: the loader is empty, or a label has no score.
        """
        parts = [self._judge(model(images), target) for images, target in share(loader)]
        own = [torch.cat(column).cpu() for column in zip(*parts, strict=True)]
        everyones = gathered((own, self._classes))
        shares, classes = [columns for columns, _ in everyones if columns], max(seen for _, seen in everyones)
        if not shares:
            raise InputError("loader", "must yield at least one batch", got="none", fix="Check its data set.")
        losses, answers, hits, target = (torch.cat(column) for column in zip(*shares, strict=True))
        if len(_strangers(target, classes)):
            raise _out_of_range(target, classes)
        scores = {"loss": losses.mean().item(), "accuracy": (answers == target).double().mean().item()}
        if self.top_k is not None:
            scores[f"top{self.top_k}_accuracy"] = hits.double().mean().item()
        if self.macro:
            means = averaged(confusion_counts(answers, target, classes), "macro")
            scores |= dict(zip(("macro_precision", "macro_recall", "macro_f1"), means, strict=True))
        return scores

    def _judge(self, logits: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits (N, K), target (N,) -> losses, answers, hits and target, (N,) each."""
        self._classes = logits.shape[-1]
        answers = logits.argmax(dim=1)
        hits = answers == target if self.top_k is None else top_k_hits(logits, target, self.top_k)
        return _cross_entropy(logits, target, reduction="none"), answers, hits, target


def _cross_entropy(logits: torch.Tensor, target: torch.Tensor, **how: Any) -> torch.Tensor:
    """nn.functional.cross_entropy, with a word for labels that have no score."""
    classes = logits.shape[-1]
    if target.is_floating_point():
        return nn.functional.cross_entropy(logits, target, **how)
    if target.is_cuda:
        # CUDA answers a wrong label by breaking every later call. So it becomes nan here, without the wait
        # that asking for the largest label would cost; fit looks at the loss, and asks for a complaint.
        known = ((target >= 0) & (target < classes)) | (target == _IGNORED)
        loss = nn.functional.cross_entropy(logits, target.where(known, 0), **how)
        return loss.where(known if loss.ndim else known.all(), torch.nan)
    try:
        return nn.functional.cross_entropy(logits, target, **how)
    except IndexError:
        raise _out_of_range(target, classes) from None


def _strangers(target: torch.Tensor, classes: int) -> torch.Tensor:
    return target[((target < 0) | (target >= classes)) & (target != _IGNORED)]


def _out_of_range(target: torch.Tensor, classes: int) -> InputError:
    label = int(_strangers(target, classes)[0])
    fix = f"Labels count from 0; or give the model a head with at least {label + 1} scores."
    if label < 0:
        fix = "Labels count from 0."
    rule = f"must lie in 0…{classes - 1}, for the model's {classes} scores"
    return InputError("labels", rule, got=label, fix=fix)
