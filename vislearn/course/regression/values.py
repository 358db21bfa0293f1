"""Measured numbers of two runs, compared within the tolerance that the lesson promised."""

from collections.abc import Iterable, Mapping
from typing import Any

from vislearn.course.regression.differences import Difference
from vislearn.errors import InputError
from vislearn.report import Metric

__all__ = ["metrics_of", "value_differences"]


def metrics_of(outputs: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Metric], list[Difference]]:
    """The numbers that ``report.metric`` stored with a cell's outputs, by name, and those that are none."""
    metrics: dict[str, Metric] = {}
    differences = []
    for output in outputs:
        if not (record := output.get("metadata", {}).get("vislearn", {}).get("metric")):
            continue
        try:
            metric = Metric(**record)
        except (InputError, TypeError) as error:
            differences.append(
                Difference(
                    f"metric {record.get('name')!r} is no number that can be compared", detail=str(error)
                )
            )
            continue
        if metric.name in metrics:
            differences.append(Difference(f"metric {metric.name!r} is measured twice in this cell"))
        metrics[metric.name] = metric
    return metrics, differences


def value_differences(
    stored: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]
) -> list[Difference]:
    """How a cell's fresh numbers differ from what its stored ones promised.

    The stored promise counts: one that was made weaker in the code is a difference too.

    Args:
        stored: the outputs in the notebook.
        fresh: the outputs of the same cell, run again, on another machine or device perhaps.
    """
    promised, differences = metrics_of(stored)
    measured, unusable = metrics_of(fresh)
    if differences or unusable:
        return differences + unusable
    missing = [name for name in promised if name not in measured]
    added = [name for name in measured if name not in promised]
    if len(missing) == len(added) == 1:
        return [Difference("a metric has another name", expected=missing[0], got=added[0])]
    differences += [
        Difference(f"metric {name!r} is missing", expected=str(promised[name])) for name in missing
    ]
    differences += [
        Difference(f"metric {name!r} is not in the notebook", got=str(measured[name])) for name in added
    ]
    for name in promised:
        if name in measured:
            differences += _difference(promised[name], measured[name])
    return differences


def _difference(promised: Metric, measured: Metric) -> list[Difference]:
    name, device = promised.name, measured.device
    if not promised.holds(measured.value, device):
        tolerance = promised.promise(device) + (f" (on {device})" if device != "cpu" else "")
        return [
            Difference(
                f"metric {name!r} left its tolerance", f"{promised.value:g}", f"{measured.value:g}", tolerance
            )
        ]
    if promised.unit != measured.unit:
        return [Difference(f"metric {name!r} has another unit", promised.unit, measured.unit)]
    if promised.promise(device) != measured.promise(device):
        return [
            Difference(
                f"metric {name!r} promises something else", promised.promise(device), measured.promise(device)
            )
        ]
    return []
