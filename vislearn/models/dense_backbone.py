"""What detectors and segmenters look through: the feature maps of a classification network."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from math import log2
from typing import Any, NamedTuple

import torch
from torch import nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.ops import FeaturePyramidNetwork

from vislearn.errors import InputError
from vislearn.models.bundled import BUNDLED, untrained
from vislearn.models.classifier import from_random, require_backbone
from vislearn.models.features import quiet
from vislearn.models.freezing import freeze
from vislearn.models.pretrained import card, pretrained
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = [
    "Known",
    "Pyramid",
    "Stage",
    "known_network",
    "looks_like_a_classifier",
    "probe",
    "rest_early",
    "rest_norms",
    "stage_maps",
    "stages",
]

_FROM = {"bundled": 2, "published": 8, "own": 1}
_PROBE = 64  # px: divisible by every stride there is


class Stage(NamedTuple):
    """The last layer of a network at one resolution: its name, its stride in pixels, its channels."""

    name: str
    stride: int
    channels: int


class Known(NamedTuple):
    """A network, what its pictures are normalised by, and where it comes from.

    Attributes:
        network: a classification network.
        mean: per channel, of pixels in 0..1.
        std: likewise.
        origin: ``"bundled"``, ``"published"`` or ``"own"``: with random weights, or of the caller.
    """

    network: nn.Module
    mean: Sequence[float]
    std: Sequence[float]
    origin: str

    @property
    def trainable_from(self) -> int:
        """The least stride that learns unless somebody wishes otherwise."""
        return _FROM[self.origin]

    @property
    def norms_rest(self) -> bool:
        """Published networks take pictures so large that batches are too small to measure anything."""
        return self.origin == "published"


def known_network(backbone: str | nn.Module, *, weights: bool = True) -> Known:
    """The network of this name.

    Args:
        backbone: ``"scene"`` or ``"photo"`` (bundled), ``"scratch"`` (the same network, untrained), a name of
            torchvision's, or a network, which is taken as it is.
        weights: whether a named one begins with its weights; False: with random numbers.

    Raises:
        InputError: an unknown name.
        MissingError: weights that are not on this machine.
    """
    if isinstance(backbone, nn.Module):
        return Known(backbone, IMAGENET_MEAN, IMAGENET_STD, "own")
    if backbone == "scratch":
        return Known(untrained("scene"), IMAGENET_MEAN, IMAGENET_STD, "own")
    require_backbone(backbone, also=["scratch"])
    told = card(backbone)
    return Known(
        pretrained(backbone) if weights else from_random(backbone),
        told.mean or IMAGENET_MEAN,
        told.std or IMAGENET_STD,
        "bundled" if backbone in BUNDLED else "published",
    )


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
        self.strides, self.out_channels = tuple(sorted(strides)), channels
        names = {stride: str(at) for at, stride in enumerate(self.strides)}
        self.body, depths = stage_maps(network, names)
        self.fpn = FeaturePyramidNetwork([depths[name] for name in names.values()], channels)
        rest_early(self.body, trainable_from)
        if frozen_norm:
            rest_norms(self.body)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Normalised float (N, 3, H, W) -> ``"0"``, ``"1"`` ... : (N, channels, H/stride, W/stride)."""
        return self.fpn(self.body(images))


def stage_maps(
    network: nn.Module, names: Mapping[int, str]
) -> tuple[IntermediateLayerGetter, dict[str, int]]:
    """A network without its head that gives the last feature map at each of some strides.

    Args:
        network: as :func:`stages` takes it; its layers are shared, not copied.
        names: stride -> what to call its map.

    Returns:
        Normalised float (N, 3, H, W) -> name: (N, channels, H/stride, W/stride); and the channels by name.

    Raises:
        InputError: the network has no map of such a stride.
    """
    found = {stage.stride: stage for stage in stages(network)}
    for stride in names:
        if stride not in found:
            raise InputError(
                "strides", f"must be among this network's: {', '.join(map(str, found))}", got=stride
            )
    called = {found[stride].name: name for stride, name in names.items()}
    depths = {name: found[stride].channels for stride, name in names.items()}
    return IntermediateLayerGetter(_layers(network), called), depths


def rest_early(body: IntermediateLayerGetter, trainable_from: int) -> None:
    """Freeze all layers before the first stage of a stride of ``trainable_from`` pixels or more.

    Args:
        body: of :func:`stage_maps`, or of a segmenter of torchvision.
        trainable_from: least stride that learns; above every stride of the network, all of it rests.
    """
    there, order = stages(body), list(body)
    for name, layer in body.items():  # in order; the stage that reaches a stride belongs to it
        if _stride_of(name, there, order) >= trainable_from:
            return
        freeze(layer)


def rest_norms(body: nn.Module) -> None:
    """Let every BatchNorm keep its statistics and its scale.

    Args:
        body: any network; changed in place.
    """
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            freeze(module)


def stages(network: nn.Module) -> list[Stage]:
    """At which resolutions a network works, found out by sending a picture through.

    Args:
        network: one with ``layer1`` ... (any ResNet), with ``features`` (MobileNet, SqueezeNet, EfficientNet,
            VGG, ConvNeXt, DenseNet ...), an ``nn.Sequential``, or torchvision's ``IntermediateLayerGetter``.

    Raises:
        InputError: another kind of network.

    >>> from vislearn.models import SmallResNet
    >>> [tuple(stage) for stage in stages(SmallResNet(10))]
    [('layer1', 1, 32), ('layer2', 2, 64), ('layer3', 4, 128), ('layer4', 8, 256)]
    """
    layers = _layers(network)
    found: dict[int, Stage] = {}
    with quiet(network):
        maps: Any = probe(network)
        for name, layer in layers.named_children():
            maps = layer(maps)
            if maps.ndim != 4:
                break
            stride = 2 ** round(log2(_PROBE / maps.shape[-1]))  # without padding, 64 px become 31, 15, 7
            found[stride] = Stage(name, stride, maps.shape[1])
    return list(found.values())


def probe(network: nn.Module) -> torch.Tensor:
    """A black picture to send through: (1, C, 64, 64), of the channels, type and device of the network."""
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    weight = first.weight
    return torch.zeros(1, first.in_channels, _PROBE, _PROBE, device=weight.device, dtype=weight.dtype)


def looks_like_a_classifier(network: nn.Module) -> bool:
    """Has it stages one after another, under a name that torchvision gives them?"""
    return hasattr(network, "layer1") or isinstance(getattr(network, "features", network), nn.Sequential)


def _layers(network: nn.Module) -> nn.Module:
    """The part of a network whose children run one after another, without its head."""
    if isinstance(network, IntermediateLayerGetter):
        return nn.Sequential(OrderedDict(network.items()))
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


def _stride_of(name: str, found: Sequence[Stage], order: Sequence[str]) -> int:
    """The stride of the stage that layer ``name`` belongs to: the first stage that ends with it or later."""
    place = order.index(name)
    ends = {stage.name: stage.stride for stage in found}
    return next((ends[later] for later in order[place:] if later in ends), max(ends.values()))
