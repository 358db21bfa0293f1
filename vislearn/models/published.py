"""Networks that others trained and torchvision publishes. The one module of models that may download."""

import os
from pathlib import Path

import torch
from torch import nn
from torchvision.models import WeightsEnum, get_model, get_model_weights, list_models

from vislearn.errors import MissingError, require_one_of

__all__ = ["at_hand", "published"]


def published(name: str, weights: WeightsEnum | None = None) -> nn.Module:
    """A torchvision model with published weights, in eval mode, on the CPU.

    The weights come from torch's hub cache (``TORCH_HOME``). They are downloaded only if
    ``VISLEARN_ASSETS=full`` allows it; torchvision then checks the file against its hash.

    Args:
        name: as torchvision lists it, such as ``"squeezenet1_1"``.
        weights: one of the model's weights; by default the ones torchvision recommends.

    Raises:
        InputError: torchvision has no such model.
        MissingError: the weights are not on this machine, and downloading isn't allowed.
    """
    require_one_of("name", name, list_models())
    weights = weights or get_model_weights(name)["DEFAULT"]
    if not at_hand(weights) and os.environ.get("VISLEARN_ASSETS") != "full":
        raise MissingError(
            f"The weights {weights} ({weights.meta['_file_size']:.0f} MB) are not on this computer.",
            fix="Set VISLEARN_ASSETS=full while connected, and run the cell again: they are downloaded once.",
        )
    return get_model(name, weights=weights, progress=False).eval()


def at_hand(weights: WeightsEnum) -> bool:
    """Are these weights in torch's hub cache?"""
    return (Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rsplit("/", 1)[1]).exists()
