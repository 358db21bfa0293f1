"""Parameters that a script means to freeze, or to learn, and doesn't."""

import ast

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted, listed
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
    if isinstance(owner, ast.Attribute) and _is_own_layer(source, owner.attr):
        return True
    if isinstance(owner, ast.Attribute) and owner.attr in _PARTS:
        owner = owner.value
    values = source.values_of(owner.id, owner) if isinstance(owner, ast.Name) else []
    return bool(values) and all(isinstance(one, ast.Call) and _makes_network(source, one) for one in values)


def _is_own_layer(source: Source, name: str) -> bool:
    """Whether ``self.name`` is a layer wherever the script sets it, so that ``model.name`` is one."""
    values = source.values.get(f"self.{name}", [])
    return bool(values) and all(_is_layer(source, one) or _is_sequence(source, one) for one in values)


def _is_sequence(source: Source, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and source.full_name(value.func) == "torch.nn.Sequential"


def _makes_network(source: Source, call: ast.Call) -> bool:
    name = source.full_name(call.func)
    if name == "torch.nn.Sequential":
        return True
    short = name.rpartition(".")[2]
    return name.startswith("torchvision.models.") and short.islower() and not short.startswith("get_")


def _layers_in_a_list(source: Source) -> Problem | None:
    found: list[tuple[ast.Assign, str]] = []
    for kind in source.nodes:
        if isinstance(kind, ast.ClassDef) and any(_is_module(source, base) for base in kind.bases):
            scope = kind if _is_alone(source, kind) else source.tree
            assigned = [one for one in ast.walk(kind) if isinstance(one, ast.Assign)]
            found += [(one, bag) for one in assigned if (bag := _kept_in(source, scope, one))]
    if not found:
        return None
    return Problem(
        source.where(node for node, _bag in found),
        _(
            "keeps layers in a plain {kind}, where neither the optimizer nor a saved file finds them",
            kind=listed((bag, node) for node, bag in found),
        ),
        _("Write {line}.", line=listed((_as_modules(node, bag), node) for node, bag in found)),
    )


def _is_alone(source: Source, kind: ast.ClassDef) -> bool:
    """Whether ``self`` in a class is of no other class: none is derived from it, nor mixed in."""
    bases = [dotted(base) for one in source.nodes if isinstance(one, ast.ClassDef) for base in one.bases]
    return kind.name not in bases and len(kind.bases) == 1


def _as_modules(node: ast.Assign, bag: str) -> str:
    return (
        f"{dotted(node.targets[0])} = {'nn.ModuleDict({...})' if bag == 'dict' else 'nn.ModuleList([...])'}"
    )


def _is_module(source: Source, base: ast.expr) -> bool:
    return source.full_name(base) == "torch.nn.Module"


def _kept_in(source: Source, scope: ast.AST, node: ast.Assign) -> str:
    """What ``self.x = [nn.Linear(2, 2)]`` keeps layers in; nothing where they may be registered elsewhere."""
    name = dotted(node.targets[0]) if len(node.targets) == 1 else ""
    own = [one for one in source.values.get(name, []) if scope in source.above(one)]
    if not name.startswith("self.") or len(own) != 1:
        return ""
    value: ast.expr | None = node.value
    items = _appended(scope, name)
    if isinstance(value, ast.Name):
        function = source.scope(node)
        items += _appended(function, value.id)
        value = _only_value(source, function, value)
    if value is None:
        return ""
    items += _items(value)
    layers = all(_is_of_nn(source, one) for one in items) and any(_is_layer(source, one) for one in items)
    return _bag(value) if layers and not _handed_on(source, scope, name) else ""


def _bag(value: ast.expr) -> str:
    """The type that a display makes; nothing: it is no display."""
    kinds = {
        ast.List: "list",
        ast.ListComp: "list",
        ast.Tuple: "tuple",
        ast.Dict: "dict",
        ast.DictComp: "dict",
    }
    return kinds.get(type(value), "")


def _items(value: ast.expr) -> list[ast.expr]:
    """What stands in a display: ``[a, b]``, ``(a, b)``, ``{1: a}`` or ``[a for _ in c]``."""
    if isinstance(value, (ast.List, ast.Tuple)):
        return value.elts
    if isinstance(value, ast.Dict):
        return value.values
    if isinstance(value, ast.ListComp):
        return [value.elt]
    return [value.value] if isinstance(value, ast.DictComp) else []


def _appended(scope: ast.AST, name: str) -> list[ast.expr]:
    """What ``name.append(...)`` puts there."""
    return [
        call.args[0]
        for call in ast.walk(scope)
        if isinstance(call, ast.Call) and dotted(call.func) == f"{name}.append" and call.args
    ]


def _only_value(source: Source, scope: ast.AST, used: ast.Name) -> ast.expr | None:
    """What a local name is set to, where it is set and used once, and else only grows by ``append``."""
    names = [one for one in ast.walk(scope) if isinstance(one, ast.Name) and one.id == used.id]
    stores = [one for one in names if not isinstance(one.ctx, ast.Load)]
    set_by = source.parents[stores[0]] if len(stores) == 1 else None
    loads = [one for one in names if isinstance(one.ctx, ast.Load) and one is not used]
    if isinstance(set_by, ast.Assign) and all(_appends(source, one) for one in loads):
        return set_by.value if len(set_by.targets) == 1 else None
    return None


def _appends(source: Source, used: ast.AST) -> bool:
    """Whether a list grows here by an item, as in ``layers.append(...)``."""
    method = source.parents[used]
    call = source.parents[method]
    return (
        isinstance(method, ast.Attribute)
        and method.attr == "append"
        and isinstance(call, ast.Call)
        and call.func is method
    )


def _is_of_nn(source: Source, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and source.full_name(node.func).startswith("torch.nn.")


def _is_layer(source: Source, node: ast.expr) -> bool:
    name = source.full_name(node.func) if isinstance(node, ast.Call) else ""
    return name.startswith("torch.nn.") and name.rpartition(".")[2] in _LAYERS


def _handed_on(source: Source, scope: ast.AST, name: str) -> bool:
    """Whether the list goes elsewhere than into the head of a loop, or is asked for one of its items."""
    called = {dotted(call.func).rpartition(".")[2] for call in source.calls()}
    if called & {"add_module", "register_module", "setattr"}:
        return True
    short = name.rpartition(".")[2]
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == short
        and isinstance(node.ctx, ast.Load)
        and not (dotted(node) == name and (scope not in source.above(node) or _stays(source, node)))
        for node in source.nodes
    )


def _stays(source: Source, used: ast.AST) -> bool:
    return _appends(source, used) or _only_calls(source, used)


def _only_calls(source: Source, used: ast.AST) -> bool:
    """Whether the list's layers are called here, and nothing else happens to them."""
    parent = source.parents[used]
    if isinstance(parent, ast.Subscript):
        call = source.parents[parent]
        return isinstance(call, ast.Call) and call.func is parent
    if isinstance(parent, ast.Attribute) and parent.attr in ("items", "values"):  # of a dict
        return _calls_items(source.parents[source.parents[parent]])
    counted = isinstance(parent, ast.Call) and dotted(parent.func) in ("enumerate", "reversed", "len", "zip")
    return counted or _calls_items(parent)


def _calls_items(loop: ast.AST) -> bool:
    """Whether a loop calls its layers; ``p for l in self.layers for p in l.parameters()`` does the books."""
    if not isinstance(loop, ast.For):
        return False
    items = {dotted(one) for one in ast.walk(loop.target) if isinstance(one, ast.Name)}
    return any(
        isinstance(one, ast.Call) and dotted(one.func) in items
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
