"""A notebook run again, elsewhere: are its measured numbers still within what they promised?"""

from collections.abc import Iterable, Mapping
from typing import Any

from vislearn.report import Metric

__all__ = ["metrics_of", "regressions"]


def metrics_of(outputs: Iterable[Mapping[str, Any]]) -> dict[str, Metric]:
    """The numbers that ``report.metric`` stored with a cell's outputs, by name."""
    records = [output.get("metadata", {}).get("vislearn", {}).get("metric") for output in outputs]
    return {record["name"]: Metric(**record) for record in records if record}


def regressions(stored: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]) -> list[str]:
    """How a cell's fresh numbers break the promises of the stored ones, one sentence each.

    Args:
        stored: the outputs in the notebook.
        fresh: the outputs of the same cell, run again, on another machine perhaps.
    """
    measured = metrics_of(fresh)
    problems = []
    for name, metric in metrics_of(stored).items():
        if name not in measured:
            problems.append(f"{name} is no longer measured; it was {metric.value:g}.")
        elif not metric.holds(measured[name].value):
            problems.append(f"{name} is {measured[name].value:g} now, and the notebook promises {metric}.")
    return problems
