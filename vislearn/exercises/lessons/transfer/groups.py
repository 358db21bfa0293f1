"""Exercise of lesson 02: learning rates of their own for the head and for the body."""

# To mypy any attribute of a network may be a tensor; here they are layers.
# mypy: disable-error-code="list-item, operator, union-attr"

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.lessons.transfer.networks import network, set_learning
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["parameter_groups"]

Groups = list[dict[str, Any]]


@exercise(
    "transfer.parameter_groups",
    trials=2,
    hints=[
        N_("An optimizer takes a list of dicts in place of parameters. Which two keys does each dict need?"),
        N_(
            "Two groups: `dict(params=[...], lr=...)` for the body and for the head. `named_parameters()` "
            "tells which is which: the head's names begin with `fc.`"
        ),
        N_(
            'Collect `[p for name, p in model.named_parameters() if name.startswith("fc.")]` for the head, '
            "the others for the body, of these only those with `p.requires_grad`."
        ),
    ],
)
def parameter_groups(model: nn.Module, lr: float, backbone_lr: float) -> list[dict]:
    """Build parameter groups: the new head learns fast, the pretrained body slowly.

    The result can be handed to an optimizer: `torch.optim.AdamW(parameter_groups(model, 1e-3, 1e-4))`.

    Args:
        model: a network whose head is `model.fc`; its first layers are frozen. Layers of the body may be
            called fc1 or fc2.
        lr: learning rate of the head.
        backbone_lr: learning rate of everything before the head.

    Returns:
        Two dicts with the keys "params" and "lr". Every parameter that learns is in one of them; frozen
        ones are in none.
    """
    head = [p for name, p in model.named_parameters() if name.startswith("fc.")]
    body = [p for name, p in model.named_parameters() if not name.startswith("fc.") and p.requires_grad]
    return [{"params": body, "lr": backbone_lr}, {"params": head, "lr": lr}]


@parameter_groups.inputs
def _network_and_rates(generator: torch.Generator) -> tuple[nn.Module, float, float]:
    model = network(generator)
    set_learning(model.conv1.parameters(), False)
    lr = 0.01 * (1 + draw(8, generator))
    return model, lr, lr / (5 + draw(12, generator))


@parameter_groups.observe
def _facts_of_groups(function: Callable[..., Any], model: nn.Module, *rates: float) -> dict[str, Any]:
    learned = _learning(model)
    rate_of = _rates(function(model, *rates))
    head, body = list(model.fc.parameters()), [*model.bn1.parameters(), *model.layer1.parameters()]
    learning = {name: p for name, p in model.named_parameters() if not name.startswith("conv1.")}
    absent = [name for name, parameter in learning.items() if id(parameter) not in rate_of]
    return {
        N_("The head's learning rate"): _common_rate(rate_of, head),
        N_("The body's learning rate"): _common_rate(rate_of, body),
        N_("Parameters that learn and are in no group (should be none)"): ", ".join(absent) or _("none"),
        N_("No parameter is in two groups"): all(len(found) == 1 for found in rate_of.values()),
        N_("Frozen parameters are in no group"): not any(id(p) in rate_of for p in model.conv1.parameters()),
        N_("Which parameters learn is as it was"): learned == _learning(model),
    }


def _learning(model: nn.Module) -> set[str]:
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


def _rates(groups: Any) -> dict[int, list[float]]:
    """Every parameter's learning rates, one for each time it occurs."""
    if isinstance(groups, tuple):
        groups = list(groups)
    if not isinstance(groups, list) or not groups or not all(_is_group(group) for group in groups):
        raise Unusable(
            _('a list of dicts with "params" and "lr" expected, {got} returned.', got=describe(groups))
        )
    rates: dict[int, list[float]] = {}
    for group in groups:
        found = [group["params"]] if isinstance(group["params"], Tensor) else group["params"]
        for entry in found:
            named = isinstance(entry, tuple) and len(entry) == 2 and isinstance(entry[0], str)
            parameter = entry[1] if named else entry  # optimizers take what `named_parameters()` gives, too
            if not isinstance(parameter, Tensor):
                raise Unusable(
                    _('"params" must hold parameters, yours holds {got}.', got=describe(parameter))
                )
            rates.setdefault(id(parameter), []).append(float(group["lr"]))
    return rates


def _is_group(group: Any) -> bool:
    return isinstance(group, dict) and {"params", "lr"} <= set(group)


def _common_rate(rate_of: dict[int, list[float]], parameters: list[nn.Parameter]) -> str:
    """The one learning rate of these; in words where there isn't one."""
    rates = {rate for parameter in parameters for rate in rate_of.get(id(parameter), ())}
    if not rates:
        return _("none")
    return ", ".join(f"{rate:.4g}" for rate in sorted(rates))


@parameter_groups.mistake(
    N_(
        "The two rates are swapped: the head is new and must learn fast, with `lr`; the body knows much "
        "already and takes small steps, with `backbone_lr`."
    )
)
def _rates_swapped(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return _two(_body(model), lr, _head(model), backbone_lr)


@parameter_groups.mistake(
    N_("Head and body have the same rate. Give the body's group `backbone_lr`, the head's group `lr`.")
)
def _one_rate(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return _two(_body(model), lr, _head(model), lr)


@parameter_groups.mistake(
    N_(
        "The head is in both groups: `model.parameters()` holds it too, and an optimizer refuses that. Leave "
        "out of the body's group whatever belongs to `fc`."
    )
)
def _head_twice(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return _two([*_body(model), *_head(model)], backbone_lr, _head(model), lr)


@parameter_groups.mistake(
    N_(
        "The head is in both groups, and frozen parameters are in one: `model.parameters()` holds them all. "
        "Take from it what isn't the head's and requires a gradient."
    )
)
def _everything_and_head(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return _two(list(model.parameters()), backbone_lr, _head(model), lr)


@parameter_groups.mistake(
    N_("The body is in no group, so it would never learn. Add a second dict for it, with `backbone_lr`.")
)
def _head_only(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return [{"params": _head(model), "lr": lr}]


@parameter_groups.mistake(
    N_("The head is in no group, so it would never learn. Add a second dict for it, with `lr`.")
)
def _body_only(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return [{"params": _body(model), "lr": backbone_lr}]


@parameter_groups.mistake(
    N_("Frozen parameters are in a group. They get no gradient: leave them out, ask for `p.requires_grad`.")
)
def _frozen_in_a_group(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    return _two([*model.conv1.parameters(), *_body(model)], backbone_lr, _head(model), lr)


@parameter_groups.mistake(
    N_("Only weights are in the groups; the biases would never learn. Take every parameter that learns.")
)
def _without_biases(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    body = [p for name, p in model.named_parameters() if _in_body(name, p) and "weight" in name]
    return _two(body, backbone_lr, [model.fc.weight], lr)


# Two ways to ask for two letters, told the same.
_FC_ANYWHERE = N_(
    'Layers of the body were taken for the head, those with "fc" in their names, such as `layer1.3.fc1`. The '
    'head\'s names begin with `fc.`: `name.startswith("fc.")`, or `model.fc.parameters()`.'
)


@parameter_groups.mistake(_FC_ANYWHERE)
def _fc_anywhere(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    body = [p for name, p in named if "fc" not in name]
    return _two(body, backbone_lr, [p for name, p in named if "fc" in name], lr)


@parameter_groups.mistake(_FC_ANYWHERE)
def _fc_missing_in_the_body(model: nn.Module, lr: float, backbone_lr: float) -> Groups:
    body = [p for name, p in model.named_parameters() if "fc" not in name and p.requires_grad]
    return _two(body, backbone_lr, _head(model), lr)


def _two(body: list[Any], body_rate: float, head: list[Any], head_rate: float) -> Groups:
    return [{"params": body, "lr": body_rate}, {"params": head, "lr": head_rate}]


def _head(model: nn.Module) -> list[Any]:
    return list(model.fc.parameters())


def _body(model: nn.Module) -> list[Any]:
    return [p for name, p in model.named_parameters() if _in_body(name, p)]


def _in_body(name: str, parameter: nn.Parameter) -> bool:
    return not name.startswith("fc.") and parameter.requires_grad
