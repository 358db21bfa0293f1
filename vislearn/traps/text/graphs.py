"""Losses that are added up with all that led to them."""

import ast
from collections.abc import Iterator

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Function, Source, assigned, dotted, listed
from vislearn.traps.trap import Trap

__all__ = ["GRAPHS_KEPT"]

_PLAIN = ("item", "detach", "tolist", "numpy", "data")  # what comes without a graph


def _kept(source: Source) -> Problem | None:
    if not any(name.partition(".")[0] == "torch" for name in source.imported.values()):
        return None
    found = [node for node in source.nodes if isinstance(node, ast.AugAssign) and _keeps(source, node)]
    if not found:
        return None
    totals = [(f"{ast.unparse(node.target)} += {ast.unparse(node.value)}", node) for node in found]
    loss = dotted(_loss(found[0].value))
    return Problem(
        source.where(found),
        _("adds up losses with the graphs behind them, which stay in memory: {lines}", lines=listed(totals)),
        _("Add a number: {number}.", number=f"`{loss}.item()`"),
    )


def _loss(value: ast.expr) -> ast.expr:
    """``loss`` of ``loss * len(images)``."""
    while isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
        value = value.left
    return value


def _total(target: ast.expr) -> str:
    """``total``, or ``running['loss']`` as it is written; nothing: something else."""
    owner = target
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        owner = target.value
    return ast.unparse(target) if isinstance(owner, ast.Name) else ""


def _keeps(source: Source, node: ast.AugAssign) -> bool:
    """Whether ``total += loss`` only counts, in a loop that calls ``loss.backward()``."""
    loss, total = _loss(node.value), _total(node.target)
    if not isinstance(node.op, ast.Add) or not isinstance(loss, ast.Name) or not total:
        return False
    loop = next((one for one in source.above(node) if isinstance(one, (ast.For, ast.While, Function))), None)
    if not isinstance(loop, (ast.For, ast.While)):
        return False
    own = [one for one in ast.walk(loop) if source.scope(one) is source.scope(node)]
    goes_back = any(isinstance(one, ast.Call) and dotted(one.func) == f"{loss.id}.backward" for one in own)
    return goes_back and not _may_be_plain(own, loss.id) and _only_counts(source, node, total)


def _may_be_plain(nodes: list[ast.AST], name: str) -> bool:
    """Whether the loss is, or may be, made a number before it is added."""
    for one in nodes:
        if isinstance(one, ast.Call) and dotted(one.func) == f"{name}.detach_":
            return True
        if not isinstance(one, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) or one.value is None:
            continue
        targets = one.targets if isinstance(one, ast.Assign) else [one.target]
        parts = [part for target in targets for part in ast.walk(target)]
        if any(dotted(part) == name for part in parts) and _is_plain(one.value):
            return True
    return False


def _is_plain(value: ast.expr) -> bool:
    names = {one.attr for one in ast.walk(value) if isinstance(one, ast.Attribute)}
    return (isinstance(value, ast.Call) and dotted(value.func) == "float") or bool(names.intersection(_PLAIN))


def _set(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what they are set to; of a dictionary that is written out, its items, too."""
    for name, value in assigned(node):
        yield name, value
        if isinstance(value, ast.Dict):
            items = zip(value.keys, value.values, strict=True)
            yield from (
                (f"{name}[{key.value!r}]", one) for key, one in items if isinstance(key, ast.Constant)
            )
    for target in getattr(node, "targets", ()):
        if isinstance(target, ast.Subscript) and isinstance(node, ast.Assign):
            yield ast.unparse(target), node.value


def _only_counts(source: Source, node: ast.AugAssign, total: str) -> bool:
    """Whether the total begins as 0, and nobody calls anything of it, as in ``total.backward()``."""
    scope = source.scope(node)
    here = [one for one in ast.walk(scope) if source.scope(one) is scope]
    setting = (one for one in here if not isinstance(one, ast.AugAssign))
    begun = [value for one in setting for name, value in _set(one) if name == total]
    numbers = bool(begun) and all(isinstance(one, ast.Constant) and one.value == 0 for one in begun)
    return numbers and not any(
        isinstance(one, ast.Attribute) and ast.unparse(one.value) == total for one in here
    )


_LOOP = """import torch.nn.functional as F

def train(model, loader, optimizer):
    total = 0.0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += {loss}
    return total / len(loader)
"""

GRAPHS_KEPT = Trap(
    "graphs_kept",
    "likely",
    section="13.4",
    broken=_LOOP.format(loss="loss"),
    symptom=N_("Memory grows from batch to batch, until there is none left."),
    fixed=_LOOP.format(loss="loss.item()"),
    find=_kept,
)
