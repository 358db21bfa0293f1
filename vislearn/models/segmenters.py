"""torchvision's segmenters, built on networks to the size of a laptop."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import torch
from torch import nn
from torchvision.models import get_model, list_models, segmentation
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation.deeplabv3 import ASPP, ASPPPooling, DeepLabV3
from torchvision.models.segmentation.fcn import FCN, FCNHead
from torchvision.models.segmentation.lraspp import LRASPP

from vislearn.errors import InputError, require_one_of
from vislearn.models.architecture import note_architecture
from vislearn.models.convnet import require_classes
from vislearn.models.dense_backbone import (
    Known,
    known_network,
    looks_like_a_classifier,
    probe,
    rest_early,
    rest_norms,
    stage_maps,
    stages,
)
from vislearn.models.features import quiet
from vislearn.models.published import published

__all__ = ["SEGMENTERS", "segmenter", "segmenter_classes"]

SEGMENTERS = {
    "lraspp": "a fine and a coarse map, and a head of few parameters: made for phones",
    "fcn": "one coarse map and two convolutions: the simplest",
    "deeplabv3": "one coarse map, looked at several widths at once and as a whole",
}
_CLASSES: dict[str, type[nn.Module]] = {"lraspp": LRASPP, "fcn": FCN, "deeplabv3": DeepLabV3}
_FINE_AND_COARSE = {False: (2, 8), True: (8, 16)}  # strides; True: made for large pictures
_ATROUS_RATES = {False: (2, 4, 6), True: (12, 24, 36)}
_PUBLISHED_FROM = 8  # stride from which a whole published segmenter learns


def segmenter(
    kind: str = "lraspp",
    num_classes: int = 2,
    backbone: str | nn.Module = "scene",
    *,
    weights: bool = True,
    aux: bool = False,
    strides: tuple[int, int] | None = None,
    channels: int = 128,
    atrous_rates: Sequence[int] | None = None,
    trainable_from: int | None = None,
    frozen_norm: bool | None = None,
) -> nn.Module:
    """A segmenter of torchvision: its ``LRASPP``, ``FCN`` or ``DeepLabV3``, in train mode, on the CPU.

    ``model(images)["out"]`` are logits float (N, K, H, W) for float images (N, 3, H, W), *normalised* as for
    a classifier: unlike a detector, a segmenter of torchvision doesn't do that itself. See
    :func:`vislearn.transforms.segmentation_transform`.

    Args:
        kind: one of :data:`SEGMENTERS`.
        num_classes: K, the background included, as class 0, where the data set has one. (A detector's classes
            are counted without it.)
        backbone: ``"scene"`` or ``"photo"`` (bundled), ``"scratch"`` (the same network, untrained), a
            classification network of torchvision (published weights), one of its segmenters of this kind,
            such as ``"lraspp_mobilenet_v3_large"``, which keeps all it has learned but the last layer where K
            is another; or a network of yours: a classifier, or one that returns a dict of maps, ``"low"`` and
            ``"high"`` for LR-ASPP, ``"out"`` (and ``"aux"``) for the others.
        weights: whether what is named begins with its weights; False: with random numbers, for a network
            whose weights all come from a file.
        aux: a second head, on the fine map, whose loss helps a deep network to learn: ``["aux"]``. Not for
            LR-ASPP, which looks at the fine map anyway.
        strides: which maps to look at, in pixels of the picture per pixel of a map: the fine one (of LR-ASPP
            and ``aux``) and the coarse one. None: 2 and 8 for the bundled networks, 8 and 16 for published
            ones; layers beyond the coarse one are left out.
        channels: of the layers between; FCN has a quarter of its map's.
        atrous_rates: of DeepLab, how far apart the pixels lie that a convolution sees, in pixels of the
            coarse map. None: 12, 24, 36 for published networks, as torchvision has it; 2, 4, 6 for others,
            made for small pictures, where a rate of 12 would reach beyond the map.
        trainable_from: stages of the backbone with a smaller stride stay as they are. None: 2 for bundled
            networks, 8 for published ones, 1 (everything learns) for untrained ones and your own. A number
            above every stride freezes the backbone: only the head learns.
        frozen_norm: whether the backbone's BatchNorm keeps what it has learned. None: for published networks.

    Raises:
        InputError: an unknown kind or backbone, fewer than two classes, strides that aren't there, maps that
            are missing, ``aux`` for LR-ASPP; when called: DeepLab learning from a single picture.
        MissingError: weights that are not on this machine.

    Source: section 5 of the course's text; Howard 2019 (LR-ASPP), Long 2015 (FCN), Chen 2017 (DeepLab v3).

    >>> model = segmenter("lraspp", num_classes=11, backbone="scratch").eval()
    >>> model(torch.zeros(1, 3, 64, 96))["out"].shape
    torch.Size([1, 11, 64, 96])
    """
    told = {name: value for name, value in locals().items() if name != "backbone"}
    _require_sense(kind, num_classes, weights, aux)
    if isinstance(backbone, str) and backbone in list_models(module=segmentation):
        model, body = _whole(kind, num_classes, backbone, weights, aux)
    else:
        body = _body(kind, backbone, weights, aux, strides)
        model = _BUILDERS[kind](body, num_classes, channels, _rates(atrous_rates, body))
        if aux:
            model.aux_classifier = FCNHead(body.depths["aux"], num_classes)
    if isinstance(body.maps, IntermediateLayerGetter):
        rest_early(body.maps, body.trainable_from if trainable_from is None else trainable_from)
    if body.published if frozen_norm is None else frozen_norm:
        rest_norms(body.maps)
    for part in model.modules():
        if isinstance(part, ASPPPooling):
            part.register_forward_pre_hook(_refuse_a_lonely_picture)
    if isinstance(backbone, str):
        note_architecture(model, **_plain(told), backbone=backbone)
    return model.train()


def segmenter_classes(model: nn.Module) -> int | None:
    """K, how many classes a segmenter of torchvision tells apart, the background included; None for others.

    Args:
        model: LR-ASPP, FCN or DeepLab v3, of any size.

    >>> segmenter_classes(segmenter("fcn", num_classes=3, backbone="scratch"))
    3
    """
    return _last_layers(model)[0].out_channels if isinstance(model, tuple(_CLASSES.values())) else None


def _require_sense(kind: str, num_classes: int, weights: object, aux: bool) -> None:
    require_one_of("kind", kind, SEGMENTERS)
    require_classes(num_classes)
    if aux and kind == "lraspp":
        raise InputError("aux", "must be False for 'lraspp', which looks at the fine map anyway", got=aux)
    if not isinstance(weights, bool):
        raise InputError(
            "weights",
            "must be True or False: published ones belong to as many classes as they were trained on",
            got=repr(weights),
            fix=f"Name their network as the backbone, such as 'fcn_resnet50': its last layer is made anew "
            f"for {num_classes} classes, the rest keeps its weights.",
        )


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Arguments as a file keeps them: lists for sequences, and no weights but those of the file."""
    listed = {name: list(one) if isinstance(one, tuple | list) else one for name, one in told.items()}
    return {**listed, "weights": False}


class _Body(NamedTuple):
    """What a head looks at: a network that returns maps by name, and how many channels each has."""

    maps: nn.Module
    depths: Mapping[str, int]
    trainable_from: int
    published: bool


def _body(
    kind: str, backbone: str | nn.Module, weights: bool, aux: bool, strides: tuple[int, int] | None
) -> _Body:
    wanted = {"low": 0, "high": 1} if kind == "lraspp" else {"aux": 0, "out": 1} if aux else {"out": 1}
    if isinstance(backbone, nn.Module) and (depths := _own_maps(backbone)) is not None:
        _require_maps(kind, wanted, depths)
        return _Body(backbone, depths, 1, published=False)
    known = known_network(backbone, weights=weights)
    pair = _default_strides(known) if strides is None else tuple(strides)
    if len(pair) != 2 or not pair[0] < pair[1]:
        raise InputError("strides", "must be two, the finer one first", got=strides, fix="Such as (4, 8).")
    maps, depths = stage_maps(known.network, {pair[place]: name for name, place in wanted.items()})
    return _Body(maps, depths, known.trainable_from, known.norms_rest)


def _own_maps(network: nn.Module) -> dict[str, int] | None:
    """Channels by name of a network that returns a dict of maps; None where it returns anything else."""
    if not isinstance(network, IntermediateLayerGetter) and looks_like_a_classifier(network):
        return None
    with quiet(network), suppress(RuntimeError, TypeError):  # what it can't take is said by stages()
        found: Any = network(probe(network))
        if isinstance(found, Mapping):
            return {name: one.shape[1] for name, one in found.items()}
    return None


def _require_maps(kind: str, wanted: Iterable[str], there: Iterable[str]) -> None:
    missing = [repr(name) for name in wanted if name not in there]
    if not missing:
        return
    example = {"layer2": "low", "layer4": "high"} if kind == "lraspp" else {"layer3": "aux", "layer4": "out"}
    raise InputError(
        "backbone",
        f"must return maps named {' and '.join(map(repr, wanted))} for {kind}",
        got=", ".join(map(repr, there)) or "none",
        fix=f"torchvision.models._utils.IntermediateLayerGetter(network, {example}) names them; or pass "
        "the classifier itself.",
    )


def _default_strides(known: Known) -> tuple[int, int]:
    there = sorted(stage.stride for stage in stages(known.network))
    fine, coarse = _FINE_AND_COARSE[known.norms_rest or max(there) > 8]
    return max([one for one in there if one <= fine], default=there[0]), min(coarse, there[-1])


def _rates(chosen: Sequence[int] | None, body: _Body) -> Sequence[int]:
    return _ATROUS_RATES[body.published] if chosen is None else tuple(chosen)


def _lraspp(body: _Body, num_classes: int, channels: int, _rates: Sequence[int]) -> LRASPP:
    return LRASPP(body.maps, body.depths["low"], body.depths["high"], num_classes, channels)


def _fcn(body: _Body, num_classes: int, _channels: int, _rates: Sequence[int]) -> FCN:
    return FCN(body.maps, FCNHead(body.depths["out"], num_classes))


def _deeplabv3(body: _Body, num_classes: int, channels: int, rates: Sequence[int]) -> DeepLabV3:
    """With torchvision's ``DeepLabHead`` in layers and names, of other than 256 channels."""
    head = nn.Sequential(
        ASPP(body.depths["out"], rates, channels),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, num_classes, 1),
    )
    return DeepLabV3(body.maps, head)


_BUILDERS = {"lraspp": _lraspp, "fcn": _fcn, "deeplabv3": _deeplabv3}


def _whole(kind: str, num_classes: int, name: str, weights: bool, aux: bool) -> tuple[nn.Module, _Body]:
    """A segmenter of torchvision as it was published, with new last layers for other classes."""
    if not name.startswith(f"{kind}_"):
        raise InputError(
            "backbone", f"must be a segmenter of the kind {kind!r}, or a classifier", got=repr(name)
        )
    if weights:
        model = published(name)
    else:
        model = get_model(name, weights=None, weights_backbone=None, **({"aux_loss": True} if aux else {}))
    if not aux and hasattr(model, "aux_classifier"):
        model.aux_classifier = None
    if segmenter_classes(model) != num_classes:
        _renew_last_layers(model, num_classes)
    return model, _Body(model.get_submodule("backbone"), {}, _PUBLISHED_FROM, published=True)


def _last_layers(model: Any) -> list[nn.Conv2d]:
    if isinstance(model, LRASPP):
        return [model.classifier.low_classifier, model.classifier.high_classifier]
    heads = [model.classifier, model.aux_classifier]
    return [head[-1] for head in heads if head is not None]


def _renew_last_layers(model: nn.Module, num_classes: int) -> None:
    """In place of each a 1×1 convolution of as many outputs as there are classes."""
    old = {id(layer) for layer in _last_layers(model)}
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if id(layer) in old:
                setattr(parent, name, nn.Conv2d(layer.in_channels, num_classes, 1))  # type: ignore[arg-type]


def _refuse_a_lonely_picture(branch: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Before DeepLab's pooled branch: its BatchNorm sees one value per picture, and needs two to learn."""
    if branch.training and len(inputs[0]) == 1:
        raise InputError(
            "a batch",
            "must hold more than one picture while DeepLab learns: one branch of it averages each picture to "
            "a single value, and its BatchNorm can't tell how such values differ",
            got="1",
            fix="Give the DataLoader drop_last=True and a batch_size above 1; to predict, call model.eval().",
        )
