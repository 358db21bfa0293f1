"""torchvision's reference recipe for segmentation, on pictures as small as ours.

``references/segmentation`` of torchvision (``train.py``, ``presets.py``), whose defaults these are: SGD with
momentum .9, rate .01 falling as ``(1 - step / steps) ** 0.9``, weight decay 1e-4, batches of 8, cross-entropy
in which void doesn't count; pictures scaled by .5 to 2, mirrored, and cropped. Written anew, for
:func:`vislearn.training.fit`; sizes are scaled from 520 and 480 pixels to ours.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import tv_tensors
from torchvision.transforms import v2

import vislearn as vl
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["learned_by_reference", "reference_transform"]

_SCALES = (0.5, 2.0)
_CROP = 480 / 520  # of the side to which pictures are brought before they are judged
VOID = 255


def reference_transform(side: int) -> v2.Compose:
    """Picture and mask, scaled, mirrored and cropped: float32 (3, crop, crop), normalised, and int64 masks.

    Digits are mirrored too: the recipe was written for the things of COCO.

    Args:
        side: of the pictures, pixels.
    """
    crop = round(_CROP * side)
    beyond = {tv_tensors.Image: 0, tv_tensors.Mask: VOID}  # where a small picture doesn't fill the crop
    kinds = {tv_tensors.Image: torch.float32, tv_tensors.Mask: torch.int64, "others": None}
    return v2.Compose(
        [
            v2.RandomResize(int(_SCALES[0] * side), int(_SCALES[1] * side), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.RandomCrop(crop, pad_if_needed=True, fill=beyond),
            v2.ToDtype(kinds, scale=True),
            v2.Normalize(IMAGENET_MEAN, IMAGENET_STD),
        ]
    )


def learned_by_reference(
    model: nn.Module,
    train: Dataset,
    val: Dataset,
    *,
    classes: int,
    epochs: int,
    batch_size: int,
    lr: float,
    seed: int,
) -> vl.training.History:
    """Train a segmenter in place by the recipe.

    Args:
        model: of :func:`vislearn.models.segmenter`, all of which learns.
        train: samples that :func:`reference_transform` has gone over.
        val: samples to judge by, normalised.
        classes: K, with the background.
        epochs: passes over ``train``.
        batch_size: pictures per step.
        lr: where the rate begins.
        seed: of the order of the pictures, and of what is drawn.
    """
    order = vl.seeding.seed_everything(seed)
    collate = vl.datasets.segmentation_collate
    loader = DataLoader(train, batch_size, shuffle=True, drop_last=True, generator=order, collate_fn=collate)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.PolynomialLR(optimizer, epochs * len(loader), power=0.9)
    return vl.training.fit(
        model,
        vl.training.SegmentationTask(classes, ignore_index=VOID),
        loader,
        epochs=epochs,
        optimizer=optimizer,
        scheduler=schedule,
        val_loader=DataLoader(val, batch_size, collate_fn=collate),
        amp=vl.device.fast_amp(),  # as the other ways: time is compared too
        channels_last=True,
    )
