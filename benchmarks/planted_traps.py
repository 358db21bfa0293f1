"""Traps × programs: mistakes planted into right loops, data and texts, found or missed; and false alarms.

    python -m benchmarks.planted_traps

Programs and rewrites are those of tests/traps. A row is a program: `x` planted and found, `o` planted and
missed, `.` does not fit there; at the end what is said to the program as it was, which should be nothing.
"""

import ast
import contextlib
import runpy
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from vislearn import traps
from vislearn.checkout import ROOT
from vislearn.traps.examples import found_in_data
from vislearn.traps.text.linted import TEXT_TRAPS
from vislearn.traps.text.source import Source
from vislearn.traps.trap import found_in

TESTS = ROOT / "tests" / "traps"


def names_in_loop(function: Callable) -> set[str]:
    """The traps that a loop of tests/traps/loop falls into."""
    seen = []

    @contextlib.contextmanager
    def watch(*parts: object) -> Iterator[object]:
        with traps.watch(*parts, say=None) as watched:
            seen.append(watched)
            yield watched

    torch.manual_seed(0)
    function(watch)
    return {one.trap.name for watched in seen for one in watched.found}


def names_in_data(program: str) -> set[str]:
    """The traps that a program of tests/traps/data falls into."""
    with tempfile.TemporaryDirectory() as folder:
        return {one.trap.name for one in found_in_data(program, Path(folder))}


def names_in_text(script: str) -> set[str]:
    """The traps that a script's text shows."""
    return {one.trap.name for one in found_in(Source(script), TEXT_TRAPS)}


def loops() -> Iterator[tuple[str, set[str], dict[str, bool]]]:
    """Name, what is said to it as it is, and trap -> found, of every right loop."""
    tests = runpy.run_path(str(TESTS / "loop" / "test_planted.py"))
    for name, function in tests["LOOPS"].items():
        found = {
            trap: trap in names_in_loop(tests["planted"](rewrite, name))
            for trap, (rewrite, fitting) in tests["PLANTED"].items()
            if name in fitting.split()
        }
        yield name, names_in_loop(function), found


def data() -> Iterator[tuple[str, set[str], dict[str, bool]]]:
    """The same of every right data program; a trap planted in two ways must be found in both."""
    tests = runpy.run_path(str(TESTS / "data" / "test_planted.py"))
    for name, program in tests["PROGRAMS"].items():
        found: dict[str, bool] = {}
        for case in tests["CASES"]:
            trap, broken = case.values
            if case.id.endswith(f"-{name}"):
                found[trap] = found.get(trap, True) and trap in names_in_data(broken)
        yield name, names_in_data(program), found


def texts() -> Iterator[tuple[str, set[str], dict[str, bool]]]:
    """The same of the right loops' source, which is read and not run."""
    tests = runpy.run_path(str(TESTS / "text" / "test_planted.py"))
    for name, tree in tests["sources"]():
        planted = [case.values for case in tests["CASES"] if case.id.endswith(f"-{name}")]
        found = {trap: trap in names_in_text(script) for trap, script in planted}
        yield name, names_in_text(tests["HEAD"] + ast.unparse(tree)), found


def table(rows: list[tuple[str, set[str], dict[str, bool]]]) -> str:
    """The rows, and a legend of the columns."""
    columns = list(dict.fromkeys(trap for _name, _alarms, found in rows for trap in found))
    marks = {True: "x", False: "o", None: "."}
    lines = [f"{'':36}{' '.join(f'{at:2}' for at in range(1, len(columns) + 1))}"]
    for name, alarms, found in rows:
        cells = "  ".join(marks[found.get(trap)] for trap in columns)
        lines.append(f"{name:36} {cells}  {', '.join(sorted(alarms)) or 'silent'}")
    planted = [one for _name, _alarms, found in rows for one in found.values()]
    legend = ", ".join(f"{at} {trap}" for at, trap in enumerate(columns, 1))
    alarms = sum(bool(alarms) for _name, alarms, _found in rows)
    return "\n".join(
        [*lines, legend, f"found {sum(planted)} of {len(planted)}; false alarms {alarms} of {len(rows)}"]
    )


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own word on schedules
        for rows in (list(loops()), list(data()), list(texts())):
            print(table(rows), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
