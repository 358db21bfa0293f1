"""Lesson 02's exercises: many ways to be right, and other ways to make each mistake."""

import copy

import pytest
import torch
from torch import nn

from vislearn import models
from vislearn.exercises import check


def frozen_by_layer(model):
    for layer in model.modules():
        for parameter in layer.parameters(recurse=False):
            parameter.requires_grad_(False)
    return model


def frozen_by_detaching(model):
    for parameter in model.parameters():
        parameter.detach_()
    return model


def frozen_by_name(model):
    for name, _parameter in list(model.named_parameters()):
        model.get_parameter(name).requires_grad = False
    return model.eval()


def frozen_by_package(model):
    models.freeze(model)
    return model


def with_own_weights(model, num_classes):
    width = model.fc.weight.shape[1]
    model.fc = nn.Linear(width, num_classes)
    nn.init.normal_(model.fc.weight, std=0.01)
    nn.init.zeros_(model.fc.bias)
    return model


def with_dropout(model, num_classes):
    model.fc = nn.Sequential(nn.Dropout(0.2), nn.Linear(model.fc.in_features, num_classes))
    return model


def with_two_layers(model, num_classes):
    width = model.fc.in_features
    model.fc = nn.Sequential(nn.Linear(width, 9), nn.ReLU(), nn.Linear(9, num_classes, bias=False))
    return model


def on_a_copy(model, num_classes):
    model = copy.deepcopy(model)
    setattr(model, "fc", nn.Linear(model.fc.in_features, num_classes))  # noqa: B010 - a learner may
    return model


def with_zeros(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    nn.init.zeros_(model.fc.weight)
    nn.init.zeros_(model.fc.bias)
    return model


def by_package(model, num_classes):
    models.replace_head(model, num_classes)
    return model


RIGHT = {
    "transfer.freeze": [
        lambda model: model.requires_grad_(False),
        lambda model: model.requires_grad_(False).eval(),
        frozen_by_layer,
        frozen_by_detaching,
        frozen_by_name,
        frozen_by_package,
        lambda model: copy.deepcopy(model).requires_grad_(False),
    ],
    "transfer.replace_head": [
        with_own_weights,
        with_zeros,
        with_dropout,
        with_two_layers,
        on_a_copy,
        by_package,
    ],
}


def on_every_layer(model):
    for layer in model.children():
        layer.requires_grad = False
    return model


def without_gradients_here(model):
    with torch.no_grad():
        return model


def only_matrices(model):
    for parameter in model.parameters():
        parameter.requires_grad = parameter.ndim == 1 and parameter is not model.bn1.weight
    model.bn1.weight.requires_grad = model.layer1[1].weight.requires_grad = False
    return model


def outer_names(model):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name.count(".") > 1
    return model


def body_only(model):
    model.requires_grad_(False)
    model.fc.requires_grad_(True)
    return model


def head_alone(model):
    model.fc.weight.requires_grad = model.fc.bias.requires_grad = False
    return model


def started_anew(model):
    for parameter in model.requires_grad_(False).parameters():
        parameter.copy_(torch.randn_like(parameter))
    return model


def renumbered(model, num_classes):
    setattr(model.fc, "out_features", num_classes)  # noqa: B010 - a learner may
    model.fc.requires_grad_(False)
    return model


def chained(model, num_classes):
    return nn.Sequential(model, nn.Linear(model.fc.out_features, num_classes))


def behind(model, num_classes):
    old = model.fc
    model.fc = nn.Sequential()
    model.fc.append(old)
    model.fc.append(nn.ReLU())
    model.fc.append(nn.Linear(old.out_features, num_classes))
    return model


def as_classifier(model, num_classes):
    model.classifier = nn.Linear(model.fc.in_features, num_classes)
    return model


def with_head(head):
    """A way to make a head, put on."""

    def put_on(model, num_classes):
        model.fc = head(model.fc.in_features, num_classes)
        return model

    return put_on


def learning_again(model, num_classes):
    return by_package(model, num_classes).requires_grad_(True)


def ending_with(activation):
    return with_head(lambda width, num_classes: nn.Sequential(nn.Linear(width, num_classes), activation))


def partly_frozen(model, num_classes):
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    model.fc.bias.requires_grad_(False)
    return model


def first_layer_anew(model, num_classes):
    nn.init.normal_(model.conv1.weight)
    return with_dropout(model, num_classes)


def frozen_where(pick):
    """Freezes the parameters that ``pick(name, parameter)`` says."""

    def freeze(model):
        for name, parameter in model.named_parameters():
            if pick(name, parameter):
                parameter.requires_grad = False
        return model

    return freeze


def without_a_head(model):
    model.requires_grad_(False).fc = nn.Identity()
    return model


UNLISTED = {
    "transfer.freeze": [
        frozen_where(lambda name, parameter: parameter.ndim > 1),
        frozen_where(lambda name, parameter: "bn" in name),
        frozen_where(lambda name, parameter: name.endswith("bias")),
        frozen_where(lambda name, parameter: name == "conv1.weight"),
        frozen_where(lambda name, parameter: "weight" in name and "fc" not in name),
        without_a_head,
        lambda model: nn.Linear(3, 3).requires_grad_(False),
        lambda model: nn.Sequential(model),
    ],
    "transfer.replace_head": [
        partly_frozen,
        first_layer_anew,
        lambda model, num_classes: with_dropout(model, num_classes + 1),
        lambda model, num_classes: with_dropout(model, 3),
        lambda model, num_classes: with_dropout(model, num_classes).fc,
    ],
}


WRONG = {
    "transfer.freeze": {
        "_still_learning": without_gradients_here,
        "_on_the_model": on_every_layer,
        "_only_weights": only_matrices,
        "_only_outer_layers": outer_names,
        "_all_but_the_head": body_only,
        "_only_the_head": head_alone,
        "_erased": started_anew,
    },
    "transfer.replace_head": {
        "_number_changed": renumbered,
        "_appended": behind,
        "_fixed_width": with_head(lambda _width, num_classes: nn.Linear(2048, num_classes)),
        "_under_another_name": as_classifier,
        "_frozen_too": with_head(
            lambda width, num_classes: nn.Linear(width, num_classes).requires_grad_(False)
        ),
        "_unfrozen": learning_again,
        "_with_softmax": with_head(
            lambda width, num_classes: nn.Sequential(nn.Linear(width, num_classes), nn.Softmax(-1))
        ),
        "_with_sigmoid": ending_with(nn.Sigmoid()),
        "_with_relu": ending_with(nn.Softplus()),
        "_with_tanh": ending_with(nn.Softsign()),
        "_with_log_softmax": ending_with(nn.LogSoftmax(-1)),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "status", "words"),
    [
        ("transfer.freeze", lambda model: list(model.parameters()), "wrong", "a model expected, a list"),
        ("transfer.freeze", lambda model: model.parameters(), "wrong", "a model expected, a generator"),
        (
            "transfer.freeze",
            lambda model: [p.requires_grad_(False) for p in model.parameters()] and None,
            "wrong",
            "returns nothing",
        ),
        (
            "transfer.replace_head",
            lambda model, classes: nn.Linear(8, classes),
            "wrong",
            "The head takes as many features as the body gives",
        ),
        ("transfer.replace_head", chained, "wrong", "The old head is gone"),
        ("transfer.replace_head", lambda model, num_classes: model.head, "error", "no attribute 'head'"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, status, words):
    verdict = check(name, answer)
    assert (verdict.status, words in verdict.message) == (status, True), verdict
