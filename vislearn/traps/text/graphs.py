"""Losses that are added up with all that led to them."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Function, Source, assigned, dotted, listed
from vislearn.traps.trap import Trap

__all__ = ["GRAPHS_KEPT"]

_PLAIN = ("item", "detach", "tolist", "numpy", "data")  # what comes without a graph


class _Adding(NamedTuple):
    """A statement that adds to what is there."""

    node: ast.stmt
    target: ast.expr
    value: ast.expr

    @property
    def collects(self) -> bool:
        """Whether it puts a loss into a list, instead of adding it to a number."""
        return isinstance(self.node, ast.Expr)


def _kept(source: Source) -> Problem | None:
    if not any(name.partition(".")[0] == "torch" for name in source.imported.values()):
        return None
    found = [adding for node in source.nodes if (adding := _adding(node)) and _keeps(source, adding)]
    if not found:
        return None
    lines = listed((ast.unparse(adding.node), adding.node) for adding in found)
    loss = dotted(_loss(found[0].value))
    collected = _("collects losses with the graphs behind them, which stay in memory: {lines}", lines=lines)
    added_up = _("adds up losses with the graphs behind them, which stay in memory: {lines}", lines=lines)
    return Problem(
        source.where(adding.node for adding in found),
        collected if found[0].collects else added_up,
        _("Add a number: {number}.", number=f"`{loss}.item()`"),
    )


def _adding(node: ast.AST) -> _Adding | None:
    """``total += loss``, ``total = total + loss`` or ``losses.append(loss)``."""
    match node:
        case ast.AugAssign(target, ast.Add(), value):
            return _Adding(node, target, value)
        case ast.Assign([target], ast.BinOp(left, ast.Add(), right)):
            sides = {ast.unparse(left): right, ast.unparse(right): left}
            added = sides.get(ast.unparse(target))
            return _Adding(node, target, added) if added else None
        case ast.Expr(ast.Call(ast.Attribute(target, "append"), [value])):
            return _Adding(node, target, value)
    return None


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


def _keeps(source: Source, adding: _Adding) -> bool:
    """Whether ``total += loss`` only counts, in a loop that calls ``loss.backward()``."""
    loss, total = _loss(adding.value), _total(adding.target)
    if not isinstance(loss, ast.Name) or not total:
        return False
    above = source.above(adding.node)
    loop = next((one for one in above if isinstance(one, (ast.For, ast.While, Function))), None)
    if not isinstance(loop, (ast.For, ast.While)):
        return False
    own = [one for one in ast.walk(loop) if source.scope(one) is source.scope(adding.node)]
    goes_back = any(isinstance(one, ast.Call) and dotted(one.func) == f"{loss.id}.backward" for one in own)
    return goes_back and not _may_be_plain(own, loss.id) and _only_counts(source, adding, total)


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


def _only_counts(source: Source, adding: _Adding, total: str) -> bool:
    """Whether it begins as 0 or [], and nobody learns from it, as in ``total.backward()``."""
    scope = source.scope(adding.node)
    here = [one for one in ast.walk(scope) if source.scope(one) is scope]
    setting = (one for one in here if not (added := _adding(one)) or _total(added.target) != total)
    begun = [value for one in setting for name, value in _set(one) if name == total]
    empty = bool(begun) and all(ast.unparse(one) in ("0", "0.0", "[]", "list()") for one in begun)
    calls = [one for one in here if isinstance(one, ast.Call)]
    own = f"{dotted(_loss(adding.value))}.backward"
    learned_from = any(dotted(one.func).endswith(".backward") and dotted(one.func) != own for one in calls)
    gathered = (one for one in calls if learned_from and _gathers(source, one))
    return (
        empty
        and not any(ast.unparse(part) == total for call in gathered for part in call.args)
        and not any(
            isinstance(one, ast.Attribute) and one.attr != "append" and ast.unparse(one.value) == total
            for one in here
        )
    )


def _gathers(source: Source, call: ast.Call) -> bool:
    """Whether a call may make one loss of a list of them."""
    return dotted(call.func) == "sum" or source.full_name(call.func).startswith("torch.")


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
