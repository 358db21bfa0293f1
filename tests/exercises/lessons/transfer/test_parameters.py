"""Lesson 02: how many numbers learn."""

import numpy as np
import pytest
import torch

from vislearn import models
from vislearn.exercises import check


def counted_by_shape(model):
    learning = total = 0
    for parameter in model.parameters():
        size = 1
        for length in parameter.shape:
            size *= length
        total += size
        if parameter.requires_grad:
            learning += size
    return [learning, total]


def counted_by_numpy(model):
    sizes = np.array([np.prod(p.shape) for p in model.parameters()])
    learns = np.array([p.requires_grad for p in model.parameters()])
    return sizes[learns].sum(), sizes.sum()


RIGHT = {
    "transfer.count_parameters": [
        counted_by_shape,
        counted_by_numpy,
        models.count_parameters,
        lambda model: [
            int(sum(torch.numel(p) for p in model.parameters() if p.requires_grad or everything))
            for everything in (False, True)
        ],
        lambda model: tuple(
            len(torch.cat([p.flatten() for p in parameters]))
            for parameters in ([p for p in model.parameters() if p.requires_grad], model.parameters())
        ),
    ],
}


def of(model, learning=None, total=None):
    """The right answer, but for what is given."""
    right = counted_by_shape(model)
    return [right[0] if learning is None else learning, right[1] if total is None else total]


UNLISTED = {
    "transfer.count_parameters": [
        lambda model: counted_by_shape(model)[0] / counted_by_shape(model)[1],
        lambda model: of(model, total=len(list(model.parameters()))),
        lambda model: of(model, total=4 * counted_by_shape(model)[1]),
        lambda model: of(model, total=sum(counted_by_shape(model))),
        lambda model: of(model, learning=sum(p.requires_grad for p in model.parameters())),
        lambda model: of(model, learning=sum(p.numel() for p in model.fc.parameters())),
        lambda model: of(
            model,
            total=sum(p.numel() for layer in model.children() for p in layer.parameters(recurse=False)),
        ),
        lambda model: dict(zip(("learning", "all"), counted_by_shape(model), strict=True)),
    ]
}


WRONG = {
    "transfer.count_parameters": {
        "_tensors_counted": lambda model: (
            sum(p.requires_grad for p in model.parameters()),
            sum(1 for _ in model.parameters()),
        ),
        "_all_twice": lambda model: [counted_by_shape(model)[1]] * 2,
        "_swapped": lambda model: counted_by_shape(model)[::-1],
        "_frozen_counted": lambda model: (
            sum(p.numel() for p in model.parameters() if not p.requires_grad),
            counted_by_shape(model)[1],
        ),
        "_frozen_as_total": lambda model: (
            counted_by_shape(model)[0],
            sum(p.numel() * (1 - p.requires_grad) for p in model.parameters()),
        ),
        "_buffers_too": lambda model: (
            counted_by_shape(model)[0],
            counted_by_shape(model)[1] + sum(b.numel() for b in model.buffers()),
        ),
        "_first_axis": lambda model: (
            sum(p.shape[0] for p in model.parameters() if p.requires_grad),
            sum(p.size(0) for p in model.parameters()),
        ),
        "_only_learning": lambda model: counted_by_shape(model)[0],
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "status", "words"),
    [
        ("transfer.count_parameters", lambda model: "many", "wrong", "the same answer for every input"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, status, words):
    verdict = check(name, answer)
    assert (verdict.status, words in verdict.message) == (status, True), verdict
