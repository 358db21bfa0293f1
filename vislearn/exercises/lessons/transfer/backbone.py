"""Exercises of lesson 02: freeze a network, give it a new head."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="arg-type, assignment, operator, union-attr"

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.inputs import draw
from vislearn.exercises.lessons.transfer.networks import network, pictures, require_module, set_learning
from vislearn.exercises.registry import N_, exercise
from vislearn.language import translate as _

__all__ = ["freeze", "replace_head"]


@exercise(
    "transfer.freeze",
    trials=2,
    hints=[
        N_("Every weight and every bias is a parameter. Each carries a switch: does it get a gradient?"),
        N_(
            "The switch is `requires_grad`. `model.parameters()` gives all parameters, however deep they lie."
        ),
        N_("Loop: `for parameter in model.parameters():` and switch each off. Then return the model."),
    ],
)
def freeze(model: nn.Module) -> nn.Module:
    """Freeze a model: none of its parameters learns any more.

    Args:
        model: any network, with layers inside layers.

    Returns:
        The same model: each parameter keeps its numbers, and none requires a gradient.
    """
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model


@freeze.inputs
def _learning_network(generator: torch.Generator) -> tuple[nn.Module]:
    return (network(generator),)


@freeze.observe
def _facts_of_frozen(function: Callable[..., Any], model: nn.Module) -> dict[str, Any]:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    frozen = require_module(function(model))
    learning = [name for name, parameter in frozen.named_parameters() if parameter.requires_grad]
    after = frozen.state_dict()
    return {
        N_("Parameters that still learn"): ", ".join(learning) or _("none"),
        N_("`requires_grad` is set on parameters, not on a model or a layer"): not any(
            "requires_grad" in vars(module) for module in frozen.modules()
        ),
        N_("It has the layers it had"): set(after) == set(before),
        N_("All numbers are what they were"): all(
            torch.equal(before[name], after[name]) for name in set(before) & set(after)
        ),
    }


@freeze.mistake(
    N_(
        "Every parameter still learns. `eval()` only changes how Dropout and BatchNorm work, and `no_grad()` "
        "ends with its block. Set `requires_grad = False` on each parameter."
    )
)
def _still_learning(model: nn.Module) -> nn.Module:
    return model.eval()


@freeze.mistake(
    N_(
        "A model or a layer has no switch `requires_grad`: Python made a new variable there, and nothing "
        "reads it. The switch belongs to each parameter: loop over `model.parameters()`."
    )
)
def _on_the_model(model: nn.Module) -> nn.Module:
    model.requires_grad = False
    return model


@freeze.mistake(
    N_("The weights are frozen, the biases still learn. A bias is a parameter too: leave no name out.")
)
def _only_weights(model: nn.Module) -> nn.Module:
    set_learning((value for name, value in model.named_parameters() if "weight" in name), False)
    return model


@freeze.mistake(
    N_(
        "Only the outer layers are frozen. Layers lie inside layers: `model.parameters()` finds all of them, "
        "however deep."
    )
)
def _only_outer_layers(model: nn.Module) -> nn.Module:
    for layer in model.children():
        set_learning(layer.parameters(recurse=False), False)
    return model


@freeze.mistake(
    N_("The head still learns. That is what you want in the end, but this function freezes everything.")
)
def _all_but_the_head(model: nn.Module) -> nn.Module:
    set_learning((value for name, value in model.named_parameters() if not name.startswith("fc")), False)
    return model


@freeze.mistake(N_("Only the head is frozen, the body still learns. Loop over all of `model.parameters()`."))
def _only_the_head(model: nn.Module) -> nn.Module:
    set_learning(model.fc.parameters(), False)
    return model


@freeze.mistake(
    N_(
        "The numbers changed. Freezing keeps what the network has learned; it only stops it from learning "
        "more."
    )
)
def _erased(model: nn.Module) -> nn.Module:
    for parameter in model.parameters():
        parameter.requires_grad = False
        parameter.zero_()
    return model


@exercise(
    "transfer.replace_head",
    trials=3,
    hints=[
        N_(
            "A head is a layer like any other: you can put another one in its place. Which is the last layer?"
        ),
        N_(
            "A linear layer needs two numbers: how many features come in, how many scores go out. The old "
            "head knows the first: `model.fc.in_features`."
        ),
        N_("Assign a new `nn.Linear(..., num_classes)` to `model.fc`. New layers learn without being asked."),
    ],
)
def replace_head(model: nn.Module, num_classes: int) -> nn.Module:
    """Give a frozen model a new head for your own classes.

    Args:
        model: a frozen network like torchvision's ResNet: its last layer is `model.fc`, a linear layer.
        num_classes: how many scores the new head gives.

    Returns:
        The model: the body is as it was and frozen, the new `fc` learns and gives num_classes raw scores.
    """
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    return model


@replace_head.inputs
def _frozen_network(generator: torch.Generator) -> tuple[nn.Module, int]:
    model = network(generator)
    set_learning(model.parameters(), False)
    return model, 2 + draw(4, generator)  # never as many as the old head's


@replace_head.observe
def _facts_of_new_head(function: Callable[..., Any], model: nn.Module, num_classes: int) -> dict[str, Any]:
    body = {name: value.clone() for name, value in model.state_dict().items() if not _of_head(name)}
    old_weight = model.fc.weight.clone()
    old_features = old_weight.shape[1]
    made = require_module(function(model, num_classes))
    learning = {name for name, parameter in made.named_parameters() if parameter.requires_grad}
    new = {name for name, _parameter in made.named_parameters()} - set(body)
    scores, after = _scores(made), made.state_dict()
    return {
        N_("The head takes as many features as the body gives"): scores is not None,
        N_("Scores per picture"): 0 if scores is None else scores.shape[-1],
        N_("What the head gives"): _kind_of_scores(made, old_features),
        N_("The old head is gone"): not any(
            torch.equal(parameter, old_weight) for parameter in made.parameters()
        ),
        N_("A new layer learns"): bool(new & learning),
        N_("No part of the new head is frozen"): new <= learning,
        N_("The body is as it was"): all(
            name in after and torch.equal(value, after[name]) for name, value in body.items()
        ),
        N_("The body stays frozen"): not learning & set(body),
    }


def _of_head(name: str) -> bool:
    return name.startswith("fc.")


def _scores(model: nn.Module) -> Tensor | None:
    """The scores of some pictures; None where the layers don't fit together."""
    try:
        with torch.no_grad():
            return model.eval()(pictures())
    except RuntimeError:
        return None


def _kind_of_scores(model: nn.Module, features: int) -> str:
    """What comes out where features are large and of both signs: an activation at the end shows then."""
    generator = torch.Generator().manual_seed(3)
    given = 1000 * torch.randn(64, features, generator=generator)
    try:
        head = copy.deepcopy(model.fc)
        with torch.no_grad():
            for parameter in head.parameters():  # a head may begin with zeros, and would give zeros only
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
            scores = head(given)
    except (RuntimeError, AttributeError):  # no head, or one that doesn't fit: another fact tells
        return _("raw scores")
    low, high = float(scores.min()), float(scores.max())
    if low >= 0 and high <= 1:
        one = torch.allclose(scores.sum(dim=-1), torch.ones(len(scores)), atol=1e-4)
        return (
            _("shares that sum to 1, as from softmax") if one else _("numbers from 0 to 1, as from sigmoid")
        )
    if high < -0.05 * low:
        return _("logarithms, as from log_softmax")
    if -low < 0.05 * high:
        return _("nothing below 0, as from ReLU")
    saturated = scores.abs() > 0.999 * scores.abs().max()
    return _("numbers in a fixed range, as from tanh") if saturated.double().mean() > 0.2 else _("raw scores")


@replace_head.mistake(
    N_(
        "Only the note `out_features` changed; the weights inside, and so the scores, are the old ones. "
        "Make a new `nn.Linear` and assign it to `model.fc`."
    )
)
def _number_changed(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc.out_features = num_classes
    return model


@replace_head.mistake(
    N_(
        "You put a layer behind the old head: it sees the scores of the old classes, and not the features. "
        "Replace the old head: its `in_features` is what your layer gets."
    )
)
def _appended(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Sequential(model.fc, nn.Linear(model.fc.out_features, num_classes))
    return model


@replace_head.mistake(
    N_(
        "The head expects another number of features than the body gives. Don't write 512 or 2048 by hand: "
        "ask the old head for `model.fc.in_features`."
    )
)
def _fixed_width(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Linear(512, num_classes)
    return model


@replace_head.mistake(
    N_(
        "Your new layer is there, but the model never calls it: its `forward` calls `fc`. Assign the new "
        "layer to `model.fc`."
    )
)
def _under_another_name(model: nn.Module, num_classes: int) -> nn.Module:
    model.head = nn.Linear(model.fc.in_features, num_classes)
    return model


@replace_head.mistake(
    N_("The new head is frozen too, so nothing can learn. Freeze first, then put the new head on.")
)
def _frozen_too(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    set_learning(model.parameters(), False)
    return model


@replace_head.mistake(
    N_("The body learns again. Only the new head was to learn: leave the others' switches.")
)
def _unfrozen(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Linear(model.fc.in_features, num_classes)
    set_learning(model.parameters(), True)
    return model


@replace_head.mistake(
    N_(
        "Your head ends with softmax. `CrossEntropyLoss` applies it once more and learns badly then: return "
        "raw scores, from `nn.Linear` alone."
    )
)
def _with_softmax(model: nn.Module, num_classes: int) -> nn.Module:
    linear = nn.Linear(model.fc.in_features, num_classes)
    model.fc = nn.Sequential(linear, nn.Softmax(dim=1))
    return model


_ACTIVATION_LAST = N_(
    "Your head ends with an activation, which bends or cuts off the scores before the loss sees them. Return "
    "raw scores: the last layer is an `nn.Linear`."
)


@replace_head.mistake(_ACTIVATION_LAST)
def _with_sigmoid(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.Sigmoid())
    return model


@replace_head.mistake(_ACTIVATION_LAST)
def _with_relu(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.ReLU())
    return model


@replace_head.mistake(_ACTIVATION_LAST)
def _with_tanh(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.Tanh())
    return model


@replace_head.mistake(
    N_(
        "Your head ends with log_softmax. `CrossEntropyLoss` takes that step itself: return raw scores, from "
        "`nn.Linear` alone."
    )
)
def _with_log_softmax(model: nn.Module, num_classes: int) -> nn.Module:
    model.fc = nn.Sequential(nn.Linear(model.fc.in_features, num_classes), nn.LogSoftmax(dim=1))
    return model
