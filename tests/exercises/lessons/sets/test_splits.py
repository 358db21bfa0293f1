"""Lesson 14's split: other ways to share classes out fairly, and other ways to make each mistake."""

import math
import random

import numpy as np
import torch
from sklearn.model_selection import train_test_split

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "sets.stratified_split"


def by_sklearn(labels, fraction, generator):
    seed = int(torch.randint(2**31, (), generator=generator))
    return train_test_split(np.arange(len(labels)), test_size=fraction, stratify=labels, random_state=seed)


def by_sorting(labels, fraction, generator):
    order = torch.randperm(len(labels), generator=generator)
    order = order[labels[order].sort(stable=True).indices]
    chosen = torch.zeros(len(labels), dtype=torch.bool)
    begin = 0
    for size in labels.unique(return_counts=True)[1].tolist():
        chosen[order[begin : begin + round(fraction * size)]] = True
        begin += size
    places = torch.arange(len(labels))
    return places[~chosen], places[chosen]


def in_lists(labels, fraction, generator):
    chance = random.Random(int(torch.randint(2**31, (), generator=generator)))
    train, val = [], []
    for label in set(labels.tolist()):
        places = [place for place, other in enumerate(labels.tolist()) if other == label]
        chance.shuffle(places)
        count = round(fraction * len(places))
        val += places[:count]
        train += places[count:]
    return train, val


def as_arrays(labels, fraction, generator):
    train, val = by_sorting(labels, fraction, generator)
    return train.numpy(), val.numpy()


def rounded_up(labels, fraction, generator):
    val = torch.cat(
        [
            places[torch.randperm(len(places), generator=generator)][: math.ceil(fraction * len(places))]
            for places in ((labels == label).nonzero()[:, 0] for label in labels.unique())
        ]
    )
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[val] = False
    return [rest.nonzero()[:, 0], val]


def class_by_class(share, shuffled=True, within=False, swap=False):
    """A split with something wrong."""

    def answer(labels, fraction, generator):
        parts = [], []
        for label in sorted(set(labels.tolist())):
            places = torch.where(labels == label)[0]
            order = (
                torch.randperm(len(places), generator=generator) if shuffled else torch.arange(len(places))
            )
            places = order if within else places[order]
            count = share(fraction, len(places), labels)
            parts[1].append(places[:count])
            parts[0].append(places[count:])
        train, val = torch.cat(parts[0]), torch.cat(parts[1])
        return (val, train) if swap else (train, val)

    return answer


def of_class(fraction, size, labels):
    return round(fraction * size)


def of_all(fraction, size, labels):
    return round(fraction * len(labels) / len(set(labels.tolist())))


def by_random_split(labels, fraction, generator):
    count = round(fraction * len(labels))
    parts = torch.utils.data.random_split(
        range(len(labels)), [len(labels) - count, count], generator=generator
    )
    return [part.indices for part in parts]


RIGHT = {NAME: [by_sklearn, by_sorting, in_lists, as_arrays, class_by_class(of_class)]}

WRONG = {
    NAME: {
        "_plain_random": by_random_split,
        "_always_the_first": class_by_class(of_class, shuffled=False),
        "_places_within_class": class_by_class(of_class, within=True),
        "_turned": class_by_class(of_class, swap=True),
        "_equally_many": class_by_class(of_all),
        "_rounded_down": class_by_class(lambda fraction, count, _labels: int(fraction * count)),
        "_rounded_up": rounded_up,
        "_own_chance": lambda labels, fraction, _generator: in_lists(
            labels, fraction, torch.default_generator
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda labels, fraction, generator: by_sorting(labels, fraction, generator)[0],
        lambda labels, fraction, generator: (labels[::5], labels[1::5]),
        lambda labels, fraction, generator: [part[:-1] for part in by_sorting(labels, fraction, generator)],
        lambda labels, fraction, generator: [part + 1 for part in by_sorting(labels, fraction, generator)],
        lambda labels, fraction, generator: [
            part.float() for part in by_sorting(labels, fraction, generator)
        ],
        lambda labels, fraction, generator: (
            torch.arange(len(labels)),
            by_sorting(labels, fraction, generator)[1],
        ),
    ]
}


def test_what_cannot_be_compared_is_told():
    def answer_with(change):
        return lambda *args: change(by_sorting(*args))

    assert "two tensors of places expected" in str(check(NAME, answer_with(lambda pair: pair[0])))
    assert "whole numbers" in str(check(NAME, answer_with(lambda pair: (pair[0].float(), pair[1]))))
    assert "lie between 0 and 123" in str(check(NAME, answer_with(lambda pair: (pair[0] + 1, pair[1]))))


def test_the_smallest_class_is_never_forgotten():
    labels = torch.tensor([0] * 990 + [1] * 10)
    split = find(NAME).reference
    for seed in range(50):
        _train, val = split(labels, 0.2, torch.Generator().manual_seed(seed))
        assert labels[val].bincount().tolist() == [198, 2]
