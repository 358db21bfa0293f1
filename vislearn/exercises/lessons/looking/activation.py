"""Exercise of lesson 08: the heart of Grad-CAM, from features and gradients to one map."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise

__all__ = ["activation_map"]

Layer = tuple[Tensor, Tensor]


@exercise(
    "looking.activation_map",
    hints=[
        N_(
            "How important is a channel? The mean of its gradients says it: one number for each channel, "
            "`gradients.mean(dim=(1, 2), keepdim=True)`, shape (C, 1, 1)."
        ),
        N_("Multiply features by these weights and add up over the channels: `.sum(dim=0)` gives (h, w)."),
        N_(
            "Negative places speak against the class: `.relu()`. Then divide by the maximum. It may be 0: "
            "`.clamp(min=1e-12)` keeps the division from giving nan."
        ),
    ],
)
def activation_map(features: Tensor, gradients: Tensor) -> Tensor:
    """Say where in a picture the features are that speak for a class, after Grad-CAM.

    A channel's weight is the mean of its gradients. The map is the weighted sum of the channels, without
    what is negative, divided by its largest value.

    Args:
        features: (C, h, w), what a layer has found in the picture.
        gradients: (C, h, w), how the score of the class grows with each of them.

    Returns:
        (h, w), 0 to 1; all 0 where nothing speaks for the class.
    """
    weights = gradients.mean(dim=(1, 2), keepdim=True)
    positive = (weights * features).sum(dim=0).relu()
    return positive / positive.max().clamp(min=1e-12)


@activation_map.inputs
def _features_and_gradients(generator: torch.Generator, trial: int) -> Layer:
    """Once nothing speaks for the class, so that somebody divides by 0; once all speaks softly."""
    shape = (5 + draw(3, generator), *unequal_sides(3, 4, generator))
    features = torch.rand(shape, generator=generator) * 3
    gradients = torch.randn(shape, generator=generator) + torch.randn(shape[0], 1, 1, generator=generator)
    if trial == 2:
        gradients *= 0.01
    return features, -gradients.abs() if trial == 4 else gradients


def _over_largest(values: Tensor) -> Tensor:
    return values / values.max().clamp(min=1e-12)


def _weighted(features: Tensor, gradients: Tensor) -> Tensor:
    return gradients.mean(dim=(1, 2), keepdim=True) * features  # (C, h, w)


@activation_map.mistake(
    N_("Negative places are still there: they speak *against* the class. `.relu()` before you divide.")
)
def _no_relu(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(_weighted(features, gradients).sum(0))


@activation_map.mistake(
    N_(
        "`relu` came before the sum, so channels that speak against the class are left out instead of being "
        "set against the others. First the sum over the channels, then `relu`."
    )
)
def _relu_before_the_sum(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(_weighted(features, gradients).relu().sum(0))


@activation_map.mistake(
    N_(
        "Each place was multiplied by its own gradient. Grad-CAM first takes the *mean* of a channel's "
        "gradients: one weight for the whole channel."
    )
)
def _place_by_place(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest((gradients * features).sum(0).relu())


@activation_map.mistake(
    N_("The gradients play no part: this map is the same for every class. Weight the channels first.")
)
def _without_gradients(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(features.sum(0).relu())


@activation_map.mistake(
    N_("These are the gradients alone. What the layer has *found* is missing: the features.")
)
def _without_features(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(gradients.sum(0).relu())


_NOT_SCALED = N_(
    "The map is right, but for the last step: divide by its largest value, so that it ends at 1."
)


@activation_map.mistake(_NOT_SCALED)
def _not_scaled(features: Tensor, gradients: Tensor) -> Tensor:
    return _weighted(features, gradients).sum(0).relu()


@activation_map.mistake(_NOT_SCALED)
def _mean_not_scaled(features: Tensor, gradients: Tensor) -> Tensor:
    return _weighted(features, gradients).mean(0).relu()


@activation_map.mistake(
    N_(
        "Where nothing speaks for the class, the largest value is 0, and 0 / 0 is nan. Divide by "
        "`.max().clamp(min=1e-12)`."
    )
)
def _nan_where_nothing_is(features: Tensor, gradients: Tensor) -> Tensor:
    positive = _weighted(features, gradients).sum(0).relu()
    return positive / positive.max()


@activation_map.mistake(
    N_(
        "Stretched from its own smallest to its own largest value, a map is never empty: it would show "
        "something even where nothing speaks for the class. `relu`, then divide by the maximum."
    )
)
def _stretched(features: Tensor, gradients: Tensor) -> Tensor:
    summed = _weighted(features, gradients).sum(0)
    return (summed - summed.min()) / (summed.max() - summed.min())


@activation_map.mistake(
    N_(
        "`abs` counts what speaks against the class as if it spoke for it. Take `relu`: what is negative "
        "becomes 0."
    )
)
def _absolute(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(_weighted(features, gradients).sum(0).abs())


@activation_map.mistake(
    N_("This is the strongest channel at each place. Grad-CAM adds all of them up: `.sum(dim=0)`.")
)
def _strongest_channel(features: Tensor, gradients: Tensor) -> Tensor:
    return _over_largest(_weighted(features, gradients).amax(0).relu())
