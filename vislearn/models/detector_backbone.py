"""What a detector looks through: the feature maps of a classification network, tied together by a pyramid."""

from collections import OrderedDict
from collections.abc import Sequence
from math import log2
from typing import Any, NamedTuple

import torch
from torch import nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.ops import FeaturePyramidNetwork

from vislearn.errors import InputError
from vislearn.models.features import quiet
from vislearn.models.freezing import freeze

__all__ = ["Pyramid", "Stage", "stages"]

_PROBE = 64  # px: divisible by every stride there is


class Stage(NamedTuple):
    """The last layer of a network at one resolution: its name, its stride in pixels, its channels."""

    name: str
    stride: int
    channels: int


class Pyramid(nn.Module):
    """A backbone for torchvision's detectors: picture -> feature maps of one depth at chosen strides.

    The early stages of a trained network see edges and colours, which are the same everywhere: they can stay
    as they are, which also saves their backward pass, the most expensive one.

    Args:
        network: a classification network, as :func:`stages` takes it; its head is left out.
        strides: which resolutions to look at, in pixels of the picture per pixel of the map.
        channels: of every map that comes out.
        trainable_from: stages of a smaller stride are frozen.
        frozen_norm: whether every BatchNorm of the network keeps its statistics and its scale.

    Raises:
        InputError: the network has no map of such a stride.

    Source: Lin et al. 2017, Feature Pyramid Networks for Object Detection.
    """

    def __init__(
        self,
        network: nn.Module,
        strides: Sequence[int],
        channels: int,
        *,
        trainable_from: int = 1,
        frozen_norm: bool = False,
    ) -> None:
        super().__init__()
        layers = _layers(network)
        found = {stage.stride: stage for stage in stages(network)}
        for stride in strides:
            if stride not in found:
                raise InputError(
                    "strides", f"must be among this network's: {', '.join(map(str, found))}", got=stride
                )
        self.strides, self.out_channels = tuple(sorted(strides)), channels
        chosen = [found[stride] for stride in self.strides]
        self.body = IntermediateLayerGetter(layers, {stage.name: str(at) for at, stage in enumerate(chosen)})
        self.fpn = FeaturePyramidNetwork([stage.channels for stage in chosen], channels)
        learning = False
        for name, layer in self.body.items():  # in order; the stage that reaches a stride belongs to it
            learning = learning or _stride_of(name, list(found.values()), list(self.body)) >= trainable_from
            if not learning:
                freeze(layer)
        if frozen_norm:
            for module in self.body.modules():
                if isinstance(module, nn.BatchNorm2d):
                    freeze(module)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Normalised float (N, 3, H, W) -> ``"0"``, ``"1"`` ... : (N, channels, H/stride, W/stride)."""
        return self.fpn(self.body(images))


def stages(network: nn.Module) -> list[Stage]:
    """At which resolutions a network works, found out by sending a picture through.

    Args:
        network: one with ``layer1`` ... (any ResNet), with ``features`` (MobileNet, SqueezeNet, EfficientNet,
            VGG, ConvNeXt, DenseNet ...), or an ``nn.Sequential``.

    Raises:
        InputError: another kind of network.

    >>> from vislearn.models import SmallResNet
    >>> [tuple(stage) for stage in stages(SmallResNet(10))]
    [('layer1', 1, 32), ('layer2', 2, 64), ('layer3', 4, 128), ('layer4', 8, 256)]
    """
    layers = _layers(network)
    found: dict[int, Stage] = {}
    with quiet(network):
        weight = next(network.parameters())
        maps: Any = torch.zeros(1, _inputs(layers), _PROBE, _PROBE, device=weight.device, dtype=weight.dtype)
        for name, layer in layers.named_children():
            maps = layer(maps)
            if maps.ndim != 4:
                break
            stride = 2 ** round(log2(_PROBE / maps.shape[-1]))  # without padding, 64 px become 31, 15, 7
            found[stride] = Stage(name, stride, maps.shape[1])
    return list(found.values())


def _layers(network: nn.Module) -> nn.Module:
    """The part of a network whose children run one after another, without its head."""
    if hasattr(network, "layer1"):
        names = [name for name, _layer in network.named_children() if name not in ("avgpool", "fc")]
        return nn.Sequential(OrderedDict((name, getattr(network, name)) for name in names))
    features = getattr(network, "features", network)
    if isinstance(features, nn.Sequential):
        return features
    raise InputError(
        "backbone",
        "must have layer1 …, features, or be an nn.Sequential",
        got=type(network).__name__,
        fix="Name one of torchvision's, such as 'resnet18' or 'mobilenet_v2'.",
    )


def _inputs(layers: nn.Module) -> int:
    first = next(module for module in layers.modules() if isinstance(module, nn.Conv2d))
    return first.in_channels


def _stride_of(name: str, found: Sequence[Stage], order: Sequence[str]) -> int:
    """The stride of the stage that layer ``name`` belongs to: the first stage that ends with it or later."""
    place = order.index(name)
    ends = {stage.name: stage.stride for stage in found}
    return next((ends[later] for later in order[place:] if later in ends), max(ends.values()))
