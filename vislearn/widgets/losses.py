"""Which loss finds a small object: measured, under a control."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz import bars
from vislearn.viz.picture import Picture
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["loss_lab"]


def loss_lab(shares: Sequence[float], ious: Mapping[str, Sequence[Any]], *, compared: str = "") -> Lab:
    """The IoU that each loss reached, by how much of the picture the object takes up.

    Beside the losses stands the pixel accuracy of an answer that finds nothing: 1 minus the share. The
    control takes the arrow keys; without a kernel the picture for the first share stands in.

    Args:
        shares: of the pixels that belong to the object, in 0..1, each of one experiment.
        ious: loss → one IoU for each share, or several, one per seed: the bar is their mean.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: no shares, one outside 0..1 or twice, no losses, or another number of IoUs than shares.

    >>> lab = loss_lab([0.006, 0.1], {"cross-entropy": [0.0, 0.8], "Dice": [[0.28, 0.30], 0.8]})
    >>> lab.alt
    'Bars: the IoU that each loss reached; a control sets the share of the object.'
    """
    if not shares or not all(0 < share < 1 for share in shares) or len(set(shares)) < len(shares):
        raise InputError("shares", "must be different numbers between 0 and 1", got=list(shares))
    if not ious:
        raise InputError("ious", "must name at least one loss", got="none")
    for name, values in ious.items():
        if len(values) != len(shares):
            raise InputError(f"ious {name!r}", f"must be one for each share ({len(shares)})", got=len(values))
    alt = _("Bars: the IoU that each loss reached; a control sets the share of the object.")

    def draw(share: int = 0) -> Picture:
        nothing = _("pixel accuracy where nothing is found")
        table = {name: np.atleast_1d(values[share]).astype(float) for name, values in ious.items()}
        return bars(
            table | {nothing: np.array([1 - shares[share]])},
            xlabel=_("IoU of the object; last bar: pixel accuracy"),
            digits=2,
            xlim=(0.0, 1.0),
            compared=compared,
            alt=alt,
        )

    words = {f"{100 * share:.3g} %": at for at, share in enumerate(shares)}
    return explorer(draw, alt=alt, labels={"share": _("share of the object")}, share=words)
