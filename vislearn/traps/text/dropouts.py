"""Dropout as a function, which knows nothing of the mode of the network that calls it."""

import ast

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted, listed
from vislearn.traps.trap import Trap

__all__ = ["DROPOUT_ALWAYS_ON"]

_DROPOUTS = {
    f"torch.nn.functional.{name}"
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
}
_TRAINING = 2  # where it stands among the arguments: input, p, training


def _always_on(source: Source) -> Problem | None:
    found = [call for call in source.calls() if _is_deaf(source, call) and _in_a_forward(source, call)]
    if not found:
        return None
    return Problem(
        source.where(found),
        _(
            "calls {name} without `training=`: it goes on dropping in eval mode",
            name=listed((dotted(call.func), call) for call in found),
        ),
        _("Write `training=self.training`, or make it a layer: `nn.Dropout`."),
    )


def _is_deaf(source: Source, call: ast.Call) -> bool:
    """Whether nothing tells it the mode; ``**options`` might, and a share of 0 drops nothing."""
    if source.full_name(call.func) not in _DROPOUTS or len(call.args) > _TRAINING:
        return False
    if any(isinstance(one, ast.Starred) for one in call.args):
        return False
    named = {one.arg: one.value for one in call.keywords}
    share = call.args[1] if len(call.args) > 1 else named.get("p")
    nothing = isinstance(share, ast.Constant) and share.value == 0
    return not nothing and "training" not in named and None not in named


def _in_a_forward(source: Source, call: ast.Call) -> bool:
    """Whether it stands in the forward of a network that never asks for its mode there."""
    method = source.scope(call)
    kind = source.parents.get(method)
    if not isinstance(method, ast.FunctionDef) or method.name != "forward":
        return False
    if not isinstance(kind, ast.ClassDef):
        return False
    if not any(source.full_name(base) == "torch.nn.Module" for base in kind.bases):
        return False
    return not any(isinstance(one, ast.Attribute) and one.attr == "training" for one in ast.walk(method))


_NET = """import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(64, 64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = F.dropout(F.relu(self.hidden(x)), 0.5{mode})
        return self.head(x)
"""

DROPOUT_ALWAYS_ON = Trap(
    "dropout_always_on",
    "likely",
    section="13.3",
    broken=_NET.format(mode=""),
    symptom=N_("The same picture gets another score at every call, in eval mode, too."),
    fixed=_NET.format(mode=", training=self.training"),
    find=_always_on,
)
