"""A class for each pixel: how a batch of pictures becomes a loss, and a loader becomes scores."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.metrics import segmentation as metrics
from vislearn.ops.losses import dice_loss, pixel_bce, pixel_cross_entropy, pixel_focal, tversky_loss
from vislearn.training.distributed import gathered, share
from vislearn.training.tasks.pixel_labels import mask_error, picture_error

__all__ = ["SEGMENTATION_LOSSES", "SegmentationTask"]

Batch = tuple[Any, torch.Tensor]

SEGMENTATION_LOSSES: dict[str, str] = {
    "cross_entropy": "every pixel counts alike: what is small hardly counts",
    "bce": "each class for itself against all others",
    "focal": "cross-entropy that hardly counts what is right already",
    "dice": "compares areas: a small object counts as much as a large one",
    "tversky": "Dice that minds what is missed more than what is found too much",
}
_SHORT = {"ce": "cross_entropy"}
_WEIGHTS_AS = {"cross_entropy": "weight", "focal": "weight", "bce": "pos_weight"}
_FUNCTIONS: dict[str, Callable[..., torch.Tensor]] = {
    "cross_entropy": pixel_cross_entropy,
    "bce": pixel_bce,
    "focal": pixel_focal,
    "dice": dice_loss,
    "tversky": tversky_loss,
}


class SegmentationTask:
    """A class for each pixel: one or several losses by name, and IoU from pixels counted once.

    Of a batch that is judged, a table of K × K counts is kept, and neither logits nor answers. The first
    batch is looked at for all that goes wrong silently; on the CPU every one.

    Args:
        num_classes: K, the background included.
        loss: names of :data:`SEGMENTATION_LOSSES`, joined by ``+`` to be added up: ``"ce+dice"``.
        class_weights: one number per class, by which its pixels count in cross-entropy and focal loss, and as
            ``pos_weight`` in BCE; losses of areas take none.
        ignore_index: pixels of this number are neither learned from nor judged.
        aux_weight: by which the loss of a second head counts, as torchvision's recipe has it.
        classes: names of the classes 0 ... K-1, for :attr:`report`.

    Attributes:
        judged_by: ``"miou"``: the loss says little where a class is rare.
        counts: int64 (K, K) of the last evaluation, rows truth, columns answers; None before.

    Raises:
        InputError: an unknown loss, or weights of another number, or that no loss takes.

    Source: section 5 of the course's text; torchvision's segmentation references.
    """

    judged_by = "miou"

    def __init__(
        self,
        num_classes: int,
        *,
        loss: str = "cross_entropy",
        class_weights: Sequence[float] | torch.Tensor | None = None,
        ignore_index: int = 255,
        aux_weight: float = 0.5,
        classes: Sequence[str] | None = None,
    ) -> None:
        self.num_classes, self.ignore_index, self.aux_weight = num_classes, ignore_index, aux_weight
        self.losses = _loss_names(loss)
        self.class_weights = _weights(class_weights, num_classes, self.losses)
        self.classes = None if classes is None else list(classes)
        self.counts: torch.Tensor | None = None
        self._looked = False

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """The loss of pictures (N, 3, H, W) and masks (N, H, W), a scalar; 0 where all pixels are ignored.

        Raises:
            InputError: the batch is no pair of pictures and masks, or a pixel has no class.
        """
        images, masks = self._checked(model, batch, look=True)
        answers = model(images)
        total = self._of(self._logits(answers, masks), masks)
        if isinstance(answers, Mapping) and "aux" in answers:
            total = total + self.aux_weight * self._of(answers["aux"].float(), masks)
        return total

    def complaint(self, batch: Batch) -> str:
        """What is wrong with a batch; empty if nothing is."""
        return str(self._error(None, batch) or "")

    def require_answer(self, answer: Any, classes: Sequence[str]) -> None:
        """Refuse a network with more or fewer logits than there are classes.

        Args:
            answer: the network's: a dict with ``"out"``, or logits (N, K, H, W).
            classes: their names.

        Raises:
            InputError: K is another number.
        """
        logits = answer.get("out") if isinstance(answer, Mapping) else answer
        if isinstance(logits, torch.Tensor) and logits.ndim == 4 and logits.shape[1] != len(classes):
            raise InputError(
                "model",
                f"must give one logit per pixel for each of the {len(classes)} classes",
                got=logits.shape[1],
                fix=f"Build it with num_classes={len(classes)}: the background counts too.",
            )

    def evaluate(self, model: nn.Module, loader: Iterable[Batch]) -> dict[str, float]:
        """Scores over all pixels of the loader that are not ignored; nan where there are none.

        Returns:
            ``loss``: plain cross-entropy in nats per pixel, whatever the training uses, so that runs can be
            compared; ``pixel_accuracy``; ``miou``: mean IoU over the classes present, as
            :func:`vislearn.metrics.segmentation.mean_iou` counts it.

        Raises:
            InputError: the loader is empty, or a batch isn't what the task takes.
        """
        counts = torch.zeros(self.num_classes, self.num_classes, dtype=torch.int64)
        losses = torch.zeros(2, dtype=torch.float64)  # their sum, and of how many pixels
        batches = 0
        for batch in share(loader):
            images, masks = self._checked(model, batch, look=batches == 0)
            logits = self._logits(model(images), masks)
            known = (masks != self.ignore_index).sum().item()
            mean = pixel_cross_entropy(logits, masks.long(), ignore_index=self.ignore_index)
            losses += torch.tensor([mean.item() * known, known], dtype=torch.float64)
            answers = logits.argmax(dim=1)
            counts += metrics.counts(answers, masks, self.num_classes, ignore_index=self.ignore_index).cpu()
            batches += 1
        everyones = gathered((counts, losses, batches))
        if not sum(seen for _counts, _losses, seen in everyones):
            raise InputError("loader", "must yield at least one batch", got="none", fix="Check its data set.")
        self.counts = torch.stack([one[0] for one in everyones]).sum(dim=0)
        total, pixels = torch.stack([one[1] for one in everyones]).sum(dim=0).tolist()
        return {
            "loss": total / pixels if pixels else float("nan"),
            "pixel_accuracy": metrics.pixel_accuracy(self.counts),
            "miou": metrics.mean_iou(self.counts),
        }

    @property
    def report(self) -> metrics.PixelReport:
        """Every class's scores in the last evaluation.

        Raises:
            InputError: there was none.
        """
        if self.counts is None:
            raise InputError("report", "must come after an evaluation", got="none yet")
        return metrics.report(self.counts, self.classes)

    def _of(self, logits: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """The losses named, added up: (N, K, H, W), (N, H, W) -> scalar."""
        parts = []
        for name in self.losses:
            how: dict[str, Any] = {"ignore_index": self.ignore_index}
            if self.class_weights is not None and name in _WEIGHTS_AS:
                how[_WEIGHTS_AS[name]] = self.class_weights.to(logits.device)
            parts.append(_FUNCTIONS[name](logits, masks.long(), **how))
        return torch.stack(parts).sum()

    def _logits(self, answers: Any, masks: torch.Tensor) -> torch.Tensor:
        """float32 (N, K, H, W), as large as the masks: in 16 bits, sums over many pixels are rough."""
        logits = answers["out"] if isinstance(answers, Mapping) and "out" in answers else answers
        wanted = (len(masks), self.num_classes, *masks.shape[1:])
        if isinstance(logits, torch.Tensor) and tuple(logits.shape) == wanted:
            return logits.float()
        got = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise InputError(
            "the model's answer",
            f"must be logits {wanted}, or a dict with them as 'out'",
            got=got,
            fix="vislearn.models.segmenter(kind, num_classes) builds one; the background is a class too.",
        )

    def _checked(self, model: nn.Module, batch: Batch, *, look: bool) -> Batch:
        """The batch, refused where it can't be pictures and masks; a GPU, which would wait, looks once."""
        masks = batch[1] if isinstance(batch, tuple | list) and len(batch) == 2 else None
        if look and (not self._looked or not isinstance(masks, torch.Tensor) or not masks.is_cuda):
            if error := self._error(model, batch):
                raise error
            self._looked = True
        return batch[0], batch[1]

    def _error(self, model: nn.Module | None, batch: Any) -> InputError | None:
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            got = f"{len(batch)} parts" if isinstance(batch, tuple | list) else type(batch).__name__
            return InputError("a batch for segmentation", "must be (pictures, masks)", got=got)
        images, masks = batch
        return mask_error(images, masks, self.num_classes, self.ignore_index) or picture_error(images)


def _loss_names(text: str) -> list[str]:
    names = [_SHORT.get(name.strip(), name.strip()) for name in str(text).split("+")]
    for name in names:
        if name not in SEGMENTATION_LOSSES:
            known = ", ".join(map(repr, SEGMENTATION_LOSSES))
            raise InputError(
                "loss",
                f"must be one of {known}, or several joined by +",
                got=repr(text),
                fix="Try 'ce+dice'.",
            )
    return names


def _weights(
    given: Sequence[float] | torch.Tensor | None, num_classes: int, losses: Sequence[str]
) -> torch.Tensor | None:
    if given is None:
        return None
    weights = torch.as_tensor(given, dtype=torch.float32)
    if weights.shape != (num_classes,):
        rule = f"must be {num_classes} numbers, one per class, the background first"
        raise InputError("class_weights", rule, got=f"shape {tuple(weights.shape)}")
    if not set(losses) & set(_WEIGHTS_AS):
        raise InputError(
            "class_weights",
            f"must be left out for {'+'.join(losses)}: areas are compared class by class",
            got=weights.tolist(),
            fix="'ce+dice' takes them.",
        )
    return weights
