"""Mistakes that only text shows, planted into the right loops' source wherever they fit."""

import ast
import inspect
import runpy
import textwrap
from pathlib import Path

import pytest

LOOPS = runpy.run_path(str(Path(__file__).parents[1] / "loop" / "right_loops.py"))["LOOPS"]
HEAD = """import copy
import itertools
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader


"""


def called(line, name):
    """Whether a statement is nothing but ``….name(…)``."""
    call = line.value if isinstance(line, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == name


class WithoutBrackets(ast.NodeTransformer):
    """``optimizer.zero_grad`` is named, and not called."""

    def visit_Expr(self, node):
        return ast.Expr(node.value.func) if called(node, "zero_grad") else node


class NeverEntered(ast.NodeTransformer):
    """``torch.no_grad()`` stands on a line of its own."""

    def visit_With(self, node):
        self.generic_visit(node)
        [first, *others] = node.items
        if others or ast.unparse(first) not in ("torch.no_grad()", "torch.inference_mode()"):
            return node
        return [ast.Expr(first.context_expr), *node.body]


class GraphsKept(ast.NodeTransformer):
    """Losses are added up as they are."""

    def visit_For(self, node):
        self.generic_visit(node)
        at = next((at for at, line in enumerate(node.body) if ast.unparse(line) == "loss.backward()"), None)
        if at is None:
            return node
        node.body.insert(at + 1, ast.parse("total += loss").body[0])
        return [ast.parse("total = 0.0").body[0], node]


class SoftmaxFirst(ast.NodeTransformer):
    """Probabilities go into cross-entropy, by a name of their own."""

    def visit_Assign(self, node):
        call = node.value
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "F.cross_entropy":
            return node
        before = ast.parse(f"scores = {ast.unparse(call.args[0])}\nscores = F.softmax(scores, dim=1)").body
        call.args[0] = ast.Name("scores", ast.Load())
        return [*before, node]


class WrongWay(ast.NodeTransformer):
    """The schedule waits for an accuracy to fall."""

    def visit_Call(self, node):
        self.generic_visit(node)
        if ast.unparse(node.func).endswith("ReduceLROnPlateau"):
            node.keywords = [one for one in node.keywords if one.arg != "mode"]
        return node

    def visit_Expr(self, node):
        if called(node, "step") and "sched" in ast.unparse(node) and node.value.args:
            self.generic_visit(node)
            accuracy = ast.parse(f"accuracy = {ast.unparse(node.value.args[0])}").body[0]
            node.value.args[0] = ast.Name("accuracy", ast.Load())
            return [accuracy, node]
        return self.generic_visit(node)


PLANTED = {
    "brackets_forgotten": WithoutBrackets,
    "context_never_entered": NeverEntered,
    "graphs_kept": GraphsKept,
    "softmax_then_loss": SoftmaxFirst,
    "plateau_the_wrong_way": WrongWay,
}


def sources():
    """Name -> tree of every right loop."""
    for name, loop in LOOPS.items():
        yield name, ast.parse(textwrap.dedent(inspect.getsource(loop)))


def planted():
    """Every loop that a rewrite changes."""
    for trap, rewrite in PLANTED.items():
        for name, tree in sources():
            before = ast.unparse(tree)
            broken = ast.unparse(ast.fix_missing_locations(rewrite().visit(tree)))
            if broken != before:
                yield pytest.param(trap, HEAD + broken, id=f"{trap}-{name}")


CASES = list(planted())


def test_every_rewrite_fits_somewhere():
    assert {case.values[0] for case in CASES} == set(PLANTED)


@pytest.mark.parametrize("tree", [tree for _name, tree in sources()], ids=LOOPS)
def test_the_original_is_silent(tree, found):
    assert found(HEAD + ast.unparse(tree)) == []


@pytest.mark.parametrize(("trap", "script"), CASES)
def test_it_is_found(trap, script, found):
    assert found(script) == [trap]
