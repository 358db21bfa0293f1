"""A detector trained on data of one's own, with settings that are a good start."""

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models.detection import MaskRCNN

from vislearn.datasets import detection_collate
from vislearn.device import fast_amp
from vislearn.seeding import Chance, generator
from vislearn.training.history import History
from vislearn.training.loop import fit
from vislearn.training.tasks.detection import DetectionTask

__all__ = ["fit_detector"]


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
            DetectionTask(classes=getattr(train, "classes", None)),
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
            audit=audit,
        )
