"""A detector trained on data of one's own, with settings that are a good start."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models.detection import MaskRCNN

from vislearn.datasets import detection_collate
from vislearn.device import fast_amp
from vislearn.errors import InputError
from vislearn.seeding import Chance, generator
from vislearn.training.classes import class_list
from vislearn.training.history import History
from vislearn.training.loop import evaluate, fit
from vislearn.training.tasks.detection import DetectionTask

__all__ = ["anchor_sizes", "fit_detector", "judge_detector"]

_SMALL_MIDDLE_LARGE = (0.1, 0.5, 0.9)  # of all objects, so many are smaller


def fit_detector(
    model: nn.Module,
    train: Dataset,
    val: Dataset | None = None,
    *,
    epochs: int = 12,
    batch_size: int = 4,
    lr: float = 1e-3,
    seed: int = 0,
    monitor: str | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    on_epoch: Callable[[History], object] | None = None,
    audit: bool = True,
) -> History:
    """Train a detector of torchvision: AdamW, one cycle of the learning rate, clipped gradients.

    Args:
        model: such as :func:`vislearn.models.detector` makes; trained in place.
        train: samples to learn from, ``(image, target)`` as :class:`vislearn.datasets.DetectionDS` has them.
        val: samples to judge by, after every epoch.
        epochs: passes over ``train``.
        batch_size: pictures per step.
        lr: highest learning rate; every step is far below it at the start and at the end.
        seed: of the order of the pictures, and of transforms that draw.
        monitor: the column to judge epochs by; by default ``val_map``, of Mask R-CNN ``val_mask_map``,
            without ``val`` ``train_loss``.
        patience: as for :func:`vislearn.training.fit`.
        checkpoint: a file to go on from, as for :func:`vislearn.training.fit`.
        on_epoch: as for :func:`vislearn.training.fit`.
        audit: as for :func:`vislearn.training.fit`.

    Returns:
        One row per epoch, with ``val_map50``, ``val_map`` and more if there is ``val``; of Mask R-CNN, whose
        targets must have masks, ``val_mask_map50`` and ``val_mask_map`` too.

    Raises:
        InputError: ``train`` is empty, or a target has a defect.
    """
    any_there = len(train) > 0  # type: ignore[arg-type]  # Dataset declares no length; all have one
    loader = DataLoader(
        train, batch_size, shuffle=any_there, generator=generator(seed), collate_fn=detection_collate
    )
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=lr, weight_decay=0.05)
    steps = max(epochs * len(loader), 1)
    if monitor is None and val is not None and isinstance(model, MaskRCNN):
        monitor = "val_mask_map"
    with Chance(seed):
        return fit(
            model,
            DetectionTask(classes=class_list(train)),
            loader,
            epochs=epochs,
            val_loader=None if val is None else DataLoader(val, batch_size, collate_fn=detection_collate),
            optimizer=optimizer,
            scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1),
            amp=fast_amp(),
            channels_last=True,
            clip_norm=5.0,
            monitor=monitor,
            patience=patience,
            checkpoint=checkpoint,
            on_epoch=on_epoch,
            audit=audit,
        )


def judge_detector(model: nn.Module, dataset: Dataset, *, batch_size: int = 4) -> dict[str, float]:
    """COCO's scores over all pictures of a set: ``map``, ``map50`` and more; of Mask R-CNN ``mask_map``, too.

    Args:
        model: as :func:`fit_detector` leaves it.
        dataset: samples ``(image, target)``, with masks to judge masks by.
        batch_size: pictures at once.

    Raises:
        InputError: an empty set, or a target with a defect.
    """
    loader = DataLoader(dataset, batch_size, collate_fn=detection_collate)
    return evaluate(model, DetectionTask(classes=class_list(dataset)), loader)


def anchor_sizes(dataset: Dataset) -> tuple[float, ...]:
    """Sides of anchors, pixels, for objects as large as those of a set: three, small, middling and large.

    Args:
        dataset: samples ``(image, target)``; every one is read.

    Raises:
        InputError: there is no object in it.
    """
    samples = (dataset[at] for at in range(len(dataset)))  # type: ignore[arg-type]  # no declared length
    boxes = torch.cat([torch.zeros(0, 4), *(target["boxes"].reshape(-1, 4) for _image, target in samples)])
    if not len(boxes):
        raise InputError("dataset", "must show at least one object", got="none", fix="Check its masks.")
    sides = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()
    return tuple(round(side, 1) for side in sides.quantile(torch.tensor(_SMALL_MIDDLE_LARGE)).tolist())
