"""Single statements that do nothing, or will soon be gone."""

import ast
from collections.abc import Iterator

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.source import Source, dotted, listed
from vislearn.traps.trap import Trap

__all__ = ["BRACKETS_FORGOTTEN", "CONTEXT_NEVER_ENTERED", "CUDA_AMP"]

_METHODS = ("backward", "eval", "step", "train", "zero_grad")
_CONTEXTS = (
    "torch.no_grad",
    "torch.inference_mode",
    "torch.enable_grad",
    "torch.autocast",
    "torch.amp.autocast",
)
_OLD = "torch.cuda.amp"


def _statements(source: Source) -> Iterator[ast.expr]:
    """Expressions that stand alone, the last line of a notebook's cell aside."""
    return (node.value for node in source.nodes if isinstance(node, ast.Expr))


def _brackets(source: Source) -> Problem | None:
    found = [
        one
        for one in _statements(source)
        if isinstance(one, ast.Attribute) and one.attr in _METHODS and dotted(one)
    ]
    if not found:
        return None
    return Problem(
        source.where(found),
        _("names {methods} without a call", methods=listed((dotted(one), one) for one in found)),
        _("Write {call}.", call=listed((f"{dotted(one)}()", one) for one in found)),
    )


def _contexts(source: Source) -> Problem | None:
    found = [
        one
        for one in _statements(source)
        if isinstance(one, ast.Call) and source.full_name(one.func) in _CONTEXTS
    ]
    if not found:
        return None
    written = dotted(found[0].func)
    return Problem(
        source.where(found),
        _("makes {context} and never enters it: nothing changes", context=f"`{written}`"),
        _("Put what it is meant for below {line}.", line=f"`with {ast.unparse(found[0])}:`"),
    )


def _cuda_amp(source: Source) -> Problem | None:
    found = [node for node in source.nodes if _is_old(source, node) and not _has_another_way(source, node)]
    if not found:
        return None
    return Problem(
        source.where(found),
        _("uses {old}, which torch gives up", old=f"`{_OLD}`"),
        _("Write {new}.", new='`torch.amp.autocast("cuda")`, `torch.amp.GradScaler("cuda")`'),
    )


def _is_old(source: Source, node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(one.name.startswith(_OLD) for one in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        return node.module.startswith(_OLD) or (
            node.module == "torch.cuda" and any(one.name == "amp" for one in node.names)
        )
    return isinstance(node, ast.Attribute) and dotted(node) == _OLD == source.full_name(node)


def _has_another_way(source: Source, node: ast.AST) -> bool:
    """Inside ``try`` or ``if`` it may stand for old versions of torch only."""
    above = list(source.above(node))
    asks = [one for one in above if isinstance(one, (ast.If, ast.IfExp))]
    return any(isinstance(one, (ast.Try, ast.ExceptHandler)) for one in above) or any(
        word in ast.unparse(one.test) for one in asks for word in ("version", "hasattr")
    )


_LOOP = """import torch

scaler = torch.amp.GradScaler("cuda")
for images, labels in loader:
    {zero}
    with torch.{autocast}:
        loss = criterion(model(images), labels)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
"""
_RIGHT = _LOOP.format(zero="optimizer.zero_grad()", autocast='amp.autocast("cuda")')
_EVALUATION = """import torch

def accuracy(model, loader):
    model.eval()
{body}
"""

BRACKETS_FORGOTTEN = Trap(
    "brackets_forgotten",
    "certain",
    section="13.4",
    broken=_LOOP.format(zero="optimizer.zero_grad", autocast='amp.autocast("cuda")'),
    symptom=N_("The line stands there, and everything goes on as if it didn't."),
    fixed=_RIGHT,
    find=_brackets,
)
CONTEXT_NEVER_ENTERED = Trap(
    "context_never_entered",
    "certain",
    section="13.3",
    broken=_EVALUATION.format(
        body="    torch.no_grad()\n"
        "    return sum((model(x).argmax(1) == y).sum() for x, y in loader) / len(loader.dataset)"
    ),
    symptom=N_("Memory grows during evaluation as if gradients were wanted, until there is none left."),
    fixed=_EVALUATION.format(
        body="    with torch.no_grad():\n"
        "        return sum((model(x).argmax(1) == y).sum() for x, y in loader) / len(loader.dataset)"
    ),
    find=_contexts,
)
CUDA_AMP = Trap(
    "cuda_amp",
    "certain",
    section="13.8",
    broken=_LOOP.format(zero="optimizer.zero_grad()", autocast="cuda.amp.autocast()"),
    symptom=N_("Every start prints a FutureWarning, and one day there is an ImportError."),
    fixed=_RIGHT,
    find=_cuda_amp,
)
