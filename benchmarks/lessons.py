"""The whole series of notebooks, one after another and side by side: time, memory, false alarms, budgets.

    python -m benchmarks.lessons --json lessons.json

Every run is the one that `make test` makes of the notebooks. The serial run has all cores for one kernel;
side by side, each kernel gets its share. A notebook that takes half as much again as its lesson's
budget, in the serial run, fails here and nowhere else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.machine import keep, machine
from vislearn.course.budgets import Budget, Usage, usage_table

__all__ = ["Run", "main", "run_series"]

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Run:
    """One run of the series: how many notebooks at a time, what each took, whether all cells passed."""

    workers: int
    seconds: float
    passed: bool
    usages: list[Usage]


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    serial = run_series(options.notebooks, 1)
    parallel = [run_series(options.notebooks, options.workers) for _ in range(options.repeats)]
    runs = [serial, *parallel]
    over = [f"{usage.notebook}: {usage.over}" for usage in serial.usages if usage.over]
    fastest = min(run.seconds for run in parallel)
    record = {
        "benchmark": "lessons",
        "machine": machine(device=os.environ.get("VISLEARN_DEVICE", "the best at hand")),
        "serial_s": serial.seconds,
        "parallel_s": fastest,
        "workers": options.workers,
        "speedup": round(serial.seconds / fastest, 2),
        "runs": len(runs),
        "failed_runs": sum(not run.passed for run in runs),
        "over_budget": over,
        "details": [asdict(run) for run in runs],
    }
    _print(record, serial)
    keep(record, options.json)
    return 1 if over or record["failed_runs"] else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="files or folders (default: notebooks)")
    parser.add_argument("--workers", type=int, default=2, help="notebooks side by side (default: 2)")
    parser.add_argument("--repeats", type=int, default=1, help="runs side by side (default: 1)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
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
    usages = [Usage(**record | {"budget": Budget(**record["budget"])}) for record in records]
    return Run(workers, seconds, done.returncode == 0 and bool(usages), usages)


def _print(record: dict, serial: Run) -> None:
    print("\n".join(usage_table(serial.usages)))
    print(f"\none after another {record['serial_s']:.1f} s, ", end="")
    print(f"{record['workers']} side by side {record['parallel_s']:.1f} s ", end="")
    print(f"({record['speedup']:.2f} times as fast)")
    print(f"{record['failed_runs']} of {record['runs']} runs failed")
    for line in record["over_budget"]:
        print(f"over budget by half: {line}")


if __name__ == "__main__":
    sys.exit(main())
