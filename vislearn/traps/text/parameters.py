"""Parameters that a script means to freeze, or to learn, and doesn't."""

import ast

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted
from vislearn.traps.trap import Trap

__all__ = ["FREEZES_NOTHING", "LAYERS_IN_A_LIST"]

_SLIPS = ("require_grad", "require_grads", "requires_grads", "requires_gradient", "required_grad")
_LAYERS = ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "Linear", "BatchNorm2d", "LayerNorm", "Embedding")
_PARTS = ("features", "backbone", "encoder", "layer1", "layer2", "layer3", "layer4")


def _freezes_nothing(source: Source) -> Problem | None:
    targets = [
        target
        for node in source.nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    ]
    slips = [one for one in targets if one.attr in _SLIPS and not _is_own(source, one)]
    models = [one for one in targets if one.attr == "requires_grad" and _is_network(source, one.value)]
    if slips:
        return Problem(
            source.where(slips),
            _("sets {name}, which torch doesn't know", name=f"`{slips[0].attr}`"),
            _("Write {name}.", name="`requires_grad`"),
        )
    if models:
        owner = dotted(models[0].value)
        return Problem(
            source.where(models),
            _("sets {name} of a network, which reaches none of its parameters", name="`requires_grad`"),
            _("Write {call}.", call=f"`{owner}.requires_grad_(False)`"),
        )
    return None


def _is_own(source: Source, target: ast.Attribute) -> bool:
    """Whether somebody has an attribute of this name: it is set on ``self``, or asked for."""
    asked = any(
        isinstance(one, ast.Attribute) and one.attr == target.attr and isinstance(one.ctx, ast.Load)
        for one in source.nodes
    )
    return asked or dotted(target.value) in ("", "self", "cls")


def _is_network(source: Source, owner: ast.expr) -> bool:
    """Whether a name, or one of the usual parts of it, can only be a network."""
    if isinstance(owner, ast.Attribute) and owner.attr in _PARTS:
        owner = owner.value
    values = source.values_of(owner.id, owner) if isinstance(owner, ast.Name) else []
    return bool(values) and all(isinstance(one, ast.Call) and _makes_network(source, one) for one in values)


def _makes_network(source: Source, call: ast.Call) -> bool:
    name = source.full_name(call.func)
    if name == "torch.nn.Sequential":
        return True
    short = name.rpartition(".")[2]
    return name.startswith("torchvision.models.") and short.islower() and not short.startswith("get_")


def _layers_in_a_list(source: Source) -> Problem | None:
    found: list[ast.Assign] = []
    for kind in source.nodes:
        if isinstance(kind, ast.ClassDef) and any(_is_module(source, base) for base in kind.bases):
            found += [
                one for one in ast.walk(kind) if isinstance(one, ast.Assign) and _keeps_list(source, one)
            ]
    if not found:
        return None
    target = dotted(found[0].targets[0])
    return Problem(
        source.where(found),
        _("keeps layers in a plain list, where neither the optimizer nor a saved file finds them"),
        _("Write {line}.", line=f"`{target} = nn.ModuleList([...])`"),
    )


def _is_module(source: Source, base: ast.expr) -> bool:
    return source.full_name(base) == "torch.nn.Module"


def _keeps_list(source: Source, node: ast.Assign) -> bool:
    """``self.x = [nn.Linear(2, 2)]``, and only called, never handed on to what would register it."""
    if len(node.targets) != 1:
        return False
    name = dotted(node.targets[0])
    if not name.startswith("self.") or len(source.values.get(name, [])) != 1:
        return False
    items = [node.value.elt] if isinstance(node.value, ast.ListComp) else getattr(node.value, "elts", [])
    layers = bool(items) and isinstance(node.value, (ast.List, ast.ListComp))
    return layers and all(_is_layer(source, one) for one in items) and not _handed_on(source, name)


def _is_layer(source: Source, node: ast.expr) -> bool:
    name = source.full_name(node.func) if isinstance(node, ast.Call) else ""
    return name.startswith("torch.nn.") and name.rpartition(".")[2] in _LAYERS


def _handed_on(source: Source, name: str) -> bool:
    """Whether the list goes elsewhere than into the head of a loop, or is asked for one of its items."""
    called = {dotted(call.func).rpartition(".")[2] for call in source.calls()}
    if called & {"add_module", "register_module", "setattr"}:
        return True
    short = name.rpartition(".")[2]
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == short
        and isinstance(node.ctx, ast.Load)
        and not (dotted(node) == name and _only_calls(source, node))
        for node in source.nodes
    )


def _only_calls(source: Source, used: ast.AST) -> bool:
    """Whether the list's layers are called here, and nothing else happens to them."""
    parent = source.parents[used]
    if isinstance(parent, ast.Subscript):
        call = source.parents[parent]
        return isinstance(call, ast.Call) and call.func is parent
    counted = isinstance(parent, ast.Call) and dotted(parent.func) in ("enumerate", "reversed", "len", "zip")
    return counted or _calls_items(parent)


def _calls_items(loop: ast.AST) -> bool:
    """Whether a loop calls its layers; ``p for l in self.layers for p in l.parameters()`` does the books."""
    return isinstance(loop, ast.For) and any(
        isinstance(one, ast.Call) and dotted(one.func) == dotted(loop.target)
        for line in loop.body
        for one in ast.walk(line)
    )


_FREEZE = """from torch import nn
from torchvision.models import mobilenet_v3_small

model = mobilenet_v3_small(weights="DEFAULT")
for parameter in model.features.parameters():
    parameter.{name} = False
model.classifier[-1] = nn.Linear(1024, 2)
"""
_LIST = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = {layers}
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.head(x)
"""

FREEZES_NOTHING = Trap(
    "freezes_nothing",
    "certain",
    section="13.3",
    broken=_FREEZE.format(name="require_grad"),
    symptom=N_("The backbone learns on and forgets what it knew, and every step takes as long as before."),
    fixed=_FREEZE.format(name="requires_grad"),
    find=_freezes_nothing,
)
LAYERS_IN_A_LIST = Trap(
    "layers_in_a_list",
    "certain",
    section="13.4",
    broken=_LIST.format(layers="[nn.Linear(64, 64) for _ in range(3)]"),
    symptom=N_("Only the head learns, and `model.to(device)` leaves the other layers where they are."),
    fixed=_LIST.format(layers="nn.ModuleList(nn.Linear(64, 64) for _ in range(3))"),
    find=_layers_in_a_list,
)
