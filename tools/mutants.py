"""Do the tests notice small faults? Changes one thing at a time in a copy, and runs the tests that mirror it.

``python tools/mutants.py --count 30 vislearn/io vislearn/ops/boxes.py``: a change is another comparison,
operator or number, ``return None``, or a statement left out; as many are drawn in each room. What its own
tests miss is tried on others (related_tests.py). What none notices is a missing test, or means the same.
PYTEST_ADDOPTS reaches the tests, as always: ``--deselect tests/room/test_slow.py``.
"""

import argparse
import ast
import compileall
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from related_tests import baselines, mirrors, related

__all__ = ["Mutant", "main", "mutants_of"]

ROOT = Path(__file__).resolve().parents[1]
_LEAST = 0.95  # of the changes must be noticed
_SECONDS = 300  # of the processor: whoever needs more has noticed, a loop without end
_MORE = 60  # of the processor are spent on other tests, where its own miss a change
_NEAREST = 16  # of their modules
_WAITS = 2400  # on the clock, as a busy machine needs: processes that wait for each other
_WHOSE = _OWN, _OTHERS, _NOBODY = "own", "others", "nobody"
_HEAVY = [  # what tests import and never change, once for all of them where a process can be forked
    *("pytest", "nbformat", "numpy", "PIL.Image", "scipy.stats", "sklearn.metrics"),
    *("matplotlib.pyplot", "torch", "torchvision.transforms.v2", "torchvision.models.detection"),
]
_SPOKEN = ("annotation", "returns")  # fields of the syntax that are read, not run
_IDLE = {("zip", "strict"), ("dataclass", "frozen"), ("lru_cache", "maxsize")}  # calls and their keywords
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
            if isinstance(child, ast.AST) and name not in _SPOKEN and not _idle(tree, child):
                if new := _changed(child):
                    yield child, new
                if not isinstance(child, ast.JoinedStr):
                    yield from _changes(child)


def _idle(parent: ast.AST, node: ast.AST) -> bool:
    """Whether no result depends on it: it runs in no test, or only forbids what nothing does."""
    match parent, node:
        case _, ast.If(ast.Compare(ast.Name("__name__")) | ast.Name("TYPE_CHECKING"), orelse=[]):
            return True
        case ast.Call(ast.Name(function)), ast.keyword(name):
            return (function, name) in _IDLE
    return False


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


def main(arguments: list[str] | None = None) -> int:
    """Try some changes and list those that no test notices; 1 if they are too many.

    Args:
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("places", nargs="*", default=["vislearn"], help="modules, or folders of them")
    parser.add_argument("--count", type=int, default=8, help="changes in each room (default: 8)")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    given = parser.parse_args(arguments)
    files = sorted(file for place in given.places for file in _modules(ROOT / place))
    rooms = defaultdict(list)
    for file in (file.relative_to(ROOT) for file in files):
        rooms[_room(file)] += mutants_of(file, (ROOT / file).read_text("utf-8"))
    chosen = [one for room, every in rooms.items() for one in _drawn(room, every, given.count, given.seed)]
    with tempfile.TemporaryDirectory() as copy:
        known = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        for name in filter(None, known.stdout.split("\0")):
            Path(copy, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, Path(copy, name))
        # by its content: two changes within a second can be of one length
        compileall.compile_dir(
            Path(copy, "vislearn"), quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH
        )
        whose = Counter((_room(mutant.path), _noticed_by(mutant, Path(copy))) for mutant in chosen)
    return int(not all([_is_enough(room, *(whose[room, by] for by in _WHOSE)) for room in rooms]))


def _modules(place: Path) -> list[Path]:
    return list(place.rglob("*.py")) if place.is_dir() else [place]


def _room(module: Path) -> str:
    return module.parts[1] if len(module.parts) > 2 else module.parts[0]


def _drawn(room: str, every: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """The same ones of a room, whatever other rooms are asked for."""
    return random.Random(f"{room} {seed}").sample(every, min(count, len(every)))


def _is_enough(room: str, own: int, others: int, nobody: int) -> bool:
    """Tells how many changes of a room were noticed, and whether they suffice."""
    every = own + others + nobody
    print(f"{room}: {own + others} of {every} changes were noticed, {others} of them by other tests alone.")
    return nobody <= (1 - _LEAST) * every


def _noticed_by(mutant: Mutant, copy: Path) -> str:
    """Whose test fails with the change, and passes without it."""
    file = copy / mutant.path
    source = file.read_bytes()
    file.write_bytes(mutant.applied(source))
    tried = ((whose, _first_failure(copy, *run)) for whose, *run in _runs(mutant.path, copy))
    whose, failed = next((one for one in tried if one[1]), (_NOBODY, []))
    file.write_bytes(source)
    if failed and _first_failure(copy, failed):
        print(f"NOT NOTICED {mutant}: {failed[-1]} fails as it is, mend it first", flush=True)
        return _NOBODY
    print(f"noticed     {mutant}  by {failed[-1]}" if failed else f"NOT NOTICED {mutant}", flush=True)
    return whose


def _runs(module: Path, copy: Path) -> Iterator[tuple[str, list[str], int]]:
    """Whose tests, what pytest is given, and the seconds after which no other test begins.

    The examples have a process of their own: collected as a file, a module is imported a second time.
    """
    if ">>>" in (copy / module).read_text("utf-8"):
        yield _OWN, ["--doctest-modules", str(module)], _SECONDS
    if own := mirrors(module, copy):
        yield _OWN, own, _SECONDS
    if drawn := baselines(module, copy):
        yield _OTHERS, drawn, _SECONDS
    if others := related(module, copy)[:_NEAREST]:
        yield _OTHERS, others, _MORE


def _first_failure(copy: Path, arguments: list[str], seconds: int = _SECONDS) -> list[str]:
    """What pytest is to be given to see again what failed first; nothing if all pass."""
    has_fork = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if has_fork else "spawn")
    if has_fork:
        context.set_forkserver_preload(_HEAVY)
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_run_tests, args=(str(copy), arguments, seconds, tells))
    process.start()
    tells.close()
    try:
        return told.recv() if told.poll(_WAITS) else arguments
    except EOFError:  # killed: it needed more than _SECONDS, or it crashed
        return arguments
    finally:
        _end(process)


def _end(process: Any) -> None:
    """Ends a run of tests that doesn't end by itself, and what the tests may have left running."""
    process.join(10)  # tidies up: shared memory, temporary folders
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _run_tests(copy: str, arguments: list[str], seconds: int, tells: Connection) -> None:
    """In the new process: runs tests of the copy, and tells which one failed first."""
    _settle(copy)
    import pytest

    first = _FirstFailure()
    code = pytest.main(
        ["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *arguments],
        plugins=[first, _Budget(seconds)],
    )
    none = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    tells.send([] if code in none else first.again or arguments)


def _settle(copy: str) -> None:
    """Puts the process where the copy is, in a group of its own, with an end to its seconds and its voice."""
    os.chdir(copy)
    os.environ.setdefault("VISLEARN_DATA", str(ROOT / "data"))
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are deaf to it
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [copy, *[place for place in sys.path if place not in others]]
    os.environ["PYTHONPATH"] = copy
    if hasattr(os, "setsid"):
        import resource

        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)


class _FirstFailure:
    """A plugin of pytest that remembers what failed first."""

    def __init__(self) -> None:
        self.again: list[str] = []

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.again:
            self.again = ["--collect-only", report.nodeid]

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.again:
            self.again = [report.nodeid]


class _Budget:
    """A plugin of pytest that begins no test once so many seconds of the processor are spent."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def pytest_runtest_protocol(self) -> bool | None:
        return True if sum(os.times()[:4]) > self.seconds else None


if __name__ == "__main__":
    sys.exit(main())
