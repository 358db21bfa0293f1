"""A trained classifier asked about every picture of a part."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.utils.data import DataLoader

from vislearn.device import best_device
from vislearn.metrics import Judged
from vislearn.training.batches import Moved

__all__ = ["judge_classifier"]


def judge_classifier(
    learner: nn.Module, loader: DataLoader, files: Sequence[str], names: Sequence[str]
) -> Judged:
    """Its answers to all pictures of a loader, in float32, whatever it was trained in.

    Args:
        learner: a classifier, or the head of one over its features; moved to the best device, and left in
            eval mode.
        loader: images (B, C, H, W), or features (B, D), and labels (B,), in the order of ``files``.
        files: of the pictures.
        names: of the classes.
    """
    device = best_device()
    learner.to(device).eval()
    answers, truth = [], []
    with torch.inference_mode():
        for images, target in Moved(loader, device):
            answers.append(learner(images).float().softmax(dim=1).cpu())
            truth.append(target.cpu())
    return Judged(names, files, torch.cat(truth), torch.cat(answers))
