"""ReduceLROnPlateau that waits for the wrong way, as the names of what it is given tell."""

import ast
import re

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted
from vislearn.traps.trap import Trap

__all__ = ["PLATEAU_THE_WRONG_WAY"]

_KIND = "torch.optim.lr_scheduler.ReduceLROnPlateau"
_RISES = {"acc", "accuracy", "auc", "auroc", "dice", "f1", "iou", "map", "miou", "psnr", "ssim", "top1"}
_TURNED = {"inverse", "inverted", "minus", "neg", "negative"}
_FALLS = {"err", "error", "loss", "losses", "mae", "mse", "rmse"}


def _the_wrong_way(source: Source) -> Problem | None:
    found = [(call, mode) for call in source.calls() if (mode := _misled(source, call))]
    if not found:
        return None
    call, mode = found[0]
    right = "max" if mode == "min" else "min"
    return Problem(
        source.where(call for call, _mode in found),
        _(
            "gives {given} to a ReduceLROnPlateau of mode {mode}: the rate falls while all goes well",
            given=f"`{ast.unparse(call.args[0])}`",
            mode=f"'{mode}'",
        ),
        _("Write {name}.", name=f"`mode='{right}'`"),
    )


def _misled(source: Source, call: ast.Call) -> str:
    """The mode of the schedule that this call moves, where what it is given goes the other way."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "step" or len(call.args) != 1:
        return ""
    made = source.values_of(dotted(call.func.value), call)
    modes = {_mode(source, one) for one in made}
    goes = _goes(call.args[0])
    if len(modes) != 1 or not goes:
        return ""
    mode = modes.pop()
    return mode if mode in ("min", "max") and mode != goes else ""


def _mode(source: Source, made: ast.expr) -> str:
    """``"min"`` or ``"max"`` as it is written; nothing: another schedule, or who knows."""
    if not isinstance(made, ast.Call) or source.full_name(made.func) != _KIND:
        return ""
    if any(one.arg is None for one in made.keywords) or any(
        isinstance(one, ast.Starred) for one in made.args
    ):
        return ""
    given = [one.value for one in made.keywords if one.arg == "mode"] or made.args[1:2]
    if not given:
        return "min"
    return str(given[0].value) if isinstance(given[0], ast.Constant) else ""


def _goes(value: ast.expr) -> str:
    """Where a number should go by its name: ``"max"`` for ``val_acc``; nothing: the name doesn't tell.

    >>> [_goes(ast.parse(name, mode="eval").body) for name in ("val_acc", "-acc", "self.loss", "score")]
    ['max', '', 'min', '']
    """
    name = dotted(value)
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        name = str(value.slice.value)
    words = set(re.findall(r"[a-z]+\d?", name.rpartition(".")[2].lower()))
    if words & _TURNED:
        return ""
    if words & _RISES and not words & _FALLS:
        return "max"
    return "min" if words & _FALLS and not words & _RISES else ""


_MADE = """import torch.nn.functional as F
from torch.optim.lr_scheduler import ReduceLROnPlateau

def train(model, optimizer, epochs, learn, judge):
    scheduler = ReduceLROnPlateau(optimizer{mode})
    for epoch in range(epochs):
        learn(model, optimizer)
        val_accuracy = judge(model)
        scheduler.step(val_accuracy)
"""

PLATEAU_THE_WRONG_WAY = Trap(
    "plateau_the_wrong_way",
    "likely",
    section="13.4",
    broken=_MADE.format(mode=""),
    symptom=N_("The learning rate falls again and again, although the accuracy rises."),
    fixed=_MADE.format(mode=", mode='max'"),
    find=_the_wrong_way,
)
