"""Exercises of lesson 10: read what a weights enum says, and find where a network's numbers lie."""

from typing import Any

import torch
from torch import nn
from torchvision import models
from torchvision.models import WeightsEnum

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["parameters_of", "read_weights"]

# of each, the side of the square differs from what is resized to, or from the least that the network takes
_WEIGHTS: tuple[Any, ...] = (
    models.ResNet50_Weights.IMAGENET1K_V2,
    models.EfficientNet_V2_S_Weights.IMAGENET1K_V1,
    models.ConvNeXt_Tiny_Weights.IMAGENET1K_V1,
    models.EfficientNet_B3_Weights.IMAGENET1K_V1,
    models.MobileNet_V3_Large_Weights.IMAGENET1K_V2,
    models.ViT_B_16_Weights.IMAGENET1K_SWAG_E2E_V1,
)


@exercise(
    "choosing.read_weights",
    trials=len(_WEIGHTS),
    atol=1e-3,
    hints=[
        N_(
            "`weights.meta` is a dict; look at its keys. `weights.transforms()` makes the preparation that "
            "belongs to these weights; print it."
        ),
        N_(
            'The scores lie two deep: `weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]`. The side is '
            "`weights.transforms().crop_size[0]`."
        ),
        N_('`weights.meta["num_params"]` is the number itself: divided by 1e6 it is in millions.'),
    ],
)
def read_weights(weights: "WeightsEnum") -> tuple[float, float, int]:
    """Read from a weights enum what one must know before choosing; build and download nothing.

    Args:
        weights: of an ImageNet classifier, such as `models.ResNet50_Weights.DEFAULT`.

    Returns:
        Three numbers: the published top-1 accuracy in percent, the parameters in millions, and the side in
        pixels of the square that these weights were evaluated on.
    """
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return accuracy, weights.meta["num_params"] / 1e6, weights.transforms().crop_size[0]


@read_weights.inputs
def _some_weights(_generator: torch.Generator, trial: int) -> tuple[WeightsEnum]:
    return (_WEIGHTS[trial % len(_WEIGHTS)],)


@read_weights.mistake(
    N_("That is top-5 accuracy: right if the class is among the five likeliest. Top-1 is under `acc@1`.")
)
def _five(weights: WeightsEnum) -> Any:
    _accuracy, millions, side = read_weights(weights)
    return weights.meta["_metrics"]["ImageNet-1K"]["acc@5"], millions, side


@read_weights.mistake(N_("The second number is to be in millions: divide `num_params` by 1e6."))
def _not_in_millions(weights: WeightsEnum) -> Any:
    accuracy, millions, side = read_weights(weights)
    return accuracy, millions * 1e6, side


@read_weights.mistake(
    N_(
        "The third number is what the picture is *resized* to. Then a square is cut out of it, "
        "`crop_size[0]`, and that is what the network sees."
    )
)
def _resized(weights: WeightsEnum) -> Any:
    accuracy, millions, _side = read_weights(weights)
    return accuracy, millions, weights.transforms().resize_size[0]


@read_weights.mistake(
    N_(
        "`min_size` is the least that the network can take, not what its scores were measured at: "
        "`weights.transforms().crop_size[0]`."
    )
)
def _least(weights: WeightsEnum) -> Any:
    accuracy, millions, _side = read_weights(weights)
    return accuracy, millions, weights.meta["min_size"][0]


@read_weights.mistake(N_("`crop_size` is a list with one number. Take it out: `crop_size[0]`."))
def _a_list(weights: WeightsEnum) -> Any:
    accuracy, millions, side = read_weights(weights)
    return accuracy, millions, [side]


@exercise(
    "choosing.parameters_of",
    trials=4,
    hints=[
        N_(
            "`model.named_parameters()` gives pairs of a name and a tensor. The name of a part is what "
            'stands before the first dot: `name.split(".")[0]`.'
        ),
        N_("Start with an empty dict and add: `counts[part] = counts.get(part, 0) + parameter.numel()`."),
        N_("Weights and biases both count, and frozen ones too: every tensor that `named_parameters` gives."),
    ],
)
def parameters_of(model: nn.Module) -> dict[str, int]:
    """Count a network's parameters, part by part.

    Args:
        model: a network, built of named parts such as `features` and `classifier`.

    Returns:
        For each part that stands directly in the model, by its name: how many numbers its parameters hold.
        A parameter of the model's own is a part of its own. Parts without parameters are left out.
    """
    counts: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + parameter.numel()
    return counts


class _Parts(nn.Module):
    """Three parts with parameters: one nested, frozen in part, with a layer used twice; two named alike.

    And one part without parameters, and a parameter of its own.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        inner = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU())
        self.features = nn.Sequential(nn.Conv2d(3, width, 3, bias=False), nn.BatchNorm2d(width), inner)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(width, classes)
        self.classifier_norm = nn.LayerNorm(classes)
        self.features[0].requires_grad_(False)
        self.features.append(inner)  # a second time: one layer in two places has its numbers once


@parameters_of.inputs
def _a_model(generator: torch.Generator) -> tuple[nn.Module]:
    return (_Parts(4 + draw(5, generator), 3 + draw(7, generator)),)


# From `state_dict`, which lists a layer in two places twice, or added by hand; told the same.
_BUFFERS = N_(
    "Some counts hold buffers too, such as BatchNorm's running mean. `state_dict()` has both; "
    "`named_parameters()` has what is learned."
)


@parameters_of.mistake(_BUFFERS)
def _buffers_added(model: nn.Module) -> Any:
    counts = parameters_of(model)
    for name, value in model.named_buffers():
        counts[name.split(".")[0]] += value.numel()
    return counts


@parameters_of.mistake(
    N_(
        "A layer that stands in two places is counted twice. Its numbers are the same ones: "
        "`named_parameters()` gives each of them once."
    )
)
def _counted_twice(model: nn.Module) -> Any:
    counts: dict[str, int] = {}
    for name, value in model.named_parameters(remove_duplicate=False):
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + value.numel()
    return counts


@parameters_of.mistake(_BUFFERS)
def _buffers(model: nn.Module) -> Any:
    counts: dict[str, int] = {}
    for name, value in model.state_dict().items():
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + value.numel()
    return counts


@parameters_of.mistake(
    N_(
        "A parameter that belongs to the model itself is missing, as a vision transformer's class token "
        "would be: `named_children()` doesn't show it, `named_parameters()` does. (Parts without parameters "
        "are left out.)"
    )
)
def _children(model: nn.Module) -> Any:
    counts = {name: sum(one.numel() for one in part.parameters()) for name, part in model.named_children()}
    return {name: count for name, count in counts.items() if count}


@parameters_of.mistake(
    N_("Frozen parameters are left out. They don't learn, and are still numbers of the network: count them.")
)
def _trainable(model: nn.Module) -> Any:
    counts: dict[str, int] = {}
    for name, parameter in model.named_parameters():
        part = name.split(".")[0]
        counts[part] = counts.get(part, 0) + parameter.numel() * parameter.requires_grad
    return counts


@parameters_of.mistake(
    N_("These are numbers of *tensors*. One tensor holds many numbers: add up `parameter.numel()`.")
)
def _tensors(model: nn.Module) -> Any:
    names = [name.split(".")[0] for name, _parameter in model.named_parameters()]
    return {name: names.count(name) for name in names}


@parameters_of.mistake(
    N_(
        "You name every tensor. Add up those of one part: what stands before the first dot is the part's "
        "name."
    )
)
def _each(model: nn.Module) -> Any:
    return {name: parameter.numel() for name, parameter in model.named_parameters()}


@parameters_of.mistake(
    N_("Of each part only the last tensor is counted. Add to what the part has already, don't overwrite it.")
)
def _overwritten(model: nn.Module) -> Any:
    return {name.split(".")[0]: parameter.numel() for name, parameter in model.named_parameters()}
