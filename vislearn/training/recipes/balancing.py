"""Classes of unequal size, in a training: what of :mod:`vislearn.imbalance` goes where."""

import torch
from torch import nn
from torch.utils.data import Sampler

from vislearn.errors import InputError
from vislearn.imbalance import balanced_sampler, class_counts, class_weights, log_prior
from vislearn.models import head
from vislearn.training.recipes.folder_options import Balance

__all__ = ["adjust_head", "sampler_for", "weights_for"]


def weights_for(balance: Balance | None, labels: list[int]) -> torch.Tensor | None:
    """How much each class's losses count, (K,); None: all alike.

    Args:
        balance: as :class:`vislearn.training.FolderOptions` has it.
        labels: of the training pictures.
    """
    return class_weights(class_counts(labels)) if balance == "weights" else None


def sampler_for(balance: Balance | None, labels: list[int], seed: int) -> Sampler | None:
    """Who draws the training pictures; None: each comes once in an epoch.

    Args:
        balance: as :class:`vislearn.training.FolderOptions` has it.
        labels: of the training pictures.
        seed: of the draws.
    """
    return balanced_sampler(labels, seed=seed) if balance == "sampler" else None


def adjust_head(model: nn.Module, labels: list[int]) -> None:
    """Take from the scores of a trained network what common classes owe to their number.

    The logarithm of each class's share goes out of the head's bias, so that the network answers so wherever
    it is used, exported too; :func:`vislearn.imbalance.adjusted` does the same to logits.

    Args:
        model: trained with plain cross-entropy; changed in place.
        labels: of the pictures that it learned from.

    Raises:
        InputError: its head has no bias.

    Source: Menon et al., Long-tail learning via logit adjustment (2021), section 4.1.
    """
    layer = head(model)
    if layer.bias is None:
        fix = "--balance weights or sampler need none."
        raise InputError("balance", "must have a head with a bias to adjust", got="none", fix=fix)
    with torch.no_grad():
        layer.bias -= log_prior(class_counts(labels)).to(layer.bias)
