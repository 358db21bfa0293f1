"""Lesson 02's BatchNorm: many ways to be right, and other ways to make each mistake."""

from copy import deepcopy

from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from vislearn import models
from vislearn.exercises import check


def by_name(model):
    model.train()
    for name, layer in model.named_modules():
        if name in {"bn1", "layer1.1"}:
            layer.eval().requires_grad_(False)
    return model


def by_apply(model):
    def freeze(layer):
        if type(layer) is nn.BatchNorm2d:
            layer.train(False)
            layer.weight.requires_grad = layer.bias.requires_grad = False

    return model.train().apply(freeze)


def mode_one_by_one(model):
    for layer in model.modules():
        layer.training = not isinstance(layer, nn.BatchNorm2d)
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            layer.requires_grad_(False)
    return model


def by_package(model):
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            models.freeze(layer)
    return model.train()


def frozen_kind(model):
    model.train()
    model.bn1, model.layer1[1] = (as_frozen(layer) for layer in (model.bn1, model.layer1[1]))
    return model


def as_frozen(layer):
    made = FrozenBatchNorm2d(layer.num_features)
    made.load_state_dict(layer.state_dict())
    return made


def statistics_reset(model):
    for layer in by_name(model).modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    return model


def with_batch_norm(change, which=slice(None)):
    """The right answer, then ``change(layer)`` for some of the BatchNorm layers."""

    def answer(model):
        for layer in norms(by_name(model))[which]:
            change(layer)
        return model

    return answer


def without_statistics(layer):
    layer.running_mean = layer.running_var = None


def with_other_norms(model):
    model.train()
    model.bn1, model.layer1[1] = (nn.GroupNorm(1, layer.num_features) for layer in norms(model))
    return model


def also(change):
    """The right answer, and more than was asked: ``change(model)``."""

    def answer(model):
        change(by_name(model))
        return model

    return answer


UNLISTED = {
    "transfer.freeze_batch_norm": [
        lambda model: by_name(deepcopy(model)),
        with_batch_norm(without_statistics),
        with_batch_norm(lambda layer: nn.init.zeros_(layer.weight)),
        with_batch_norm(lambda layer: layer.weight.requires_grad_(True)),
        with_batch_norm(lambda layer: layer.bias.requires_grad_(True)),
        with_batch_norm(lambda layer: layer.train().requires_grad_(True), slice(0, 1)),
        also(lambda model: model.fc.eval()),
        also(lambda model: model.fc.requires_grad_(False)),
        also(lambda model: model.layer1.eval()),
        with_other_norms,
        lambda model: by_name(model).fc,
    ]
}


RIGHT = {"transfer.freeze_batch_norm": [by_name, by_apply, mode_one_by_one, by_package, frozen_kind]}


def norms(model):
    return [layer for layer in model.modules() if "Norm" in type(layer).__name__]


def parameters_then_train(model):
    for layer in norms(model):
        layer.eval().requires_grad_(False)
    return model.train()


def nothing_at_all(model):
    return model.train(mode=True)


def eval_only(model):
    model.train()
    for layer in norms(model):
        layer.training = False
    return model


def everything_to_eval(model):
    model.train()
    for layer in model.modules():
        layer.eval()
        if layer in norms(model):
            layer.requires_grad_(False)
    return model


def by_attribute(model):
    model.train()
    model.bn1.eval().requires_grad_(False)
    return model


def all_parameters(model):
    return by_name(model).requires_grad_(False)


def tiny_momentum(model):
    model.train()
    for layer in norms(model):
        layer.momentum = 0
        layer.requires_grad_(False)
    return model


WRONG = {
    "transfer.freeze_batch_norm": {
        "_only_parameters": parameters_then_train,
        "_undone": nothing_at_all,
        "_still_learning_norms": eval_only,
        "_all_in_eval": everything_to_eval,
        "_outermost_only": by_attribute,
        "_everything_frozen": all_parameters,
        "_no_momentum": tiny_momentum,
        "_statistics_reset": statistics_reset,
    }
}


def test_of_two_mistakes_both_are_told():
    verdict = check("transfer.freeze_batch_norm", lambda model: model.requires_grad_(False).train())
    assert "The inner BatchNorm's running statistics don't move" in verdict.message
    assert "Other parameters that don't learn (should be none)" in verdict.message


def test_a_missing_layer_is_told():
    verdict = check("transfer.freeze_batch_norm", lambda model: setattr(model, "bn1", nn.Identity()) or model)
    assert verdict.message == "The model has two BatchNorm layers; yours has 1."


def test_a_list_of_layers_is_no_model():
    assert "a model expected, a list" in check("transfer.freeze_batch_norm", norms).message
