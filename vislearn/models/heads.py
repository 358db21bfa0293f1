"""The last layer, which turns features into scores: where it is, and another in its place."""

from typing import Any, NamedTuple

import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.models.architecture import note_architecture, noted_architecture
from vislearn.models.convnet import require_classes

__all__ = ["head", "head_alone", "head_inputs", "head_name", "num_outputs", "replace_head"]

Head = nn.Linear | nn.Conv2d

# Under which name the families of torchvision keep it: ResNet, RegNet, ShuffleNet, GoogLeNet, Inception: fc.
# AlexNet, VGG, SqueezeNet, DenseNet, MNASNet, MobileNet, EfficientNet, ConvNeXt, MaxViT: classifier.
# ViT: heads. Swin: head. In a Sequential it is the last layer that has weights.
_PLACES = ("fc", "classifier", "heads", "head")
# Side heads that help the deepest networks of 2014 and 2015 to train: GoogLeNet's, Inception's.
_SIDE_HEADS = ("aux1.fc2", "aux2.fc2", "AuxLogits.fc")


class _Place(NamedTuple):
    parent: nn.Module
    attribute: str
    name: str


def head(model: nn.Module) -> Head:
    """The layer whose outputs are the scores: ``nn.Linear``, or SqueezeNet's ``nn.Conv2d``.

    Args:
        model: any classification network of torchvision or of this package, or one that keeps its head
            under one of their names (``fc``, ``classifier``, ``heads``, ``head``), or an ``nn.Sequential``.

    Raises:
        InputError: no such layer is found.

    >>> from torchvision.models import resnet18
    >>> head(resnet18())
    Linear(in_features=512, out_features=1000, bias=True)
    """
    return getattr(_place(model).parent, _place(model).attribute)


def head_name(model: nn.Module) -> str:
    """The head's name as ``model.named_modules()`` gives it, such as ``"classifier.1"``.

    Args:
        model: as for :func:`head`.

    Raises:
        InputError: no head is found.
    """
    return _place(model).name


def num_outputs(model: nn.Module) -> int:
    """How many scores come out per picture; labels must stay below it.

    Args:
        model: as for :func:`head`.

    Raises:
        InputError: no head is found.
    """
    layer = head(model)
    return layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels


def replace_head(model: nn.Module, num_classes: int) -> Head:
    """Put a new, untrained head of ``num_classes`` scores in place of the old one, and return it.

    Side heads (GoogLeNet, Inception) are replaced too. SqueezeNet loses the ReLU behind its scores: it
    would cut the gradient of every class whose score is negative, which for a new head is half of them.

    Args:
        model: changed in place; as for :func:`head`.
        num_classes: K, how many scores shall come out.

    Raises:
        InputError: fewer than two classes, or no head is found.

    >>> from torchvision.models import mobilenet_v2
    >>> replace_head(mobilenet_v2(), 5)
    Linear(in_features=1280, out_features=5, bias=True)
    """
    require_classes(num_classes)
    parent, attribute, _name = _place(model)
    fresh = _like(getattr(parent, attribute), num_classes)
    setattr(parent, attribute, fresh)
    if isinstance(fresh, nn.Conv2d) and isinstance(parent, nn.Sequential):
        _remove_relu_behind(parent, fresh)
    for side in _SIDE_HEADS:
        owner, _, last = side.partition(".")
        if isinstance(getattr(model, owner, None), nn.Module):
            setattr(getattr(model, owner), last, _like(model.get_submodule(side), num_classes))
    if noted := noted_architecture(model):
        note_architecture(model, **{**noted, "num_classes": num_classes})
    return fresh


def head_inputs(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What the head gets to see: images (N, C, H, W) -> features (N, D), in eval mode, without gradients.

    A convolution as head sees a map; its average over the picture is returned, which gives the same
    scores once the map is averaged behind the head anyway.

    Args:
        model: as for :func:`head`; left in the mode it was in.
        images: float (N, C, H, W), prepared as the network wants them, on its device.

    Raises:
        InputError: no head is found.
    """
    from vislearn.models.features import quiet

    seen: list[torch.Tensor] = []
    hook = head(model).register_forward_pre_hook(lambda _layer, inputs: seen.append(inputs[0].detach()))
    try:
        with quiet(model):
            model(images)
    finally:
        hook.remove()
    return seen[-1].mean(dim=(2, 3)) if seen[-1].ndim == 4 else seen[-1]


def head_alone(model: nn.Module) -> nn.Module:
    """The head as a network of its own: features (N, D) of :func:`head_inputs` -> scores (N, K).

    It shares the head's parameters: train it on features computed once, and ``model`` has learned.

    Args:
        model: as for :func:`head`; a convolution as head must come from :func:`replace_head`.

    Raises:
        InputError: no head is found.
    """
    layer = head(model)
    if isinstance(layer, nn.Linear):
        return layer
    return nn.Sequential(nn.Unflatten(1, (layer.in_channels, 1, 1)), layer, nn.Flatten())


def _place(model: nn.Module) -> _Place:
    if isinstance(model, nn.Sequential):
        return _last_in(model, "", model)
    for name in _PLACES:
        found = getattr(model, name, None)
        if isinstance(found, nn.Linear):
            return _Place(model, name, name)
        if isinstance(found, nn.Sequential):
            return _last_in(found, f"{name}.", model)
    raise _no_head(model)


def _last_in(layers: nn.Sequential, prefix: str, model: nn.Module) -> _Place:
    for name, layer in reversed(list(layers.named_children())):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            return _Place(layers, name, prefix + name)
    raise _no_head(model)


def _no_head(model: nn.Module) -> InputError:
    return InputError(
        "model",
        f"must keep its last layer under one of {', '.join(_PLACES)}",
        got=type(model).__name__,
        fix="A network of your own: call its last nn.Linear self.head.",
    )


def _like(old: Any, outputs: int) -> Head:
    """An untrained layer with other outputs: same inputs, same device and precision."""
    weight = old.weight
    kept: dict[str, Any] = {"bias": old.bias is not None, "device": weight.device, "dtype": weight.dtype}
    if isinstance(old, nn.Linear):
        return nn.Linear(old.in_features, outputs, **kept)
    return nn.Conv2d(old.in_channels, outputs, old.kernel_size, old.stride, old.padding, **kept)


def _remove_relu_behind(layers: nn.Sequential, layer: nn.Module) -> None:
    for index in range(list(layers).index(layer) + 1, len(layers)):
        if isinstance(layers[index], nn.ReLU):
            layers[index] = nn.Identity()
