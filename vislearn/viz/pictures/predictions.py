"""A picture beside what a model makes of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import to_array, to_display
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.meaning.terms import MEASURED, RANKED, RANKED_BAR
from vislearn.viz.numerals import percent
from vislearn.viz.picture import Picture

__all__ = ["probabilities"]

_PICTURE = 300.0
_ROW = 40.0


def probabilities(
    image: Any,
    names: Sequence[str],
    probs: Any,
    alt: str = "",
    *,
    truth: str | None = None,
    top: int = 5,
    title: str = "",
    width: int = 900,
    compared: str = "",
) -> Picture:
    """A picture beside its most probable classes, as bars with percentages.

    Args:
        image: any picture ``to_display`` takes.
        names: class names, in the order of ``probs``.
        probs: (K,) or (1, K) probabilities, each in 0…1.
        alt: the picture in words; empty takes them from the running cell's options.
        truth: the right class, if known; its bar is marked with a check.
        top: how many classes to show.
        title: a heading.
        width: in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: another number of names than of probabilities, numbers outside 0…1 (logits want a
            softmax first), or nobody has words for it.
    """
    shares = to_array(probs).astype(float).reshape(-1)
    if len(shares) != len(names):
        raise InputError("probs", f"must be as many as names ({len(names)})", got=len(shares))
    if len(shares) == 0 or not ((shares >= -1e-6) & (shares <= 1 + 1e-6)).all():
        raise InputError(
            "probs",
            "must be probabilities in 0…1",
            got=f"{shares.min():.2f}…{shares.max():.2f}" if len(shares) else "none",
            fix="Logits become probabilities by .softmax(dim=-1).",
        )
    best = np.argsort(-shares, kind="stable")[:top]
    rows = [(names[at], float(shares[at]), names[at] == truth) for at in best]
    return _draw(to_display(image), rows, title, width, alt, compared)


def _draw(
    pixels: np.ndarray,
    rows: list[tuple[str, float, bool]],
    title: str,
    width: int,
    alt: str,
    compared: str,
) -> Picture:
    height = max(_PICTURE * min(1.2, pixels.shape[0] / pixels.shape[1]), len(rows) * _ROW)
    canvas = Canvas(width, heading_height(title, width) + height + MARGIN)
    top = canvas.heading(title)
    canvas.frame(*canvas.fitted(pixels, MARGIN, top, _PICTURE, height))
    labels = [f"✓ {name}" if right else name for name, _share, right in rows]
    left = MARGIN + _PICTURE + 28
    names_width = min(0.3 * width, max(text_width(label, TEXT, "bold") for label in labels))
    bar_left = left + names_width + 12
    full = width - MARGIN - bar_left - 66
    y = top + (height - len(rows) * _ROW) / 2
    for rank, (label, (_name, share, _right)) in enumerate(zip(labels, rows, strict=True)):
        weight = "bold" if rank == 0 else "normal"
        middle = y + _ROW / 2
        lines = wrap(label, names_width, TEXT, weight)[:2]
        canvas.lines(
            left + names_width,
            middle - len(lines) * TEXT * LEADING / 2,
            lines,
            weight=weight,
            ha="right",
            role=RANKED,
        )
        canvas.bar(bar_left, middle - 11, full, 22, color=palette.FAINT, role=None)
        canvas.bar(
            bar_left,
            middle - 11,
            full * share,
            22,
            color=palette.ACCENT if rank == 0 else palette.REST,
            role=RANKED_BAR,
            name=label,
        )
        canvas.text(bar_left + full + 8, middle + 5, percent(share), weight=weight, role=MEASURED)
        y += _ROW
    return canvas.finish(alt, compared)
