"""Exercise of lesson 02: keep BatchNorm frozen while the other layers train."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="index, operator, union-attr"

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import FrozenBatchNorm2d

from vislearn.exercises.lessons.transfer.networks import network, pictures, require_module, set_learning
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["freeze_batch_norm"]

_NORMS = (nn.BatchNorm2d, FrozenBatchNorm2d)  # the second is as good: it has nothing that could move or learn


@exercise(
    "transfer.freeze_batch_norm",
    trials=2,
    hints=[
        N_(
            "BatchNorm holds two kinds of numbers: weight and bias, which learn from gradients, and running "
            "statistics, which move with every batch in training mode. Which switch stops which?"
        ),
        N_(
            "`requires_grad = False` stops weight and bias, `layer.eval()` stops the statistics. "
            "`model.train()` switches every layer, so call it first."
        ),
        N_(
            "First `model.train()`. Then go through `model.modules()`; for each with `isinstance(layer, "
            "nn.BatchNorm2d)` call `layer.eval()`, and switch its parameters off. Return the model."
        ),
    ],
)
def freeze_batch_norm(model: nn.Module) -> nn.Module:
    """Switch a model to training mode, with its BatchNorm layers frozen.

    In a forward pass their running statistics don't move and are what they normalise by; their weight and
    bias don't learn. All other layers are in training mode and learn as before.

    Args:
        model: a network with BatchNorm2d layers, also inside other layers.

    Returns:
        The same model.
    """
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
            for parameter in layer.parameters():
                parameter.requires_grad = False
    return model


@freeze_batch_norm.inputs
def _network_in_eval(generator: torch.Generator) -> tuple[nn.Module]:
    return (network(generator).eval(),)


@freeze_batch_norm.observe
def _facts_of_batch_norm(function: Callable[..., Any], model: nn.Module) -> dict[str, Any]:
    kept = {name: value.clone() for name, value in model.state_dict().items() if _is_kept(name)}
    learned = {name for name in kept if "running" not in name}
    answer = require_module(function(model))
    if answer is not model:
        raise Unusable(_("the same model expected, another one returned. Change the one that you are given."))
    norms = [layer for layer in model.modules() if isinstance(layer, _NORMS)]
    if len(norms) != 2:
        raise Unusable(_("The model has two BatchNorm layers; yours has {count}.", count=len(norms)))
    changed = {
        name
        for name, value in kept.items()
        if name not in model.state_dict() or not torch.equal(value, model.state_dict()[name])
    }
    others = [p for layer in (model.conv1, model.layer1[0], model.fc) for p in layer.parameters()]
    idle = [layer for layer in model.modules() if not isinstance(layer, _NORMS) and not layer.training]
    before = [_statistics(layer) for layer in norms]
    alone, together = _features(model, pictures()[:1]), _features(model, pictures())[:1]
    moved = [not torch.equal(old, _statistics(layer)) for old, layer in zip(before, norms, strict=True)]
    learns = [parameter.requires_grad for layer in norms for parameter in layer.parameters()]
    return {
        N_("BatchNorm's running statistics are what they were"): not changed - learned,
        N_("BatchNorm's weight and bias are what they were"): not changed & learned,
        N_("Layers in eval mode, beside BatchNorm (should be none)"): len(idle),
        N_("The outer BatchNorm's running statistics don't move"): not moved[0],
        N_("The inner BatchNorm's running statistics don't move"): not moved[1],
        N_("BatchNorm normalises by its running statistics, not by the batch"): torch.allclose(
            alone, together, atol=1e-4
        ),
        N_("Parameters of BatchNorm that learn (should be none)"): sum(learns),
        N_("Other parameters that don't learn (should be none)"): sum(
            not parameter.requires_grad for parameter in others
        ),
    }


def _is_kept(name: str) -> bool:
    return name.startswith(("bn1.", "layer1.1.")) and not name.endswith("num_batches_tracked")


def _statistics(layer: nn.BatchNorm2d | FrozenBatchNorm2d) -> Tensor:
    kept = [value for value in (layer.running_mean, layer.running_var) if value is not None]
    return torch.cat(kept).clone() if kept else torch.zeros(0)


def _features(model: nn.Module, images: Tensor) -> Tensor:
    """What the head would get before Dropout: there BatchNorm is the only layer that mode can change."""
    with torch.no_grad():
        return model.layer1(model.bn1(model.conv1(images)).relu())


@freeze_batch_norm.mistake(
    N_(
        "The running statistics still move. `requires_grad = False` stops weight and bias only: statistics "
        "need no gradient. Call `eval()` on each BatchNorm layer, after `model.train()`, which undoes it."
    )
)
def _only_parameters(model: nn.Module) -> nn.Module:
    model.train()
    for layer in _norms(model):
        set_learning(layer.parameters(), False)
    return model


@freeze_batch_norm.mistake(
    N_(
        "The running statistics are lost: `reset_running_stats()` sets them back to 0 and 1. Frozen they "
        "keep what was learned: `eval()` on each BatchNorm layer."
    )
)
def _statistics_reset(model: nn.Module) -> nn.Module:
    model.train()
    for layer in _norms(model):
        layer.eval()
        layer.reset_running_stats()
        set_learning(layer.parameters(), False)
    return model


@freeze_batch_norm.mistake(
    N_(
        "BatchNorm isn't frozen at all: it is in training mode, and its parameters learn. `model.train()` "
        "switches every layer back, so the calls of `eval()` come after it."
    )
)
def _undone(model: nn.Module) -> nn.Module:
    for layer in _norms(model):
        layer.eval()
    return model.train()


@freeze_batch_norm.mistake(
    N_(
        "The running statistics are still, but weight and bias of BatchNorm learn. `eval()` doesn't stop "
        "gradients: set `requires_grad = False` too."
    )
)
def _still_learning_norms(model: nn.Module) -> nn.Module:
    model.train()
    for layer in _norms(model):
        layer.eval()
    return model


@freeze_batch_norm.mistake(
    N_(
        "The whole model is in eval mode: Dropout, for one, no longer works. Only the BatchNorm layers were "
        "to be frozen: first `model.train()`, then `eval()` on those."
    )
)
def _all_in_eval(model: nn.Module) -> nn.Module:
    for layer in _norms(model):
        set_learning(layer.parameters(), False)
    return model.eval()


@freeze_batch_norm.mistake(
    N_(
        "BatchNorm layers inside other layers were missed: `children()` is only the outermost ones. "
        "`model.modules()` finds all."
    )
)
def _outermost_only(model: nn.Module) -> nn.Module:
    model.train()
    for layer in model.children():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
            set_learning(layer.parameters(), False)
    return model


@freeze_batch_norm.mistake(
    N_("You froze every parameter. Only those of BatchNorm were to stop; the other layers still learn.")
)
def _everything_frozen(model: nn.Module) -> nn.Module:
    set_learning(model.parameters(), False)
    model.train()
    for layer in _norms(model):
        layer.eval()
    return model


@freeze_batch_norm.mistake(
    N_(
        "The statistics stand still, but BatchNorm doesn't use them: in training mode it normalises by the "
        "batch, whatever its momentum. Call `eval()` on each BatchNorm layer."
    )
)
def _no_momentum(model: nn.Module) -> nn.Module:
    model.train()
    for layer in _norms(model):
        layer.momentum = 0.0
        set_learning(layer.parameters(), False)
    return model


def _norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
