"""Measured numbers of two runs, compared within the tolerance that the lesson promised."""

from collections.abc import Iterable, Mapping
from typing import Any

from vislearn.course.regression.findings import Finding
from vislearn.errors import InputError
from vislearn.report import Metric

__all__ = ["metrics_of", "value_findings"]


def metrics_of(outputs: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Metric], list[Finding]]:
    """The numbers that ``report.metric`` stored with a cell's outputs, by name, and those that are none."""
    metrics: dict[str, Metric] = {}
    findings = []
    for output in outputs:
        if not (record := output.get("metadata", {}).get("vislearn", {}).get("metric")):
            continue
        try:
            metric = Metric(**record)
        except (InputError, TypeError) as error:
            findings.append(
                Finding(f"metric {record.get('name')!r} is no number that can be compared", detail=str(error))
            )
            continue
        if metric.name in metrics:
            findings.append(Finding(f"metric {metric.name!r} is measured twice in this cell"))
        metrics[metric.name] = metric
    return metrics, findings


def value_findings(stored: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """How a cell's fresh numbers differ from what its stored ones promised.

    The stored promise counts: one that was made weaker in the code is a finding too.

    Args:
        stored: the outputs in the notebook.
        fresh: the outputs of the same cell, run again, on another machine or device perhaps.
    """
    promised, findings = metrics_of(stored)
    measured, unusable = metrics_of(fresh)
    if findings or unusable:
        return findings + unusable
    missing = [name for name in promised if name not in measured]
    added = [name for name in measured if name not in promised]
    if len(missing) == len(added) == 1:
        return [Finding("a metric has another name", expected=missing[0], got=added[0])]
    findings += [Finding(f"metric {name!r} is missing", expected=str(promised[name])) for name in missing]
    findings += [
        Finding(f"metric {name!r} is not in the notebook", got=str(measured[name])) for name in added
    ]
    for name in promised:
        if name in measured:
            findings += _difference(promised[name], measured[name])
    return findings


def _difference(promised: Metric, measured: Metric) -> list[Finding]:
    name, device = promised.name, measured.device
    if not promised.holds(measured.value, device):
        tolerance = promised.promise(device) + (f" (on {device})" if device != "cpu" else "")
        return [
            Finding(
                f"metric {name!r} left its tolerance", f"{promised.value:g}", f"{measured.value:g}", tolerance
            )
        ]
    if promised.unit != measured.unit:
        return [Finding(f"metric {name!r} has another unit", promised.unit, measured.unit)]
    if promised.promise(device) != measured.promise(device):
        return [
            Finding(
                f"metric {name!r} promises something else", promised.promise(device), measured.promise(device)
            )
        ]
    return []
