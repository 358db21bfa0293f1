"""A convolutional network that trains in seconds on two cores."""

from itertools import pairwise

import torch
from torch import nn

from vislearn.errors import InputError

__all__ = ["SmallConvNet", "require_classes"]


class SmallConvNet(nn.Module):
    """Three convolutions, each followed by halving the picture, then an average and one score per class.

    Args:
        num_classes: K, how many scores come out.
        in_channels: 3 for colour, 1 for grey.
        width: channels of the first convolution; the next ones have 2 and 4 times as many.
        batch_norm: whether each convolution is followed by BatchNorm.

    Raises:
        InputError: fewer than two classes.

    >>> SmallConvNet(num_classes=10)(torch.zeros(4, 3, 32, 32)).shape
    torch.Size([4, 10])
    """

    def __init__(
        self, num_classes: int, *, in_channels: int = 3, width: int = 16, batch_norm: bool = True
    ) -> None:
        super().__init__()
        require_classes(num_classes)
        channels = [in_channels, width, 2 * width, 4 * width]
        self.features = nn.Sequential(
            *(_stage(inputs, outputs, batch_norm) for inputs, outputs in pairwise(channels))
        )
        self.head = nn.Linear(channels[-1], num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Float (N, in_channels, H, W), H and W at least 8 -> logits (N, K)."""
        features = self.features(images)  # (N, 4·width, H/8, W/8)
        return self.head(features.mean(dim=(2, 3)))


def _stage(inputs: int, outputs: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=not batch_norm)]
    if batch_norm:
        layers.append(nn.BatchNorm2d(outputs))
    return nn.Sequential(*layers, nn.ReLU(), nn.MaxPool2d(2))


def require_classes(num_classes: int) -> None:
    """Refuse a number of classes between which there is nothing to choose.

    Raises:
        InputError: fewer than two.
    """
    if num_classes < 2:
        raise InputError(
            "num_classes", "must be at least 2", got=num_classes, fix="One class needs no choice."
        )
