"""Exercises of lesson 09: one weight per class for a loss, one per picture for a sampler."""

from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["class_weights", "sample_weights"]


@exercise(
    "imbalance.class_weights",
    hints=[
        N_("Count first: `torch.bincount(labels)` says how many pictures each class has."),
        N_(
            "A class with half the pictures gets twice the weight: divide something by the counts. If all "
            "classes were equally frequent, each would have N / K pictures, and should get the weight 1."
        ),
        N_("`len(labels) / (len(counts) * counts)`."),
    ],
)
def class_weights(labels: Tensor) -> Tensor:
    """Give each class a weight that makes up for its number: the N / (K · n) of scikit-learn's "balanced".

    A class that has just its share of the pictures, N / K, gets 1; a rarer one more, a commoner one less.

    Args:
        labels: (N,), int64: class numbers 0 … K-1, each of which occurs.

    Returns:
        (K,), float32.
    """
    counts = torch.bincount(labels)
    return len(labels) / (len(counts) * counts)


def _unequal_labels(generator: torch.Generator) -> Tensor:
    """Three to five classes, no two of them equally frequent, in random order."""
    classes = draw(3, generator) + 3
    counts = torch.randperm(3 * classes, generator=generator)[:classes] + 2
    labels = torch.arange(classes).repeat_interleave(counts)
    return labels[torch.randperm(len(labels), generator=generator)]


@class_weights.inputs
def _labels(generator: torch.Generator) -> tuple[Tensor]:
    return (_unequal_labels(generator),)


@class_weights.mistake(
    N_(
        "These grow with the number of pictures: the common class would count even more than it does by "
        "itself. Divide *by* the counts."
    )
)
def _common_more(labels: Tensor) -> Tensor:
    counts = torch.bincount(labels)
    return counts * len(counts) / len(labels)


@class_weights.mistake(
    N_("These are the classes' shares. A weight is to make up for them: divide by the counts.")
)
def _shares(labels: Tensor) -> Tensor:
    return torch.bincount(labels) / len(labels)


@class_weights.mistake(
    N_(
        "The ratios are right, the scale isn't: with 1 / n all weights are far below 1. Multiply by N / K, "
        "the number of pictures that each class would have if all were equally frequent."
    )
)
def _unscaled(labels: Tensor) -> Tensor:
    return 1 / torch.bincount(labels)


@class_weights.mistake(
    N_(
        "The ratios are right, but every weight is K times too large. A class with N / K pictures should get "
        "1: divide by the number of classes too."
    )
)
def _not_divided_by_classes(labels: Tensor) -> Tensor:
    return len(labels) / torch.bincount(labels)


@class_weights.mistake(
    N_(
        "The ratios are right, the scale isn't: you made the weights' sum 1, or their mean. What is asked "
        "for is N / (K · n)."
    )
)
def _sum_is_one(labels: Tensor) -> Tensor:
    weights = 1 / torch.bincount(labels)
    return weights / weights.sum()


@class_weights.mistake(
    N_(
        "The ratios are right, the scale isn't: you made the weights' sum 1, or their mean. What is asked "
        "for is N / (K · n)."
    )
)
def _mean_is_one(labels: Tensor) -> Tensor:
    weights = 1 / torch.bincount(labels)
    return weights / weights.mean()


@class_weights.mistake(
    N_(
        "The ratios are right, the scale isn't: you gave the most frequent class the weight 1. A class with "
        "just its share, N / K pictures, should get 1: N / (K · n)."
    )
)
def _commonest_is_one(labels: Tensor) -> Tensor:
    counts = torch.bincount(labels)
    return counts.max() / counts


@class_weights.mistake(
    N_(
        "The ratios are right, the scale isn't: you gave the rarest class the weight 1. A class with just "
        "its share, N / K pictures, should get 1: N / (K · n)."
    )
)
def _rarest_is_one(labels: Tensor) -> Tensor:
    counts = torch.bincount(labels)
    return counts.min() / counts


@class_weights.mistake(
    N_("These are weights by the square root, a milder remedy. Here 1 / n is asked for, times N / K.")
)
def _square_roots(labels: Tensor) -> Tensor:
    counts = torch.bincount(labels)
    return (len(labels) / (len(counts) * counts)).sqrt()


@class_weights.mistake(
    N_("One weight per *picture* came back. `CrossEntropyLoss(weight=…)` takes one per class.")
)
def _per_picture(labels: Tensor) -> Tensor:
    return class_weights(labels)[labels]


@exercise(
    "imbalance.sample_weights",
    hints=[
        N_(
            "A sampler asks for each picture: how likely are you? All pictures of a class together should be "
            "as likely as those of any other."
        ),
        N_(
            "If a class has n pictures, each of them gets 1 / n. `torch.bincount(labels)` counts; a tensor "
            "can be indexed with all labels at once: `counts[labels]`, (N,)."
        ),
        N_("`1 / torch.bincount(labels)[labels]`."),
    ],
)
def sample_weights(labels: Tensor) -> Tensor:
    """Give each picture a weight, so that a sampler that goes by them draws all classes equally often.

    Only their ratios count: the scale is yours.

    Args:
        labels: (N,), int64: class numbers 0 … K-1, each of which occurs.

    Returns:
        (N,), float32, all above 0.
    """
    counts = torch.bincount(labels)
    return 1 / counts[labels]


@sample_weights.inputs
def _more_labels(generator: torch.Generator) -> tuple[Tensor]:
    return (_unequal_labels(generator),)


@sample_weights.read
def _ratios(answer: Any) -> Any:
    """Weights whose mean is 1: any scale is as good."""
    weights = as_tensor(answer)
    if weights is None or not weights.numel():
        return answer
    if not bool((weights > 0).all()):
        raise Unusable(_("a weight is not above 0: such a picture would never be drawn, or can't be."))
    return (weights.double() / weights.double().mean()).float()


@sample_weights.mistake(
    N_(
        "One weight per *class* came back. The sampler wants one per picture, that of its class: index with "
        "all labels at once, `weights[labels]`."
    )
)
def _per_class(labels: Tensor) -> Tensor:
    return 1 / torch.bincount(labels)


@sample_weights.mistake(
    N_("The common classes get the large weights, and are drawn still more often. Divide by the counts.")
)
def _common_often(labels: Tensor) -> Tensor:
    return torch.bincount(labels)[labels].float()


@sample_weights.mistake(
    N_("All weights are the same: common classes are drawn as much more often as they were before.")
)
def _all_the_same(labels: Tensor) -> Tensor:
    return torch.ones(len(labels))


@sample_weights.mistake(
    N_(
        "Rare classes are drawn more often, but not as often as common ones: that is the square root. Leave "
        "it out."
    )
)
def _by_the_root(labels: Tensor) -> Tensor:
    return torch.bincount(labels)[labels].rsqrt()


@sample_weights.mistake(
    N_(
        "Now the rare classes are drawn *most*: 1 / n is taken twice. Once makes up for the number of "
        "pictures; twice turns the imbalance round."
    )
)
def _twice(labels: Tensor) -> Tensor:
    return 1 / torch.bincount(labels)[labels] ** 2


@sample_weights.mistake(
    N_(
        "1 minus the share does not balance: a class with 1 % of the pictures gets hardly more than one with "
        "10 %. Divide by the count instead."
    )
)
def _one_minus_share(labels: Tensor) -> Tensor:
    return 1 - (torch.bincount(labels) / len(labels))[labels]
