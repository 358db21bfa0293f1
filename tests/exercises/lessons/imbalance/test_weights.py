"""Lesson 09's weights, of classes and of pictures: many ways to be right, other ways to make each mistake."""

import numpy as np
import torch
from sklearn.utils.class_weight import compute_class_weight

from vislearn import imbalance
from vislearn.exercises import check
from vislearn.exercises.registry import find

CLASSES, PICTURES = "imbalance.class_weights", "imbalance.sample_weights"


def by_scikit_learn(labels):
    return compute_class_weight("balanced", classes=np.arange(int(labels.max()) + 1), y=labels.numpy())


def by_the_course(labels):
    return imbalance.class_weights(imbalance.class_counts(labels))


def in_a_loop(labels):
    numbers = labels.tolist()
    classes = range(max(numbers) + 1)
    return [len(numbers) / (len(classes) * numbers.count(one)) for one in classes]


def by_unique(labels):
    _classes, counts = labels.unique(return_counts=True)
    return counts.sum() / counts / counts.numel()


def by_one_hot(labels):
    return 1 / (len(labels.unique()) * torch.nn.functional.one_hot(labels).float().mean(dim=0))


def by_inverse_shares(labels):
    share = torch.bincount(labels).float() / labels.numel()
    return (1 / share) / len(share)


def picture_by_picture(labels):
    return torch.tensor([1 / (labels == label).sum().item() for label in labels])


RIGHT = {
    CLASSES: [by_scikit_learn, by_the_course, in_a_loop, by_unique, by_one_hot, by_inverse_shares],
    PICTURES: [
        picture_by_picture,
        imbalance.sample_weights,
        lambda labels: by_scikit_learn(labels)[labels.numpy()],
        lambda labels: (1000 / torch.bincount(labels)).gather(0, labels),
        lambda labels: [in_a_loop(labels)[label] for label in labels.tolist()],
        lambda labels: torch.nn.functional.one_hot(labels).float() @ by_unique(labels),
    ],
}

WRONG = {
    CLASSES: {
        "_common_more": lambda labels: 1 / by_unique(labels),
        "_shares": lambda labels: torch.nn.functional.one_hot(labels).float().mean(0),
        "_unscaled": lambda labels: torch.bincount(labels).float().reciprocal(),
        "_not_divided_by_classes": lambda labels: 1 / torch.nn.functional.one_hot(labels).float().mean(0),
        "_sum_is_one": lambda labels: by_unique(labels) / by_unique(labels).sum(),
        "_mean_is_one": lambda labels: by_unique(labels) / by_unique(labels).mean(),
        "_commonest_is_one": lambda labels: by_unique(labels) / min(in_a_loop(labels)),
        "_rarest_is_one": lambda labels: by_unique(labels) / by_unique(labels).amax(),
        "_square_roots": lambda labels: by_unique(labels) ** 0.5,
        "_per_picture": lambda labels: by_unique(labels).gather(0, labels),
    },
    PICTURES: {
        "_per_class": by_unique,
        "_common_often": lambda labels: 1 / by_unique(labels)[labels],
        "_all_the_same": lambda labels: torch.full((len(labels),), 1 / len(labels)),
        "_by_the_root": lambda labels: by_unique(labels).sqrt()[labels],
        "_twice": lambda labels: by_unique(labels)[labels] ** 2,
        "_one_minus_share": lambda labels: 1 - torch.nn.functional.one_hot(labels).float().mean(0)[labels],
    },
}

UNLISTED = {
    CLASSES: [
        lambda labels: torch.ones(int(labels.max()) + 1),
        lambda labels: by_unique(labels).flip(0),
        lambda labels: by_unique(labels).log(),
        lambda labels: by_unique(labels).sum(),
        lambda labels: by_unique(labels) / by_unique(labels).median(),
        lambda labels: (by_unique(labels) / by_unique(labels).min()).sqrt(),
        lambda labels: imbalance.class_weights(imbalance.class_counts(labels), "sqrt"),
        lambda labels: labels,
    ],
    PICTURES: [
        lambda labels: labels.float() + 1,
        lambda labels: by_unique(labels)[labels].flip(0) + torch.arange(len(labels)),
        lambda labels: -by_unique(labels)[labels],
        lambda labels: torch.zeros(len(labels)),
        lambda labels: torch.stack([picture_by_picture(labels)] * 2),
        lambda labels: [],
    ],
}


def test_weights_that_can_not_be_drawn_by_are_told_so():
    def one_is_zero(labels):
        return (labels > 0).float()

    assert "a weight is not above 0" in check(PICTURES, one_is_zero).message


def test_no_two_classes_of_a_trial_are_equally_frequent():
    for trial in range(6):
        counts = torch.bincount(find(CLASSES).arguments(trial)[0])
        assert len(counts.unique()) == len(counts) > 2
