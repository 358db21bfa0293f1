"""Answers that are the same but for names, comments and layout: for the teacher to judge."""

import ast
import copy
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from vislearn.grading.notebooks import parsed

__all__ = ["alike", "shape_of"]

_TOO_SHORT = 3  # statements: with fewer, most right answers are the same


def shape_of(source: str, function: str) -> str:
    r"""A digest of a function that neither names of its variables, comments, layout nor its docstring change.

    Args:
        source: the cell.
        function: its name.

    Returns:
        ``""`` where the cell does not define it, or it is so short that likeness says nothing, or nested so
        deeply that it can't be looked through.

    >>> shape_of("def f(a):\n    b = a\n    c = 2\n    return b * c", "f") == shape_of(
    ...     "def f(x):\n  y = x # !\n  z = 2\n  return y * z", "f")
    True
    """
    defined = [
        each for each in parsed(source) or [] if isinstance(each, ast.FunctionDef) and each.name == function
    ]
    if not defined:
        return ""
    try:
        return _shape(copy.deepcopy(defined[-1]))
    except RecursionError:
        return ""


def _shape(found: ast.FunctionDef) -> str:
    if ast.get_docstring(found) is not None:
        found.body = found.body[1:]
    if sum(isinstance(node, ast.stmt) for each in found.body for node in ast.walk(each)) < _TOO_SHORT:
        return ""
    found.returns, found.decorator_list = None, []
    _rename(found)
    return hashlib.sha256(ast.dump(found).encode()).hexdigest()[:16]


def _rename(function: ast.FunctionDef) -> None:
    """Call the function's own names by their order."""
    own: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            node.annotation = None
            own.setdefault(node.arg, f"v{len(own)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.setdefault(node.id, f"v{len(own)}")
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            node.arg = own[node.arg]
        elif isinstance(node, ast.Name):
            node.id = own.get(node.id, node.id)


def alike(shapes: Mapping[str, str]) -> list[list[str]]:
    """Groups of at least two whose answers have one shape.

    Args:
        shapes: who → the shape of their answer.

    >>> alike({"a": "1", "b": "2", "c": "1", "d": ""})
    [['a', 'c']]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for who, shape in shapes.items():
        if shape:
            groups[shape].append(who)
    return _large(groups.values())


def _large(groups: Iterable[list[str]]) -> list[list[str]]:
    return [group for group in groups if len(group) > 1]
