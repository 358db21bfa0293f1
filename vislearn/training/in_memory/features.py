"""What a frozen network sees in pictures, computed once: its head can then learn from the features alone."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.utils.data import TensorDataset

from vislearn.device import best_device
from vislearn.models import head_inputs
from vislearn.training.batches import Moved

__all__ = ["features_once"]


def features_once(model: nn.Module, loader: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> TensorDataset:
    """(features (D,), label) per picture, in the loader's order, on the CPU.

    Args:
        model: a classifier of which only the head will learn, :func:`vislearn.models.head_alone`; moved to
            the best device.
        loader: images (B, C, H, W) and labels (B,).
    """
    device = best_device()
    model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = [
        (head_inputs(model, images).cpu(), target.cpu())  # (B, D), (B,)
        for images, target in Moved(loader, device, channels_last=True)
    ]
    features, targets = (torch.cat(column) for column in zip(*seen, strict=True))
    return TensorDataset(features, targets)
