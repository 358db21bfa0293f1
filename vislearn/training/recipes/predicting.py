"""Saved models at work on pictures they have never seen."""

from collections.abc import Iterable
from typing import Any

import torch
from torch.nn import functional

from vislearn.errors import InputError
from vislearn.models import detector_classes
from vislearn.models.features import quiet
from vislearn.training.checkpoints.model import SavedModel, require_saved
from vislearn.training.given import given_picture

__all__ = ["predict_boxes", "predict_classes"]


def predict_classes(saved: SavedModel, images: Iterable[Any]) -> torch.Tensor:
    """How probable each class is, picture by picture: float32 (N, K), rows that add up to 1.

    Pictures pass through the network together where they come out of the transform in one size.

    Args:
        saved: of :func:`vislearn.training.load_model`, with a classifier.
        images: PIL images, or tensors (3, H, W), uint8 in 0..255 or float in 0..1, of any sizes. What is
            transparent is laid on white.

    Raises:
        InputError: no pictures, no classifier, or the file doesn't say how pictures are prepared.
    """
    ready = [require_saved(saved).prepared(image) for image in images]
    if not ready:
        raise InputError("images", "must be at least one", got="none")
    alike = len({tuple(picture.shape) for picture in ready}) == 1
    batches = [torch.stack(ready)] if alike else [picture[None] for picture in ready]
    with quiet(saved.model):
        logits = [_require_logits(saved.model(batch)) for batch in batches]
    return torch.cat(logits).float().softmax(dim=1).cpu()


def predict_boxes(saved: SavedModel, image: Any, *, score: float = 0.5) -> dict[str, torch.Tensor]:
    """What a detector finds on a picture, in the picture's own pixels, the surest first.

    Args:
        saved: of :func:`vislearn.training.load_model`, with a detector.
        image: a PIL image; or a tensor (3, H, W), uint8 in 0..255 or float in 0..1. What is transparent is
            laid on white.
        score: what is less sure is left out, 0…1.

    Returns:
        ``boxes`` (N, 4) xyxy, ``labels`` (N,) 1…K, ``scores`` (N,), and ``masks`` (N, H, W) bool of a Mask
        R-CNN: on the CPU.

    Raises:
        InputError: no picture, no detector, or the file doesn't say how pictures are prepared.
    """
    if detector_classes(require_saved(saved).model) is None:
        raise InputError("saved", "must hold a detector", got=type(saved.model).__name__)
    picture = given_picture(image)
    ready = saved.prepared(picture)
    with quiet(saved.model):
        found = saved.model([ready])[0]
    sure = found["scores"] >= score
    kept = {name: found[name][sure].cpu() for name in ("boxes", "labels", "scores")}
    (height, width), (tall, wide) = picture.shape[-2:], ready.shape[-2:]
    kept["boxes"] = kept["boxes"] * torch.tensor([width / wide, height / tall] * 2)
    if "masks" in found:
        shares = functional.interpolate(found["masks"][sure], (height, width), mode="bilinear").cpu()
        kept["masks"] = shares[:, 0] >= 0.5
    return kept


def _require_logits(answer: Any) -> torch.Tensor:
    if not isinstance(answer, torch.Tensor) or answer.ndim != 2:
        got = f"shape {tuple(answer.shape)}" if isinstance(answer, torch.Tensor) else type(answer).__name__
        raise InputError("saved", "must hold a classifier, one score for each class", got=got)
    return answer
