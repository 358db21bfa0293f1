"""Pictures with boxes, and masks where there are some: a detector's own losses, and COCO's scores."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from torch import nn
from torchvision.models.detection import MaskRCNN

from vislearn.errors import InputError
from vislearn.metrics import CocoScores, coco_scores
from vislearn.metrics.detection.run_lengths import as_run_lengths
from vislearn.models import detector_classes
from vislearn.sample import DetectionTarget, Prediction, validate_target
from vislearn.training.distributed import gathered, share

__all__ = ["DetectionBatch", "DetectionTask"]

DetectionBatch = tuple[Sequence[torch.Tensor], Sequence[DetectionTarget]]
_BEYOND = 0.5  # of the range 0..1
_OF_OBJECTS = ("boxes", "labels", "area", "iscrowd", "masks")  # keys with one entry per object


class DetectionTask:
    """Boxes and classes: a detector of torchvision in train mode returns losses, in eval mode predictions.

    Targets are looked at before they can do harm: on the CPU in every batch, on a GPU (which each look would
    keep waiting) in the first. Crowds are not learned from. Pictures without objects are. Where predictions
    and targets have masks, these are scored beside the boxes.

    Args:
        classes: names of the labels 1 ... K, for :attr:`scores`.
        watch: of so many pictures, the loader's first, predictions are kept at every evaluation:
            :attr:`watched`.

    Attributes:
        judged_by: ``"map"``, as detectors are compared everywhere; in eval mode they have no loss.
        scores: COCO's numbers of the last evaluation, by class too; None before.
        mask_scores: those of the masks; None where there are none.
        watched: predictions for the first pictures, one list per evaluation.

    Source: section 12 of the course's text.
    """

    judged_by = "map"

    def __init__(self, *, classes: Sequence[str] | None = None, watch: int = 0) -> None:
        self.classes, self.watch = None if classes is None else list(classes), watch
        self.scores: CocoScores | None = None
        self.mask_scores: CocoScores | None = None
        self.watched: list[list[Prediction]] = []
        self._parts: list[dict[str, torch.Tensor]] = []

    def loss(self, model: nn.Module, batch: DetectionBatch) -> torch.Tensor:
        """The sum of the model's losses: images, a list of float (3, H, W) in 0..1, and their targets.

        Raises:
            InputError: a target has a defect, or the pictures aren't what detectors take.
        """
        images, targets = batch
        if not self._parts or images[0].device.type == "cpu":
            _require_sound(images, targets, model)
        losses: dict[str, torch.Tensor] = model(
            list(images), [_learned(target, image) for target, image in zip(targets, images, strict=True)]
        )
        self._parts.append({name: part.detach() for name, part in losses.items()})
        return torch.stack([part.float() for part in losses.values()]).sum()

    @property
    def parts(self) -> dict[str, list[float]]:
        """What the loss was made of, batch by batch, by the names that the model gives.

        Faster R-CNN has four: ``loss_objectness`` and ``loss_rpn_box_reg`` of the proposals,
        ``loss_classifier`` and ``loss_box_reg`` of the second look.
        """
        names = self._parts[0] if self._parts else []
        return {name: torch.stack([batch[name] for batch in self._parts]).tolist() for name in names}

    def complaint(self, batch: DetectionBatch) -> str:
        """What is wrong with a batch; empty if nothing is."""
        try:
            _require_sound(*batch, None)
        except InputError as defect:
            return str(defect)
        return ""

    def evaluate(self, model: nn.Module, loader: Iterable[DetectionBatch]) -> dict[str, float]:
        """COCO's scores in [0, 1] over every picture of the loader; -1 where there is nothing to find.

        Returns:
            ``map``: mean average precision, over classes and over IoU thresholds .5 ... .95; ``map50`` and
            ``map75``: at IoU .5 and .75 alone; ``ar``: average recall with 100 boxes per picture, the mean
            over the same thresholds; ``mask_map`` and ``mask_map50`` where there are masks.

        Raises:
            InputError: the loader is empty, or a target has a defect.
        """
        found: list[tuple[list[Prediction], list[DetectionTarget]]] = []
        for images, targets in share(loader):
            if not found:
                _require_sound(images, targets, model)
            predictions = model(list(images))
            found.append(([_on_cpu(_objects(one)) for one in predictions], [_on_cpu(one) for one in targets]))
        everyones = list(chain.from_iterable(gathered(found)))
        if not everyones:
            raise InputError("loader", "must yield at least one batch", got="none", fix="Check its data set.")
        predictions = list(chain.from_iterable(part for part, _targets in everyones))
        true = list(chain.from_iterable(part for _predictions, part in everyones))
        if self.watch:
            self.watched.append([_without_masks(one) for one in predictions[: self.watch]])
        names = self._names(model)
        scores = self.scores = coco_scores(predictions, true, classes=names)
        row = {"map": scores.ap, "map50": scores.ap50, "map75": scores.ap75, "ar": scores.ar_100}
        self.mask_scores = None
        if all("masks" in entry for entry in chain(predictions, true)):
            self.mask_scores = coco_scores(predictions, true, classes=names, kind="segm")
            row |= {"mask_map": self.mask_scores.ap, "mask_map50": self.mask_scores.ap50}
        return row

    def _names(self, model: nn.Module) -> dict[int, str] | None:
        if self.classes is not None:
            return dict(enumerate(self.classes, start=1))
        count = detector_classes(model)
        return None if count is None else {label: str(label) for label in range(1, count + 1)}


def _require_sound(
    images: Sequence[torch.Tensor], targets: Sequence[DetectionTarget], model: nn.Module | None
) -> None:
    if isinstance(images, torch.Tensor) or len(images) != len(targets):
        raise InputError(
            "a batch for detection",
            "must be a list of pictures and a list of as many targets",
            got=type(images).__name__,
            fix="DataLoader(collate_fn=vislearn.datasets.detection_collate).",
        )
    num_classes = None if model is None else detector_classes(model)
    for place, (image, target) in enumerate(zip(images, targets, strict=True)):
        _require_picture(image, f"images[{place}]", model)
        name = f"targets[{place}]"
        validate_target(target, (image.shape[1], image.shape[2]), num_classes=num_classes, name=name)
        if isinstance(model, MaskRCNN) and "masks" not in target and len(target["boxes"]):
            fix = "object_masks_folder reads them; a detector of boxes alone is 'faster_rcnn'."
            raise InputError(name, "must have masks for Mask R-CNN", got=", ".join(target), fix=fix)


def _require_picture(image: torch.Tensor, name: str, model: nn.Module | None) -> None:
    form = f"{image.dtype} {tuple(image.shape)}".removeprefix("torch.")
    rule = "must be float32 (3, H, W) in 0..1"
    if image.ndim == 3 and image.shape[0] not in (1, 3) and image.shape[2] in (1, 3):
        raise InputError(name, rule, got=form, fix="The channels come last here: image.permute(2, 0, 1).")
    if image.ndim != 3 or not image.is_floating_point() or image.dtype == torch.float64:
        raise InputError(name, rule, got=form, fix="v2.ToDtype(torch.float32, scale=True).")
    if not image.numel() or not _normalises(model):
        return
    low, high = image.min().item(), image.max().item()
    # Resizing may leave 0..1 by a little; normalised pictures and bytes leave it by far.
    if low < -_BEYOND or high > 1 + _BEYOND:
        normalised = "Leave v2.Normalize out: the detector normalises pictures itself."
        fix = normalised if low < 0 else "v2.ToDtype(torch.float32, scale=True) divides bytes by 255."
        raise InputError(name, rule, got=f"values from {low:.3g} to {high:.3g}", fix=fix)


def _normalises(model: nn.Module | None) -> bool:
    """As every detector of torchvision does, unless it was told to change nothing."""
    transform = getattr(model, "transform", None)
    mean, std = (getattr(transform, f"image_{name}", ()) or () for name in ("mean", "std"))
    return any(value != 0 for value in mean) or any(value != 1 for value in std)


def _learned(target: Mapping[str, Any], image: torch.Tensor) -> Mapping[str, Any]:
    """The target without crowds; one without objects has masks, none of them, as Mask R-CNN wants it."""
    if not len(target["boxes"]) and "masks" not in target:
        return {**target, "masks": image.new_zeros((0, *image.shape[-2:]), dtype=torch.uint8)}
    if "iscrowd" not in target or not target["iscrowd"].any():
        return target
    keep = target["iscrowd"] == 0
    return {key: value[keep] if key in _OF_OBJECTS else value for key, value in target.items()}


def _objects(prediction: Any) -> Any:
    """Without boxes of class 0: RetinaNet and FCOS score the background too, and early on may choose it."""
    there = prediction["labels"] > 0
    return {key: value[there] for key, value in prediction.items()}


def _on_cpu(entry: Mapping[str, Any]) -> Any:
    """A prediction or a target for scoring; masks as run lengths, which take a hundredth of the memory."""
    kept = {key: value.cpu() if isinstance(value, torch.Tensor) else value for key, value in entry.items()}
    return kept | ({"masks": as_run_lengths(kept["masks"], "masks")} if "masks" in kept else {})


def _without_masks(prediction: Mapping[str, Any]) -> Any:
    return {key: value for key, value in prediction.items() if key != "masks"}
