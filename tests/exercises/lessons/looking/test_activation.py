"""Lesson 08's map of a class: many ways to be right, and other ways to make each mistake."""

import torch
from torch.nn import functional as F

from vislearn.exercises.registry import find

NAME = "looking.activation_map"


def by_einsum(features, gradients):
    summed = torch.einsum("c,chw->hw", gradients.mean(dim=(1, 2)), features).clamp(min=0)
    return summed / summed.max() if summed.max() > 0 else summed


def by_sums_for_means(features, gradients):
    positive = F.relu((gradients.sum((1, 2))[:, None, None] * features).sum(0))
    return positive / (positive.max() + 1e-20)


def in_a_loop(features, gradients):
    total = torch.zeros(features.shape[1:])
    for channel, gradient in zip(features, gradients, strict=True):
        total += gradient.mean() * channel
    total[total < 0] = 0
    return total / max(total.max().item(), 1e-9)


def by_nan_to_num(features, gradients):
    positive = (gradients.mean((1, 2), keepdim=True) * features).sum(0).relu()
    return (positive / positive.max()).nan_to_num(0)


def by_convolution(features, gradients):
    weights = gradients.flatten(1).mean(1)
    total = F.conv2d(features[None], weights[None, :, None, None])[0, 0]
    positive = torch.maximum(total, torch.zeros(()))
    return positive / positive.amax().clamp(1e-8)


def by_means_of_channels(features, gradients):
    positive = (gradients.mean((1, 2), keepdim=True) * features).mean(0).relu()
    return torch.where(positive > 0, positive / positive.max(), 0.0)


def built(*, weights="mean", join="sum", sign="relu", scale=True):
    """An answer put together from parts, any of which can be wrong."""

    def answer(features, gradients):
        each = gradients.mean((-2, -1), keepdim=True) if weights == "mean" else gradients
        found = each * features
        joined = found.clamp(min=0).sum(0) if sign == "before" else getattr(found, join)(0)
        signed = {"relu": joined.clamp(min=0), "abs": joined.abs()}.get(sign, joined)
        return signed / signed.max().clamp(min=1e-12) if scale else signed

    return answer


def stretched(features, gradients):
    total = torch.tensordot(gradients.mean((1, 2)), features, dims=1)
    return (total - total.amin()) / (total.amax() - total.amin())


def divided_by_nothing(features, gradients):
    positive = torch.tensordot(gradients.mean((1, 2)), features, dims=1).clamp(min=0)
    return positive / positive.amax()


RIGHT = {
    NAME: [
        by_einsum,
        by_sums_for_means,
        in_a_loop,
        by_nan_to_num,
        by_convolution,
        by_means_of_channels,
    ]
}

WRONG = {
    NAME: {
        "_no_relu": built(sign="none"),
        "_relu_before_the_sum": built(sign="before"),
        "_place_by_place": built(weights="own"),
        "_without_gradients": lambda features, gradients: features.mean(0) / features.mean(0).max(),
        "_without_features": lambda features, gradients: (
            gradients.mean(0).clamp(min=0) / gradients.mean(0).max().clamp(min=1e-12)
        ),
        "_not_scaled": built(scale=False),
        "_mean_not_scaled": built(join="mean", scale=False),
        "_nan_where_nothing_is": divided_by_nothing,
        "_stretched": stretched,
        "_absolute": built(sign="abs"),
        "_strongest_channel": lambda features, gradients: built(join="amax")(features, gradients),
    }
}


def divides_by_one_at_least(features, gradients):
    positive = (gradients.mean((1, 2), keepdim=True) * features).sum(0).relu()
    return positive / positive.max().clamp(min=1)


UNLISTED = {
    NAME: [
        lambda features, gradients: features,
        lambda features, gradients: gradients.mean((1, 2)),
        lambda features, gradients: find(NAME).reference(features, gradients).T,
        lambda features, gradients: find(NAME).reference(features, gradients) * 255,
        lambda features, gradients: find(NAME).reference(gradients, features),
        divides_by_one_at_least,
        lambda features, gradients: 1 - find(NAME).reference(features, gradients),
    ]
}


def test_a_picture_without_anything_for_the_class_is_among_the_trials():
    exercise = find(NAME)
    assert any(not exercise.reference(*exercise.arguments(trial)).any() for trial in range(exercise.trials))
