"""A script as rules look at it: its syntax tree, and what its names stand for."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from vislearn.errors import FileError, Words
from vislearn.language import N_

__all__ = ["Function", "Source", "assigned", "dotted", "given", "listed"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def dotted(node: ast.AST) -> str:
    """``a.b.c`` as it is written; nothing where there are calls or brackets in between.

    >>> dotted(ast.parse("self.head.weight", mode="eval").body)
    'self.head.weight'
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def given(function: Function, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Parameters of a function, and what a call puts there.

    Args:
        function: as it is defined.
        call: of it.
    """
    yield from zip((one.arg for one in function.args.args), call.args, strict=False)
    yield from ((one.arg, one.value) for one in call.keywords if one.arg)


class Source:
    """One script.

    Args:
        text: as it stands in the file; bytes say themselves how they are to be read.
        path: where it is, for what is said of it.

    Raises:
        FileError: it is no Python.

    Attributes:
        nodes: of the whole tree.
        imported: name in the script -> what it stands for, ``F`` -> ``torch.nn.functional``.
        hidden: lines such as ``from common import *``: what they bring is not known.
        values: what is assigned to a name, as in ``model`` or ``self.head``, anywhere in the script.
    """

    def __init__(self, text: str | bytes, path: str | Path = "<script>") -> None:
        self.path = path
        self.tree = _parsed(text, path)
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.hidden = [node for node in self.nodes if isinstance(node, ast.ImportFrom) and _brings_all(node)]
        self.imported: dict[str, str] = {}
        self.values: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            self.imported |= _imports(node)
            for name, value in assigned(node):
                self.values.setdefault(name, []).append(value)

    def calls(self) -> Iterator[ast.Call]:
        """Every call, in no order."""
        return (node for node in self.nodes if isinstance(node, ast.Call))

    def full_name(self, node: ast.AST) -> str:
        """What a name stands for: ``torch.nn.functional.softmax`` for ``F.softmax``; nothing: no import."""
        first, _, rest = dotted(node).partition(".")
        known = self.imported.get(first, "")
        return f"{known}.{rest}" if known and rest else known

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, the nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def scope(self, node: ast.AST) -> Function | ast.Module:
        """The function a node stands in, or the whole script."""
        return next((one for one in self.above(node) if isinstance(one, Function)), self.tree)

    def values_of(self, name: str, place: ast.AST) -> list[ast.expr]:
        """All that a name may stand for at a place; nothing where that can't be known.

        A parameter stands for what the script's own calls put there.
        """
        scope = self.scope(place)
        if not isinstance(scope, Function) or name not in {one.arg for one in scope.args.args}:
            return self.values.get(name, [])
        found: list[ast.expr] = []
        for call in self.calls():
            if dotted(call.func) != scope.name:
                continue
            value = dict(given(scope, call)).get(name)
            passed = self.values.get(value.id, []) if isinstance(value, ast.Name) else [value]
            if not passed or value is None:
                return []
            found += [one for one in passed if one is not None]
        return found

    def where(self, nodes: Iterable[ast.AST]) -> str:
        """File and lines: ``train.py:12, 30``."""
        lines = sorted({getattr(node, "lineno", 1) for node in nodes})
        return f"{self.path}:{', '.join(map(str, lines))}"


def listed(written: Iterable[tuple[str, ast.AST]]) -> str:
    """Names as they are told: one alone, several each with its own lines.

    Args:
        written: names, and where each stands.

    >>> first, second = ast.parse("a.step; b.eval").body
    >>> listed([("a.step", first), ("a.step", second)])
    '`a.step`'
    >>> listed([("a.step", first), ("b.eval", second)])
    '`a.step` (1), `b.eval` (1)'
    """
    lines: dict[str, list[str]] = {}
    for name, node in sorted(written, key=lambda one: getattr(one[1], "lineno", 1)):
        line = str(getattr(node, "lineno", 1))
        own = lines.setdefault(name, [])
        if line not in own:
            own.append(line)
    if len(lines) == 1:
        return f"`{next(iter(lines))}`"
    return ", ".join(f"`{name}` ({', '.join(own)})" for name, own in lines.items())


def _parsed(text: str | bytes, path: str | Path) -> ast.Module:
    try:
        with warnings.catch_warnings():  # of a stray backslash, for instance: another linter's business
            warnings.simplefilter("ignore")
            return ast.parse(text, str(path))
    except SyntaxError as error:
        fix = N_("Mend it first; `python FILE` shows the place. Save it as UTF-8.")
        what = Words(N_("is no Python: {reason}"), reason=error.msg)
        if error.lineno:
            what = Words(N_("is no Python, says line {line}: {reason}"), line=error.lineno, reason=error.msg)
        raise FileError(path, what, fix=fix) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise FileError(path, N_("can't be read as Python"), fix=N_("Is it a script?")) from error


def _brings_all(node: ast.ImportFrom) -> bool:
    return any(one.name == "*" for one in node.names)


def _imports(node: ast.AST) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {
            (one.asname or one.name.partition(".")[0]): (
                one.name if one.asname else one.name.partition(".")[0]
            )
            for one in node.names
        }
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {(one.asname or one.name): f"{node.module}.{one.name}" for one in node.names}
    return {}


def assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names and what each is set to; ``a, b = f(), g()`` sets two.

    Args:
        node: any; nothing where it sets no name.
    """
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and node.value is not None:
        yield from _pairs(node.target, node.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, (ast.Tuple, ast.List)):
        parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        whole = len(parts) == len(target.elts)
        for place, one in enumerate(target.elts):
            yield from _pairs(one, parts[place] if whole else value)
    elif name := dotted(target):
        yield name, value
