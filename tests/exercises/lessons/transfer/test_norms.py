"""Lesson 02's BatchNorm: many ways to be right, and other ways to make each mistake."""

from torch import nn

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


RIGHT = {"transfer.freeze_batch_norm": [by_name, by_apply, mode_one_by_one, by_package]}


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
    }
}


def test_of_two_mistakes_the_greater_is_told_first(diagnosis):
    name = "transfer.freeze_batch_norm"
    verdict = check(name, lambda model: model.requires_grad_(False).train())
    assert verdict.message == diagnosis(name, "_only_parameters")
    assert [fact.met for fact in verdict.facts].count(False) == 4


def test_a_list_of_layers_is_no_model():
    assert "a model expected, a list" in check("transfer.freeze_batch_norm", norms).message
