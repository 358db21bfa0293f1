"""A segmenter trained on data of one's own, with settings that are a good start."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from vislearn.datasets import segmentation_collate
from vislearn.device import fast_amp
from vislearn.errors import InputError
from vislearn.metrics.segmentation import PixelReport
from vislearn.models import segmenter_classes
from vislearn.models.features import quiet
from vislearn.seeding import Chance, generator
from vislearn.training.checkpoints.model import SavedModel, require_saved, save_model
from vislearn.training.classes import class_list, note_classes, noted_white
from vislearn.training.given import given_picture
from vislearn.training.history import History
from vislearn.training.in_memory.maps import Maps, OnMaps, maps_once
from vislearn.training.loop import evaluate, fit
from vislearn.training.tasks.segmentation import SegmentationTask
from vislearn.transforms import segmentation_transform

__all__ = ["fit_segmenter", "judge_segmenter", "predict_mask", "predict_pixels", "save_segmenter"]


def fit_segmenter(
    model: nn.Module,
    train: Dataset,
    val: Dataset | None = None,
    *,
    loss: str = "ce+dice",
    class_weights: Sequence[float] | torch.Tensor | None = None,
    epochs: int = 20,
    batch_size: int = 8,
    lr: float = 3e-3,
    seed: int = 0,
    cache: bool | None = None,
    monitor: str | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    on_epoch: Callable[[History], object] | None = None,
    audit: bool = True,
) -> History:
    """Train a segmenter of torchvision: AdamW, one cycle of the learning rate, clipped gradients.

    Sets without ``transforms`` are prepared here: pictures are normalised, and not varied. Where stages of
    the backbone are frozen, each picture then passes through these once, and the rest learns from feature
    maps in memory: epochs take a fraction of the time, because the early stages, at full resolution, cost
    most.

    Args:
        model: such as :func:`vislearn.models.segmenter` makes; trained in place.
        train: samples to learn from, ``(image, mask)``, (3, H, W) and (H, W), as
            :class:`vislearn.datasets.SegmentationDS` has them.
        val: samples to judge by, after every epoch.
        loss: as for :class:`vislearn.training.SegmentationTask`.
        class_weights: likewise, (K,).
        epochs: passes over ``train``.
        batch_size: pictures per step; what doesn't fill the last batch of an epoch waits for the next.
        lr: highest learning rate; every step is far below it at the start and at the end.
        seed: of the order of the pictures, of dropout, and of transforms that draw.
        cache: whether the frozen stages' maps are computed once, where they take at most 1 GiB per set and
            pictures are of one size. None: where ``train`` has no transforms. True: also with transforms;
            what they draw is then drawn once.
        monitor: the column to judge epochs by; by default ``val_miou``, without ``val`` ``train_loss``.
        patience: as for :func:`vislearn.training.fit`.
        checkpoint: a file to go on from, as for :func:`vislearn.training.fit`; the model of the best epoch
            lies beside it.
        on_epoch: as for :func:`vislearn.training.fit`, such as ``vislearn.widgets.live_curves()``.
        audit: as for :func:`vislearn.training.fit`.

    Returns:
        One row per epoch, with ``val_miou``, ``val_pixel_accuracy`` and ``val_loss`` if there is ``val``.

    Raises:
        InputError: no segmenter, ``train`` is empty, or pictures and masks aren't what the task takes.

    Source: section 5 of the course's text.
    """
    num_classes = _require_segmenter(model)
    varied = getattr(train, "transforms", None) is not None
    sets = [_prepared(one) for one in (train, val) if one is not None]
    learner: nn.Module = model
    with Chance(seed):
        once = not varied if cache is None else cache
        if once and all(found := [maps_once(model, one) for one in sets]):
            sets, learner = found, OnMaps(model)  # type: ignore[assignment]
        loaders = [_loader(one, batch_size, seed if at == 0 else None) for at, one in enumerate(sets)]
        learning = [parameter for parameter in learner.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(learning, lr=lr, weight_decay=0.01)
        steps = max(epochs * len(loaders[0]), 1)
        history = fit(
            learner,
            SegmentationTask(num_classes, loss=loss, class_weights=class_weights),
            loaders[0],
            epochs=epochs,
            val_loader=None if val is None else loaders[1],
            optimizer=optimizer,
            scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps, pct_start=0.1),
            amp=fast_amp(),
            channels_last=learner is model,
            clip_norm=5.0,
            monitor=monitor,
            patience=patience,
            checkpoint=checkpoint,
            on_epoch=on_epoch,
            audit=audit,
        )
    note_classes(model, class_list(train))
    model.eval()
    return history


def save_segmenter(
    path: str | Path,
    model: nn.Module,
    dataset: Any,
    *,
    history: History | None = None,
    seed: int | None = None,
) -> Path:
    """Write a trained segmenter with its classes, their colours and the transform of new pictures.

    ``load_model(path, vislearn.models.segmenter)`` brings it back, and :func:`predict_mask` uses it.

    Args:
        path: of the file.
        model: as :func:`fit_segmenter` leaves it.
        dataset: that it was judged on, or learned from: names, colours, the value of white and, where nothing
            in it is drawn by chance, the transform are its.
        history: of the training, whose last scores are kept.
        seed: of the training.

    Raises:
        InputError: ``dataset`` doesn't name its classes.
        FileError: the folder can't be written to, or the disk is full.
    """
    classes = class_list(dataset)
    if classes is None:
        raise InputError(
            "dataset", "must name its classes", got=type(dataset).__name__, fix="dataset.classes = [...]"
        )
    bottom = _bottom(dataset)
    return save_model(
        path,
        model,
        classes=classes,
        colors=getattr(bottom, "colors", None),
        transform=getattr(bottom, "transforms", None) or segmentation_transform(train=False),
        seed=seed,
        scores=history.rows[-1] if history is not None and history.rows else None,
        scale=noted_white(bottom),
    )


def judge_segmenter(model: nn.Module, dataset: Dataset, *, batch_size: int = 8) -> PixelReport:
    """IoU, Dice, precision and recall of every class, over all pixels of a set.

    Args:
        model: as :func:`fit_segmenter` leaves it.
        dataset: samples ``(image, mask)``, with or without transforms.
        batch_size: pictures at once.

    Raises:
        InputError: no segmenter, an empty set, or one that numbers its classes otherwise than the one that
            the model learned from.
    """
    task = SegmentationTask(_require_segmenter(model), classes=class_list(dataset))
    evaluate(model, task, _loader(_prepared(dataset), batch_size, None))
    return task.report


def predict_mask(saved: SavedModel, image: Any) -> torch.Tensor:
    """The class of each pixel of a picture: uint8 (H, W), in the picture's own size.

    Logits are brought to the picture's size before the best class is chosen: classes can't be averaged.

    Args:
        saved: of :func:`vislearn.training.load_model`.
        image: a PIL image; or a tensor (3, H, W), uint8 in 0..255 or float in 0..1. What is transparent is
            laid on white, as :func:`vislearn.io.read_image` does.

    Raises:
        InputError: no picture, no segmenter, or the file doesn't say how pictures are prepared.
    """
    return _pixel_logits(saved, image).argmax(dim=0).to("cpu", torch.uint8)


def predict_pixels(saved: SavedModel, image: Any) -> dict[str, torch.Tensor]:
    """The class of each pixel, and how sure the segmenter is of it.

    Args:
        saved: of :func:`vislearn.training.load_model`.
        image: as for :func:`predict_mask`.

    Returns:
        ``mask`` uint8 (H, W), and ``scores`` float32 (H, W), the probability of that class, 0…1: on the CPU.

    Raises:
        InputError: as for :func:`predict_mask`.
    """
    scores, mask = _pixel_logits(saved, image).softmax(dim=0).max(dim=0)
    return {"mask": mask.to("cpu", torch.uint8), "scores": scores.cpu()}


def _pixel_logits(saved: SavedModel, image: Any) -> torch.Tensor:
    """Float (K, H, W), in the picture's own size."""
    picture = given_picture(image)
    height, width = picture.shape[-2:]
    with quiet(require_saved(saved).model):
        answer = saved.model(saved.prepared(picture)[None])
    if not isinstance(answer, Mapping) or "out" not in answer:
        raise InputError("saved", "must hold a segmenter", got=type(saved.model).__name__)
    logits = answer["out"].float()
    if logits.shape[-2:] != (height, width):
        logits = nn.functional.interpolate(logits, size=(height, width), mode="bilinear", align_corners=False)
    return logits[0]


def _require_segmenter(model: nn.Module) -> int:
    if (count := segmenter_classes(model)) is None:
        fix = "vislearn.models.segmenter builds one; other networks learn by vislearn.training.fit."
        raise InputError("model", "must be a segmenter of torchvision", got=type(model).__name__, fix=fix)
    return count


class _Prepared(Dataset):
    """A set without transforms, its pictures normalised."""

    # ``inner``, and not ``dataset``: what is saved looks below a ``dataset``, and would miss the transforms.
    def __init__(self, inner: Any) -> None:
        self.inner, self.transforms = inner, segmentation_transform(train=False)
        self.classes, self.colors = class_list(inner), getattr(_bottom(inner), "colors", None)
        self.reader = getattr(_bottom(inner), "reader", None)

    def __len__(self) -> int:
        return len(self.inner)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image, mask = self.transforms(*self.inner[index])
        return image, mask


def _bottom(dataset: Any) -> Any:
    """The set below subsets."""
    while getattr(dataset, "dataset", None) is not None:
        dataset = dataset.dataset
    return dataset


def _prepared(dataset: Any) -> Dataset:
    return _Prepared(dataset) if getattr(_bottom(dataset), "transforms", None) is None else dataset


def _loader(data: Any, batch_size: int, seed: int | None) -> DataLoader:
    """To learn from in a drawn order, or, without a seed, to judge by in order."""
    learning = seed is not None and len(data) > 0
    # DeepLab can't learn from a single picture: what is left over waits, unless it is all there is
    return DataLoader(
        data,
        batch_size,
        shuffle=learning,
        drop_last=learning and len(data) > batch_size,
        generator=generator(seed or 0),
        collate_fn=None if isinstance(data, Maps) else segmentation_collate,
    )
