"""Pictures and widgets of two runs, compared by what they show."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from vislearn.course.regression.differences import Difference
from vislearn.viz.meaning.compare import compare

__all__ = ["view_differences"]


def view_differences(
    stored: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]
) -> list[Difference]:
    """How a cell's pictures and widgets differ from the stored ones, by their digests."""
    stored, fresh = list(stored), list(fresh)
    expected, got = ([output for output in outputs if _shows(output)] for outputs in (stored, fresh))
    differences = []
    for number, (was, now) in enumerate(zip_longest(expected, got), 1):
        if was is None:
            differences.append(Difference(f"figure {number} is not in the notebook", got=_words(now)))
        elif now is None:
            differences.append(Difference(f"figure {number} is missing", expected=_words(was)))
        else:
            differences += _difference(number, was, now)
    widgets = [sum("widget" in _about(output) for output in outputs) for outputs in (stored, fresh)]
    if widgets[0] != widgets[1]:
        differences.append(Difference("the number of widgets changed", str(widgets[0]), str(widgets[1])))
    return differences


def _difference(number: int, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    expected, got = _about(was).get("figure"), _about(now).get("figure")
    if expected is None and got is None:
        return [] if was["data"] == now["data"] else [_without_digest(number)]
    if expected is None or got is None:
        which = "the notebook" if expected is None else "this run"
        return [Difference(f"figure {number} has no digest in {which}", detail=_words(was))]
    return [
        Difference(f"figure {number}: {what}", detail=f"It shows: {_words(was)}")
        for what in compare(expected, got)
    ]


def _without_digest(number: int) -> Difference:
    return Difference(
        f"figure {number} has other bytes, and no digest to compare by meaning",
        detail="Draw it with vislearn.viz, or let vislearn.viz.render draw it.",
    )


def _about(output: Mapping[str, Any]) -> Mapping[str, Any]:
    return output.get("metadata", {}).get("vislearn", {})


def _shows(output: Mapping[str, Any]) -> bool:
    """Is there a picture to see?"""
    data = output.get("data", {})
    return (
        "figure" in _about(output)
        or "<img" in data.get("text/html", "")
        or any(kind.startswith("image/") for kind in data)
    )


def _words(output: Mapping[str, Any]) -> str:
    return str(output.get("data", {}).get("text/plain", ""))[:200]
