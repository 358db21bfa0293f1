"""Softmax, then a loss that has its own: seen without running anything."""

import ast
from collections.abc import Iterator

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted
from vislearn.traps.trap import Trap

__all__ = ["SOFTMAX_THEN_LOSS"]

_SOFTMAX = ("torch.softmax", "torch.special.softmax", "torch.nn.functional.softmax")
_LOSS = "torch.nn.CrossEntropyLoss"
_PLACING = ("to", "cuda", "cpu", "train", "eval")  # what returns the model itself
_DEEP = 4  # names of names to follow


def _softmax(source: Source) -> Problem | None:
    found = [
        call for call in source.calls() if _is_loss(source, call) and _scores_are_probabilities(source, call)
    ]
    if not found:
        return None
    return Problem(
        source.where(found),
        _("gives cross-entropy what a softmax returned, and it makes probabilities of that once more"),
        _("Leave the softmax out of the model: cross_entropy wants its plain scores."),
    )


def _is_loss(source: Source, call: ast.Call) -> bool:
    if not call.args:
        return False
    if source.full_name(call.func) == "torch.nn.functional.cross_entropy":
        return True
    if isinstance(call.func, ast.Call):  # nn.CrossEntropyLoss()(scores, labels)
        return source.full_name(call.func.func) == _LOSS
    return _always(source, call, _LOSS)


def _always(source: Source, call: ast.Call, kind: str) -> bool:
    """Whether all that a called name is ever set to is made by this class."""
    values = source.values_of(dotted(call.func), call)
    return bool(values) and all(
        isinstance(one, ast.Call) and source.full_name(one.func) == kind for one in map(_placed, values)
    )


def _placed(value: ast.expr) -> ast.expr:
    """``Net()`` of ``Net().to(device)``."""
    while (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _PLACING
    ):
        if not isinstance(value.func.value, ast.Call):
            break
        value = value.func.value
    return value


def _scores_are_probabilities(source: Source, call: ast.Call) -> bool:
    return _is_probability(source, call.args[0], call, _DEEP)


def _is_probability(source: Source, value: ast.expr, place: ast.AST, deep: int) -> bool:
    """Whether a value, at a place in the script, can't be anything but what a softmax returned."""
    if not deep:
        return False
    if isinstance(value, ast.Name):
        last = _last_value(source, value.id, place)
        return last is not None and _is_probability(source, last, last, deep - 1)
    if not isinstance(value, ast.Call):
        return False
    return _is_softmax(source, value) or _is_such_model(source, value, deep - 1)


def _is_softmax(source: Source, call: ast.Call) -> bool:
    if source.full_name(call.func) in _SOFTMAX:
        return True
    if isinstance(call.func, ast.Call):
        return source.full_name(call.func.func) == "torch.nn.Softmax"
    if _always(source, call, "torch.nn.Softmax"):
        return True
    method = isinstance(call.func, ast.Attribute) and call.func.attr == "softmax"
    return method and not source.full_name(call.func) and dotted(call.func) != "self.softmax"


def _last_value(source: Source, name: str, place: ast.AST) -> ast.expr | None:
    """What a name was set to last before a place, where nothing in between depends on a condition."""
    scope = source.scope(place)
    before = [
        node
        for node in ast.walk(scope)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.NamedExpr, ast.withitem))
        and _sets(node, name)
        and source.scope(node) is scope
        and _position(node) < _position(place)
    ]
    last = max(before, key=_position, default=None)
    if not isinstance(last, ast.Assign) or not isinstance(last.targets[0], ast.Name):
        return None
    holds_for_sure = source.parents[last] in [*source.above(place)]
    return last.value if holds_for_sure and not _other_branch(source, last, place) else None


def _other_branch(source: Source, last: ast.AST, place: ast.AST) -> bool:
    """Whether the two stand in an ``if`` and its ``else``."""
    holder = source.parents[last]
    if not isinstance(holder, ast.If):
        return False
    chain = [place, *source.above(place)]
    below = chain[chain.index(holder) - 1]
    return (last in holder.body) != (below in holder.body)


def _sets(node: ast.AST, name: str) -> bool:
    targets = getattr(node, "targets", None) or [
        getattr(node, "target", None) or getattr(node, "optional_vars", None)
    ]
    names = (one for target in targets if target is not None for one in ast.walk(target))
    return any(isinstance(one, ast.Name) and one.id == name for one in names)


def _position(node: ast.AST) -> tuple[int, int]:
    start = getattr(node, "lineno", None)
    if start is None:  # of `with … as name`
        start, column = node.context_expr.lineno, node.context_expr.col_offset  # type: ignore[attr-defined]
        return start, column
    return start, getattr(node, "col_offset", 0)


def _is_such_model(source: Source, call: ast.Call, deep: int) -> bool:
    """Whether what is called can only be a model that ends in a softmax."""
    values = source.values_of(dotted(call.func), call)
    return bool(values) and all(_ends_in_softmax(source, _placed(one), deep) for one in values)


def _ends_in_softmax(source: Source, made: ast.expr, deep: int) -> bool:
    if not isinstance(made, ast.Call):
        return False
    if source.full_name(made.func) == "torch.nn.Sequential" and made.args:
        last = made.args[-1]
        return isinstance(last, ast.Call) and source.full_name(last.func) == "torch.nn.Softmax"
    kinds = [one for one in source.nodes if isinstance(one, ast.ClassDef) and one.name == dotted(made.func)]
    returns = list(_returns(source, kinds[0])) if len(kinds) == 1 else []
    return bool(returns) and all(
        one.value is not None and _is_probability(source, one.value, one, deep) for one in returns
    )


def _returns(source: Source, kind: ast.ClassDef) -> Iterator[ast.Return]:
    for function in kind.body:
        if isinstance(function, ast.FunctionDef) and function.name == "forward":
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and source.scope(node) is function:
                    yield node


_SCRIPT = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = self.head(x.flatten(1))
        return {answer}

model = Net()
criterion = nn.CrossEntropyLoss()

def train(loader, optimizer):
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

SOFTMAX_THEN_LOSS = Trap(
    "softmax_then_loss",
    "certain",
    section="13.4",
    broken=_SCRIPT.format(answer="torch.softmax(x, dim=1)"),
    symptom=N_("The loss sinks slowly and never comes near 0: with 10 classes it stays above 1.46."),
    fixed=_SCRIPT.format(answer="x"),
    find=_softmax,
)
