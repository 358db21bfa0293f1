"""Whose a lesson's lines of code are: torch's and torchvision's, this package's, or only there to look."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["CodeLines", "count_lines"]

_THEIRS = ("torch", "torchvision")
_OURS = "vislearn"
_BOOKKEEPING = ("viz", "report", "widgets")  # rooms that show and measure


@dataclass(frozen=True)
class CodeLines:
    """How many lines there are, without empty ones and comments, and how many of them name what.

    Attributes:
        all: every line.
        torch: name torch or torchvision, or something imported from there.
        vl: name this package, or something imported from it.
        bookkeeping: of those, the ones that only show or measure: ``vl.viz``, ``vl.report``, ``vl.widgets``.
    """

    all: int = 0
    torch: int = 0
    vl: int = 0
    bookkeeping: int = 0


def count_lines(cells: Iterable[str]) -> CodeLines:
    """Count the lines of cells that follow each other; what one imports, the later ones may name.

    Args:
        cells: their code; magics are left out.

    >>> count_lines(["import torch", "import vislearn as vl", "vl.viz.grid(torch.rand(2, 3, 8, 8))"])
    CodeLines(all=3, torch=2, vl=2, bookkeeping=1)
    """
    theirs: set[str] = set()
    ours: dict[str, str] = {}  # name → the room it is from
    total, torch, vl, bookkeeping = 0, 0, 0, 0
    for code in cells:
        lines = [line for line in code.split("\n") if not line.lstrip().startswith(("%", "!"))]
        total += sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)
        tree = ast.parse("\n".join(lines))
        for name, module in _imported(tree):
            root, _dot, rest = module.partition(".")
            if root in _THEIRS:
                theirs.add(name)
            elif root == _OURS:
                ours[name] = rest.partition(".")[0]
        torch += len({line for name, line, _room in _named(tree) if name in theirs})
        vl += len({line for name, line, _room in _named(tree) if name in ours})
        bookkeeping += len(
            {
                line
                for name, line, room in _named(tree)
                if name in ours and (ours[name] or room) in _BOOKKEEPING
            }
        )
    return CodeLines(total, torch, vl, bookkeeping)


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that a cell's imports bind, each with the module it is from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                module = node.module or ""
                yield alias.asname or alias.name, f"{module}.{alias.name}" if module == _OURS else module


def _named(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    """Every name in a cell, its line, and the attribute that is taken of it: of ``vl.viz.bars`` it is viz."""
    rooms = {
        id(node.value): node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno, rooms.get(id(node), "")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name, _module in _imported(node):
                yield name, node.lineno, ""
