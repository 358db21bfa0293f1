"""Which remedy helps rare classes: measured, under two controls."""

from collections.abc import Mapping, Sequence
from typing import Any

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz import bars
from vislearn.viz.picture import Picture
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["remedy_lab"]


def remedy_lab(runs: Sequence[Mapping[str, Any]], *, compared: str = "") -> Lab:
    """The macro F1 that each remedy reached, by how rare the rarest class is and how long training took.

    Both controls take the arrow keys; nothing is trained. Without a kernel the picture for the largest ratio
    and the shortest training stands in.

    Args:
        runs: ``"ratio"`` of the commonest class to the rarest, ``"steps"``, ``"way"``, ``"macro_f1"`` in
            0…1, such as those of ``vislearn.datasets.measurements("rare_classes")``; several of one way are
            seeds. Steps that not every ratio has are left out.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: no runs, or no length that every ratio has.

    >>> runs = [{"ratio": ratio, "steps": 100, "way": "nothing", "macro_f1": 0.9} for ratio in (1, 100)]
    >>> remedy_lab(runs).alt
    'Bars: macro F1 by remedy; controls set how rare the rarest class is, and how long training takes.'
    """
    ratios = sorted({run["ratio"] for run in runs})
    lengths = [
        steps
        for steps in sorted({run["steps"] for run in runs})
        if {run["ratio"] for run in runs if run["steps"] == steps} == set(ratios)
    ]
    if not lengths:
        raise InputError("runs", "must hold a training length that every ratio has", got=f"{len(runs)} runs")

    def draw(ratio: int = ratios[-1], steps: int = lengths[0]) -> Picture:
        scores: dict[str, list[float]] = {}
        for run in runs:
            if (run["ratio"], run["steps"]) == (ratio, steps):
                scores.setdefault(run["way"], []).append(run["macro_f1"])
        return bars(scores, xlabel=_("macro F1"), digits=2, xlim=(0.0, 1.0), compared=compared, alt=alt)

    alt = _(
        "Bars: macro F1 by remedy; controls set how rare the rarest class is, and how long training takes."
    )
    labels = {"ratio": _("commonest to rarest"), "steps": _("steps of training")}
    choices = {f"{ratio} : 1": ratio for ratio in ratios}
    return explorer(
        draw, alt=alt, labels=labels, ratio=choices, steps={str(steps): steps for steps in lengths}
    )
