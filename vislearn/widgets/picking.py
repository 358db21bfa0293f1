"""Networks under limits: which is the best that still fits?"""

from collections.abc import Mapping, Sequence
from typing import Any

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz.charts.tradeoff import tradeoff
from vislearn.viz.picture import Picture
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["model_picker"]

Record = Mapping[str, Any]

_NUMBERS = ("ms", "mb", "score")


def model_picker(models: Sequence[Record], *, score: str = "", compared: str = "") -> Lab:
    """Time, size and score under controls: what fits stays in colour, the best that fits is named.

    Each control takes the arrow keys; without a kernel the picture at the starting values stands in.

    Args:
        models: one record each: ``"name"``, ``"ms"`` for an answer, ``"mb"`` of the file, ``"score"`` in
            percent. What else a record holds is left alone.
        score: what the score is, for the axis.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for times that were measured just now.

    Raises:
        InputError: no records, or one without these four.

    >>> model_picker([{"name": "small", "ms": 10.0, "mb": 9.8, "score": 67.7}]).alt[:42]
    'Networks by time and score; controls set t'
    """
    _require_records(models)
    alt = _("Networks by time and score; controls set the time, the size and the score that are allowed.")
    points = {record["name"]: (record["ms"], record["score"]) for record in models}
    ms, mb, scores = ([record[key] for record in models] for key in _NUMBERS)
    slowest, largest, lowest = _up(max(ms)), _up(max(mb)), int(min(scores))

    def draw(most_ms: int = slowest, most_mb: int = largest, least: int = lowest) -> Picture:
        fit = _fitting(models, most_ms, most_mb, least)
        best = max(fit, key=lambda record: (record["score"], -record["ms"]))["name"] if fit else None
        told = _("The best that fits: {name}", name=best) if best else _("Nothing fits")
        return tradeoff(
            points,
            xlabel=_("time for one picture, ms"),
            ylabel=score or _("score, %"),
            title=told,
            allowed=[record["name"] for record in fit],
            chosen=best,
            limit=most_ms,
            compared=compared,
            alt=f"{alt} {told}.",
        )

    labels = {
        "most_ms": _("at most, ms for one picture"),
        "most_mb": _("at most, MB of the file"),
        "least": _("at least, % of the score"),
    }
    ends = {
        "most_ms": (5, slowest, 5),
        "most_mb": (1, largest, 1),
        "least": (lowest, int(max(scores)) + 1, 1),
    }
    return explorer(draw, alt=alt, labels=labels, **ends)


def _require_records(models: Sequence[Record]) -> None:
    if not models:
        raise InputError("models", "must hold at least one record", got="none")
    for record in models:
        if missing := [key for key in ("name", *_NUMBERS) if key not in record]:
            raise InputError("models", "must have name, ms, mb and score each", got=f"no {missing[0]}")


def _fitting(models: Sequence[Record], most_ms: float, most_mb: float, least: float) -> list[Record]:
    """The networks that keep all three limits."""
    return [
        record
        for record in models
        if record["ms"] <= most_ms and record["mb"] <= most_mb and record["score"] >= least
    ]


def _up(number: float) -> int:
    """The next multiple of five."""
    return 5 * int(number // 5 + 1)
