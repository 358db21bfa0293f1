"""torchvision's weights, and the networks they belong to."""

import ast
import re
from typing import Any

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, listed
from vislearn.traps.trap import Trap

__all__ = ["WEIGHTS_OF_ANOTHER_MODEL"]

_ENUM = re.compile(r"(?:^|\.)(\w+_Weights)\.\w+$")


def _foreign(source: Source) -> Problem | None:
    found: list[tuple[ast.Call, str, str]] = []
    for call in source.calls():
        own = _own_weights(source, call)
        given = next((one.value for one in call.keywords if one.arg == "weights"), None)
        named = _named(source, given) if own else ""
        if named and named != own.__name__:
            found.append((call, named, own.__name__))
    if not found:
        return None
    return Problem(
        source.where(call for call, _given, _own in found),
        _("gives {weights} to another network", weights=listed((given, call) for call, given, _own in found)),
        _(
            "Write {weights}, and take the transform from it too.",
            weights=listed((f"{own}.DEFAULT", call) for call, _given, own in found),
        ),
    )


def _own_weights(source: Source, call: ast.Call) -> Any:
    """The weights that a network of torchvision can have; None where it is no such."""
    name = source.full_name(call.func)
    if not name.startswith("torchvision.models."):
        return None
    from torchvision.models import get_model_weights, list_models

    short = name.rpartition(".")[2]
    first = call.args[0] if call.args else None
    if short == "get_model" and isinstance(first, ast.Constant):
        short = str(first.value)
    return get_model_weights(short) if short in list_models() else None


def _named(source: Source, value: ast.expr | None) -> str:
    """The class of weights that a value stands for; nothing: who knows."""
    if isinstance(value, ast.Name):
        values = source.values_of(value.id, value)
        value = values[0] if len(values) == 1 else value
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        match = _ENUM.search(value.value)
    else:
        match = _ENUM.search(source.full_name(value)) if value is not None else None
    return match.group(1) if match else ""


_SCRIPT = """from torchvision.models import ResNet18_Weights, ResNet50_Weights, resnet18

weights = {weights}.DEFAULT
model = resnet18(weights=weights)
transform = weights.transforms()
"""

WEIGHTS_OF_ANOTHER_MODEL = Trap(
    "weights_of_another_model",
    "certain",
    section="13.2",
    broken=_SCRIPT.format(weights="ResNet50_Weights"),
    symptom=N_("torchvision refuses them, once everything before that line has run."),
    fixed=_SCRIPT.format(weights="ResNet18_Weights"),
    find=_foreign,
)
