"""Lesson 13's last case: other ways to cure it, and other ways to fall short."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from vislearn import traps
from vislearn.exercises import check
from vislearn.exercises.registry import find

CURED = "clinic.cured"
THREE = {"zero_grad_forgotten", "missing_eval", "scaled_otherwise"}


def program(images, labels, new, *, zero, evaluate, prepared, learned=True, again=False):
    """The program of the lesson, as ill as it is asked to be; its answers, and what a watch finds."""
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(256, 64), nn.BatchNorm1d(64), nn.ReLU()),
        *(nn.Dropout(0.5), nn.Linear(64, 10)),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with traps.watch(model, optimizer, say=None) as watched:
        for _step in range(150):
            some = torch.randint(len(images), (32,))
            pictures = (images[some] - 0.5) / 0.5 if learned else images[some]
            loss = F.cross_entropy(model(pictures), labels[some])
            if zero:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.train(not evaluate)
        if again:
            new = (new - 0.5) / 0.5
        with torch.no_grad():
            parts = [model((some - 0.5) / 0.5 if prepared else some) for some in new.split(32)]
    return torch.cat(parts).argmax(1), {one.trap.name for one in watched.found}


def mended(images, labels, new):
    return program(images, labels, new, zero=True, evaluate=True, prepared=True)[0], THREE


def new_pictures_normalised_twice(images, labels, new):
    said, _found = program(images, labels, new, zero=True, evaluate=True, prepared=True, again=True)
    return said, THREE


def only_the_new_pictures_normalised(images, labels, new):
    said, _found = program(images, labels, new, zero=True, evaluate=True, prepared=True, learned=False)
    return said, THREE


def nearest(images, labels, new):
    """No network at all: the digit of the nearest picture, for answers in no time."""
    return labels[torch.cdist(new.flatten(1), images.flatten(1)).argmin(1)]


RIGHT = {
    CURED: [
        mended,
        lambda images, labels, new: (nearest(images, labels, new), THREE),
        lambda images, labels, new: (nearest(images, labels, new).numpy(), sorted(THREE)),
        lambda images, labels, new: [nearest(images, labels, new).tolist(), tuple(THREE)],
        lambda images, labels, new: (nearest(images, labels, new).float(), frozenset(THREE)),
    ]
}

WRONG = {
    CURED: {
        "_named_alone": lambda images, labels, new: (nearest(images, labels, new).flip(0), THREE),
        "_not_all_named": lambda images, labels, new: (nearest(images, labels, new), {"missing_eval"}),
        "_one_too_many": lambda images, labels, new: (nearest(images, labels, new), {*THREE, "leakage"}),
    }
}

UNLISTED = {
    CURED: [
        lambda images, labels, new: (nearest(images, labels, new) + 1, THREE),
        lambda images, labels, new: (nearest(images, labels, new) + 0.5, THREE),
        lambda images, labels, new: (nearest(images, labels, new)[:, None], THREE),
        lambda images, labels, new: nearest(images, labels, new),
        lambda images, labels, new: (nearest(images, labels, new), "missing_eval"),
        lambda images, labels, new: (nearest(images, labels, new), {*THREE, "no such trap"}),
        lambda images, labels, new: (nearest(images, labels, new)[:10], THREE),
        lambda images, labels, new: (nearest(images, labels, new), {"leakage"}),
        lambda images, labels, new: (0.96, THREE),
    ]
}


@pytest.mark.parametrize("answer", [new_pictures_normalised_twice, only_the_new_pictures_normalised])
def test_pictures_that_are_prepared_otherwise_are_not_mended(answer):
    verdict = check(CURED, answer)
    assert verdict.status == "wrong"
    assert "92 %" in f"{verdict}"


def test_the_program_of_the_lesson_is_in_the_three_traps_and_each_costs_answers():
    arguments = find(CURED).arguments(0)
    said, found = program(*arguments, zero=False, evaluate=False, prepared=False)
    assert found == {"zero_grad_forgotten", "missing_eval"}
    assert check(CURED, lambda *_: (said, THREE)).status == "wrong"
    said, found = program(*arguments, zero=True, evaluate=True, prepared=False)
    assert found == {"scaled_otherwise"}
    assert check(CURED, lambda *_: (said, THREE)).status == "wrong"
