"""Which statements does a name need? What each of them gives to the others and takes from them."""

import ast
import dis
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Self

__all__ = ["Names", "reached"]

_LOADS = {"LOAD_NAME", "LOAD_GLOBAL"}


@dataclass(frozen=True)
class Names:
    """Of one statement at the top of a cell or a module.

    Attributes:
        bound: the names that it gives a value to, or changes an item or an attribute of.
        used: the names that it takes from around it; a function's own and its parameters are none.
        imports_all: may it give any name a value?
    """

    bound: frozenset[str]
    used: frozenset[str]
    imports_all: bool

    @classmethod
    def of(cls, statement: ast.stmt) -> Self:
        """The names of this statement.

        >>> names = Names.of(ast.parse("total = base + 1").body[0])
        >>> sorted(names.bound), sorted(names.used)
        (['total'], ['base'])
        """
        return cls(frozenset(_bound(statement)), frozenset(_used(statement)), _imports_all(statement))


def reached(statements: Sequence[Names], names: Iterable[str]) -> list[int]:
    """The numbers of the statements that some names lead to, directly or by others, in their order.

    One that imports all may give any of them its value, so it always belongs to them.

    Args:
        statements: what each gives and takes, in their order.
        names: to begin with.
    """
    binding: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        for name in statement.bound:
            binding[name].append(number)
    chosen = {number for number, statement in enumerate(statements) if statement.imports_all}
    waiting = list(names)
    while waiting:
        for number in binding.pop(waiting.pop(), ()):
            chosen.add(number)
            waiting.extend(statements[number].used)
    return sorted(chosen)


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name.partition(".")[0]) for alias in statement.names}
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= _bound(node)
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            found |= _root(node)
    return found


def _root(target: ast.expr) -> set[str]:
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()


def _imports_all(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names)


def _used(statement: ast.stmt) -> set[str]:
    try:
        return set(_loaded(compile(ast.Module([statement], []), "cell", "exec")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _loaded(code: CodeType) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in _LOADS:
            yield str(step.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _loaded(constant)
