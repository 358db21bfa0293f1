"""What benchmarks share that train in several ways, with several seeds, and can go on later."""

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["answered", "by_way", "options_of_ways", "span"]


def options_of_ways(
    description: str, ways: Iterable[str], seeds: Sequence[int], epochs: int | None
) -> argparse.ArgumentParser:
    """A parser for where figures are kept, which ways and seeds, and how much of everything.

    Args:
        description: the benchmark's docstring, whose first line is shown.
        ways: names of the table's lines.
        seeds: by default.
        epochs: by default; None: each way has its own.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    parser.add_argument("--ways", nargs="+", choices=[*ways], default=[*ways])
    parser.add_argument("--seeds", type=int, nargs="+", default=seeds)
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--pictures", type=int, help="only so many of each split, to try the script")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def answered(
    questions: Iterable[Any],
    known: dict[tuple, Any],
    measure: Callable[[Any], Any],
    write: Callable[[list[Any]], object],
    *,
    threads: int,
) -> list[Any]:
    """Run what isn't known yet, and write all that is known down after each run.

    Args:
        questions: runs without their scores.
        known: by question, from an earlier call; new ones are added.
        measure: makes a run.
        write: keeps runs.
        threads: torch's, while runs are made.
    """
    runs, before = [], torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for question in questions:
            runs.append(known.get(question.question) or measure(question))
            known[runs[-1].question] = runs[-1]
            write(list(known.values()))
    finally:
        torch.set_num_threads(before)
    return runs


def by_way(runs: Iterable[Any]) -> Iterator[tuple[str, list[Any], float, float]]:
    """Runs of one way and setting together: name, runs, mean seconds by the clock and of the CPU.

    Args:
        runs: in the table's order.
    """
    groups: dict[tuple, list[Any]] = {}
    for run in runs:
        groups.setdefault((run.way, run.setting), []).append(run)
    for (way, _setting), members in groups.items():
        clock, cpu = (np.mean([getattr(run, name) for run in members]) for name in ("seconds", "cpu_seconds"))
        yield way, members, float(clock), float(cpu)


def span(scores: Iterable[float]) -> str:
    """Mean and range.

    >>> span([0.5, 0.7])
    '0.600 (0.500…0.700)'
    """
    values = np.array(list(scores))
    return f"{values.mean():.3f} ({values.min():.3f}…{values.max():.3f})"
