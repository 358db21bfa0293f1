"""A small network for lesson 02's exercises: a body with BatchNorm inside, Dropout, and a head named fc."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="arg-type"

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.seeding import Chance

__all__ = ["SmallNetwork", "network", "pictures", "require_module", "set_learning"]


class SmallNetwork(nn.Module):
    """Named like a ResNet: ``conv1``, ``bn1``, ``layer1``, and ``fc`` as its head.

    As in torchvision's RegNets there are layers in the body, too, whose names hold ``fc``.

    Args:
        width: channels of the first convolution; the head gets twice as many features.
        num_classes: scores that come out.
    """

    def __init__(self, width: int, num_classes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(
            nn.Conv2d(width, 2 * width, kernel_size=3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            SqueezeExcitation(2 * width, 2),
        )
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(2 * width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Float (N, 3, H, W) -> logits (N, K)."""
        features = self.layer1(self.bn1(self.conv1(images)).relu())
        return self.fc(self.dropout(features.mean(dim=(2, 3))))


def network(generator: torch.Generator) -> SmallNetwork:
    """One with its own widths and numbers, the same for the same ``generator``.

    Args:
        generator: draws everything; the global chance is not used up.
    """
    with Chance(draw(10_000, generator), cpu_only=True):
        made = SmallNetwork(width=3 + draw(4, generator), num_classes=7 + draw(4, generator))
        for norm in (made.bn1, made.layer1[1]):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.running_mean, -0.5, 0.5)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return made


def pictures() -> Tensor:
    """Four noisy pictures (4, 3, 6, 6), far from the statistics that the networks hold."""
    generator = torch.Generator().manual_seed(7)
    return 3 + 2 * torch.randn(4, 3, 6, 6, generator=generator)


def set_learning(parameters: Iterable[nn.Parameter], learns: bool) -> None:
    """Switch ``requires_grad`` of each.

    Args:
        parameters: of a model or a part of it.
        learns: whether they get a gradient.
    """
    for parameter in parameters:
        parameter.requires_grad = learns


def require_module(answer: Any) -> nn.Module:
    """The answer, if it is a network.

    Args:
        answer: what a learner's function returned.

    Raises:
        Unusable: it is something else.
    """
    if not isinstance(answer, nn.Module):
        raise Unusable(_("a model expected, {got} returned.", got=describe(answer)))
    return answer
