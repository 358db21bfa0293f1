"""The whole series of notebooks, one after another and side by side: time, memory, false alarms, budgets.

    python -m benchmarks.lessons --json lessons.json
    python -m benchmarks.lessons --repeats 20 --json lessons.json

Every run is the one that `make test` makes of the notebooks. The serial run has all cores for one kernel;
side by side, each kernel gets its share. A notebook that takes half as much again as its lesson's
budget, in the serial run, fails here and nowhere else.

Nothing changes between two runs, so whatever fails is a false alarm. Twenty runs take hours, so each is
written to the JSON file when it ends; runs of the very same notebooks and package, under the same versions,
that stand there already are counted. A night that was cut short goes on in the next.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import keep, kept, machine
from vislearn.course.budgets import Budget, Usage, usage_table

__all__ = ["Run", "main", "run_series"]

ROOT = Path(__file__).resolve().parents[1]
_MATTERS = {".ipynb", ".py", ".po", ".json", ".webp", ".safetensors"}


@dataclass(frozen=True)
class Run:
    """One run of the series: how many notebooks at a time, what each took, whether all passed, and where."""

    workers: int
    seconds: float
    passed: bool
    usages: list[Usage]
    machine: dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    compared = _fingerprint(options.notebooks)
    runs = _known(options.json, compared)
    for workers in _missing(runs, options):
        runs.append(run_series(options.notebooks, workers))
        keep(_record(runs, compared, options.workers), options.json)
    record = _record(runs, compared, options.workers)
    _print(record, _latest(_here(runs, 1)))
    return 1 if record["over_budget"] or record["failed_runs"] else 0


def _missing(runs: list[Run], options: argparse.Namespace) -> Iterator[int]:
    """How many notebooks at a time, for each run that is still to be made."""
    for workers, wanted in ((1, 1), (options.workers, options.repeats)):
        yield from [workers] * (wanted - len(_here(runs, workers)))


def _here(runs: list[Run], workers: int) -> list[Run]:
    here = _machine()
    return [run for run in runs if (run.workers, run.machine) == (workers, here)]


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="files or folders (default: notebooks)")
    parser.add_argument("--workers", type=int, default=2, help="notebooks side by side (default: 2)")
    parser.add_argument(
        "--repeats",
        type=int,
        default=1,
        help="runs side by side, those in the JSON file included (default: 1)",
    )
    parser.add_argument("--json", type=Path, help="write the figures here too, and go on from them")
    options = parser.parse_args(arguments)
    options.notebooks = [path.resolve() for path in options.notebooks] or [ROOT / "notebooks"]
    return options


def run_series(notebooks: list[Path], workers: int) -> Run:
    """All cells of the notebooks through pytest, ``workers`` notebooks at a time.

    Args:
        notebooks: files or folders.
        workers: 1 for one notebook after another.
    """
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "usage.json"
        command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "-p", "conftest"]
        root = os.path.commonpath([ROOT if path.is_relative_to(ROOT) else path.parent for path in notebooks])
        command += ["-p", "no:cacheprovider", f"--lesson-usage={file}", f"--rootdir={root}"]
        command += ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        begun = time.perf_counter()
        done = subprocess.run(
            [*command, *map(str, notebooks)], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        seconds = round(time.perf_counter() - begun, 1)
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        records = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return Run(workers, seconds, done.returncode == 0 and bool(records), _usages(records), _machine())


def _machine() -> dict[str, Any]:
    return machine(device=os.environ.get("VISLEARN_DEVICE", "the best at hand"))


def _fingerprint(notebooks: list[Path]) -> str:
    """sha256 over everything that a run is made of: the notebooks, the package, the bundled weights."""
    roots = [*notebooks, ROOT / "vislearn", ROOT / "data" / "weights"]
    files = {path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))}
    whole = hashlib.sha256()
    for path in sorted(files):
        if path.is_file() and path.suffix in _MATTERS:
            whole.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _known(path: Path | None, compared: str) -> list[Run]:
    """Runs of the very same notebooks and package that were written down before."""
    record = kept(path)
    if record.get("compared") != compared:
        return []
    return [Run(**row | {"usages": _usages(row["usages"])}) for row in record["details"]]


def _usages(rows: list[dict[str, Any]]) -> list[Usage]:
    return [Usage(**row | {"budget": Budget(**row["budget"])}) for row in rows]


def _record(runs: list[Run], compared: str, workers: int) -> dict[str, Any]:
    serial, parallel = _here(runs, 1), _here(runs, workers)
    seconds = [median(run.seconds for run in some) if some else 0.0 for some in (serial, parallel)]
    return {
        "benchmark": "lessons",
        "compared": compared,
        "machine": _machine(),
        "serial_s": seconds[0],
        "parallel_s": seconds[1],
        "workers": workers,
        "speedup": round(seconds[0] / seconds[1], 2) if all(seconds) else None,
        "runs": len(runs),
        "failed_runs": sum(not run.passed for run in runs),
        "runs_in_a_row": len(list(takewhile(lambda run: run.passed, reversed(runs)))),
        "over_budget": [f"{usage.notebook}: {usage.over}" for usage in _latest(serial) if usage.over],
        "details": [asdict(run) for run in runs],
    }


def _latest(runs: list[Run]) -> list[Usage]:
    return runs[-1].usages if runs else []


def _print(record: dict[str, Any], serial: list[Usage]) -> None:
    print("\n".join(usage_table(serial)))
    print(f"\none after another {record['serial_s']:.1f} s, ", end="")
    print(f"{record['workers']} side by side {record['parallel_s']:.1f} s ", end="")
    print(f"({record['speedup']:.2f} times as fast)")
    print(f"{record['failed_runs']} of {record['runs']} runs failed, ", end="")
    print(f"the last {record['runs_in_a_row']} in a row passed")
    for line in record["over_budget"]:
        print(f"over budget by half: {line}")


if __name__ == "__main__":
    sys.exit(main())
