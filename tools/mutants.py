"""Do the tests notice small faults? Changes one thing at a time in a copy, and runs the tests that mirror it.

``python tools/mutants.py --count 30 vislearn/io vislearn/ops/boxes.py``: a change is another comparison,
operator or number, ``return None``, or a statement left out. What no test notices is a missing test, or means
the same.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Mutant", "main", "mirrors", "mutants_of"]

ROOT = Path(__file__).resolve().parents[1]
_LEAST = 0.95  # of the changes must be noticed
_SECONDS = 600  # whoever takes longer has noticed: a loop without end
_PAIRS = ["Lt LtE", "Gt GtE", "Eq NotEq", "Is IsNot", "In NotIn", "Add Sub", "Mult Div", "And Or"]
_OTHER: dict[str, str] = {"FloorDiv": "Mult", "Mod": "Mult"}
for _one, _other in map(str.split, _PAIRS):
    _OTHER |= {_one: _other, _other: _one}


@dataclass(frozen=True)
class Mutant:
    """One change: the bytes of a file from ``start`` to ``end`` become ``new``."""

    path: Path
    line: int
    start: int
    end: int
    old: str
    new: str

    def applied(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]

    def __str__(self) -> str:
        old, new = (" ".join(text.split())[:60] for text in (self.old, self.new))
        return f"{self.path.as_posix()}:{self.line}: {old}  ->  {new}"


def mutants_of(path: Path, source: str) -> list[Mutant]:
    """Every change that is made of a module.

    Args:
        path: how the module is called.
        source: its text.
    """
    starts, found = [0], []
    for text in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(text.encode()))
    for node, new in _changes(ast.parse(source)):
        start, end = (
            starts[node.lineno - 1] + node.col_offset,
            starts[node.end_lineno - 1] + node.end_col_offset,
        )
        found.append(Mutant(path, node.lineno, start, end, source.encode()[start:end].decode(), new))
    return found


def _changes(tree: ast.AST) -> Iterator[tuple[Any, str]]:
    """What is to be replaced, and by what; nothing in annotations and texts."""
    for name, value in ast.iter_fields(tree):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name not in ("annotation", "returns"):
                if new := _changed(child):
                    yield child, new
                if not isinstance(child, ast.JoinedStr):
                    yield from _changes(child)


def _changed(node: Any) -> str:
    match node:
        case ast.Compare(left, [operator], right) if other := _other(operator):
            return f"({ast.unparse(ast.Compare(left, [other], right))})"
        case ast.BinOp(left, operator, right) if other := _other(operator):
            return f"({ast.unparse(ast.BinOp(left, other, right))})"
        case ast.BoolOp(operator, values):
            return f"({ast.unparse(ast.BoolOp(_other(operator), values))})"
        case ast.UnaryOp(ast.Not(), operand):
            return f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            return repr(not value)
        case ast.Constant(int(value) | float(value)):
            return repr(value + (1 if isinstance(value, int) else value or 1.0))
        case ast.Return(value) if value and ast.unparse(value) != "None":
            return "return None"
        case ast.AugAssign() | ast.Raise() | ast.Expr(ast.Call()):
            return "pass"
    return ""


def _other(operator: ast.AST) -> Any:
    name = _OTHER.get(type(operator).__name__)
    return getattr(ast, name)() if name else None


def mirrors(module: Path, root: Path) -> list[str]:
    """The tests that mirror a module, and its own examples; those of its folder where none is its own.

    Args:
        module: relative to the checkout.
        root: of the checkout.
    """
    folder = Path("tests", *module.parts[1:-1])
    places = [folder / f"test_{module.stem}.py", folder]
    return [str(module), *[str(place) for place in places if (root / place).exists()][:1]]


def main(arguments: list[str] | None = None) -> int:
    """Try some changes and list those that no test notices; 1 if they are too many.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("places", nargs="*", default=["vislearn"], help="modules, or folders of them")
    parser.add_argument("--count", type=int, default=30, help="how many changes (default: 30)")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    given = parser.parse_args(arguments)
    files = sorted(file for place in given.places for file in _modules(ROOT / place))
    every = [m for file in files for m in mutants_of(file.relative_to(ROOT), file.read_text("utf-8"))]
    chosen = random.Random(given.seed).sample(every, min(given.count, len(every)))
    with tempfile.TemporaryDirectory() as copy:
        known = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        for name in filter(None, known.stdout.split("\0")):
            Path(copy, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, Path(copy, name))
        unnoticed = [mutant for mutant in chosen if not _is_noticed(mutant, Path(copy))]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} changes were noticed.")
    return int(len(unnoticed) > (1 - _LEAST) * len(chosen))


def _modules(place: Path) -> list[Path]:
    return list(place.rglob("*.py")) if place.is_dir() else [place]


def _is_noticed(mutant: Mutant, copy: Path) -> bool:
    _require_sound(mutant.path, copy)
    file = copy / mutant.path
    source = file.read_bytes()
    file.write_bytes(mutant.applied(source))
    noticed = not _pass(copy, mirrors(mutant.path, copy))
    file.write_bytes(source)
    print("noticed    " if noticed else "NOT NOTICED", mutant, flush=True)
    return noticed


@cache
def _require_sound(path: Path, copy: Path) -> None:
    if not _pass(copy, tests := mirrors(path, copy)):
        raise SystemExit(f"{' and '.join(tests)} fail as they are; mend them first.")


def _pass(copy: Path, tests: list[str]) -> bool:
    """The examples in a process of their own: collected as a file, a module is imported a second time."""
    module, *others = tests
    has_examples = ">>>" in (copy / module).read_text("utf-8")
    runs = [others] * bool(others) + [["--doctest-modules", module]] * has_examples
    return all(_passes(copy, run) for run in runs)


def _passes(copy: Path, arguments: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *arguments]
    environment = {"VISLEARN_DATA": str(ROOT / "data")} | os.environ | {"PYTHONPATH": str(copy)}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode in (0, 5)  # 5: there are none


if __name__ == "__main__":
    sys.exit(main())
