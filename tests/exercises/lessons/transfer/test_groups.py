"""Lesson 02's parameter groups: many ways to be right, and other ways to make each mistake."""

from functools import partial

import pytest
import torch

from vislearn import models
from vislearn.exercises import check
from vislearn.exercises.lessons.transfer import groups
from vislearn.exercises.registry import find

NAME = "transfer.parameter_groups"


def by_identity(model, lr, backbone_lr):
    head = {id(p) for p in model.fc.parameters()}
    body = (p for p in model.parameters() if id(p) not in head and p.requires_grad)
    return ({"params": model.fc.parameters(), "lr": lr}, {"params": body, "lr": backbone_lr})


def one_group_each(model, lr, backbone_lr):
    rates = {True: lr, False: backbone_lr}
    return [
        {"params": p, "lr": rates[name in {"fc.weight", "fc.bias"}]}
        for name, p in model.named_parameters()
        if p.requires_grad
    ]


def as_optimizer(model, lr, backbone_lr):
    return torch.optim.SGD(by_identity(model, lr, backbone_lr), lr=lr, momentum=0.9)


def named_pairs(model, lr, backbone_lr):
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    head = [pair for pair in named if pair[0].startswith("fc.")]
    return [
        {"params": head, "lr": lr},
        {"params": [pair for pair in named if not pair[0].startswith("fc.")], "lr": backbone_lr},
    ]


RIGHT = {
    NAME: [
        by_identity,
        one_group_each,
        lambda model, lr, backbone_lr: models.parameter_groups(model, lr, backbone_lr=backbone_lr),
        named_pairs,
        lambda model, lr, backbone_lr: tuple(by_identity(model, lr, backbone_lr)),
    ]
}


def grouped(body, head, rates):
    """Groups of parameters whose names begin so, with ``rates(lr, backbone_lr)``."""

    def build(model, lr, backbone_lr):
        named = list(model.named_parameters())
        return [
            {
                "params": [p for name, p in named if name.startswith(starts) and name.endswith(ends)],
                "lr": rate,
            }
            for (starts, ends), rate in zip((body, head), rates(lr, backbone_lr), strict=True)
        ]

    return build


BODY, HEAD, ALL = ("bn1", "layer1"), ("fc",), ("conv1", "bn1", "layer1")
FC_TOO = ("fc", "layer1.3.fc")
ANY = ("weight", "bias")
as_asked = partial(grouped, rates=lambda lr, backbone_lr: (backbone_lr, lr))


def learning(model, starts):
    return [p for name, p in model.named_parameters() if name.startswith(starts) and p.requires_grad]


def two(head, body):
    """Two groups at the rates that were asked, of ``head(parameters)`` and ``body(parameters)``."""

    def build(model, lr, backbone_lr):
        return [
            {"params": head(learning(model, HEAD)), "lr": lr},
            {"params": body(learning(model, BODY)), "lr": backbone_lr},
        ]

    return build


UNLISTED = {
    NAME: [
        as_optimizer,
        two(lambda head: head[:1], list),
        two(list, lambda body: body[1:]),
        two(list, lambda body: body[2:]),
        two(list, lambda body: body + body[:1]),
        two(lambda head: ["fc.weight", "fc.bias"], list),
        grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (backbone_lr, 2 * lr)),
        grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (lr / 2, lr)),
        grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (lr / 10, lr)),
        lambda model, lr, backbone_lr: by_identity(model.requires_grad_(True), lr, backbone_lr),
        lambda model, lr, backbone_lr: by_identity(model.requires_grad_(False), lr, backbone_lr),
        grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (1e-4, 1e-3)),
        lambda model, lr, backbone_lr: torch.optim.SGD(model.parameters(), lr=lr),
        lambda model, lr, backbone_lr: {"head": learning(model, HEAD), "body": learning(model, BODY)},
        lambda model, lr, backbone_lr: [{"params": model.fc, "lr": lr}],
    ]
}

WRONG = {
    NAME: {
        "_rates_swapped": grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (lr, backbone_lr)),
        "_one_rate": grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (lr, lr)),
        "_head_twice": as_asked((BODY + HEAD, ANY), (HEAD, ANY)),
        "_everything_and_head": as_asked((ALL + HEAD, ANY), (HEAD, ANY)),
        "_head_only": as_asked((("nothing",), ANY), (HEAD, ANY)),
        "_body_only": as_asked((BODY, ANY), (("nothing",), ANY)),
        "_frozen_in_a_group": as_asked((ALL, ANY), (HEAD, ANY)),
        "_fc_anywhere": as_asked((("bn1", "layer1.0", "layer1.1"), ANY), (FC_TOO, ANY)),
        "_fc_missing_in_the_body": as_asked((("bn1", "layer1.0", "layer1.1"), ANY), (HEAD, ANY)),
        "_without_biases": as_asked((BODY, ("weight",)), (HEAD, ("weight",))),
    }
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda model, lr, backbone_lr: [], "a list of length 0 returned"),
        (lambda model, lr, backbone_lr: list(model.parameters()), "a list of length 14 returned"),
        (lambda model, lr, backbone_lr: {"params": model.parameters(), "lr": lr}, "a dict with the keys"),
        (
            lambda model, lr, backbone_lr: [{"params": [list(model.named_parameters())], "lr": lr}],
            "yours holds a list of length 14",
        ),
    ],
)
def test_what_no_optimizer_takes_is_described(answer, words):
    verdict = check(NAME, answer)
    assert (verdict.status, words in verdict.message) == ("wrong", True), verdict


def test_rates_are_told():
    verdict = check(NAME, grouped((BODY, ANY), (HEAD, ANY), lambda lr, backbone_lr: (backbone_lr, 3 * lr)))
    assert verdict.status == "wrong"
    assert "The head's learning rate: " in verdict.message


def test_a_rate_of_nothing_at_all_is_told_in_a_word():
    head = find(NAME).arguments(0)[0].fc
    assert groups._common_rate({}, list(head.parameters())) == "none"
    assert groups._common_rate({id(head.weight): [0.1, 0.02]}, [head.weight]) == "0.02, 0.1"
