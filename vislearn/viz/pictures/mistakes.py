"""Where a model was wrong, the worst first."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics.answers import as_tensor, as_truth
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import to_array, to_display
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.numerals import percent
from vislearn.viz.picture import Picture

__all__ = ["mistakes", "worst"]

_WIDTH = 1000.0
_GAP = 16.0
_TILE = 150.0


class _Mistake(NamedTuple):
    at: int
    truth: int
    answer: int
    own: float  # probability of the truth
    given: float  # of the answer
    loss: float


def mistakes(
    images: Sequence[Any],
    truth: Any,
    probabilities: Any,
    names: Sequence[str],
    losses: Any = None,
    *,
    count: int = 12,
    columns: int = 6,
    title: str = "",
    compared: str = "",
    alt: str = "",
) -> Picture:
    """The pictures that were answered wrong, by falling loss: what was said, and what it is.

    Args:
        images: (N, C, H, W), or N pictures of any kind ``to_display`` takes; only those shown are looked at.
        truth: (N,) the right classes.
        probabilities: (N, K) in 0…1.
        names: one per class.
        losses: (N,) what to sort by; None takes −log of the probability of the right class.
        count: how many at most.
        columns: pictures per row.
        title: a heading.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` where a training chose them.
        alt: the picture in words; empty takes the running cell's, or tells the worst three.

    Raises:
        InputError: lengths that don't fit, logits in place of probabilities, ``count`` or ``columns``
            below 1, or nobody has words for it.
    """
    if count < 1 or columns < 1:
        raise InputError("count and columns", "must be at least 1", got=f"{count} and {columns}")
    wrong = _wrong(truth, probabilities, names, losses)
    if len(images) != len(as_tensor("truth", truth)):
        raise InputError("images", f"must be as many as truth ({len(truth)})", got=len(images))
    return _sheet(images, wrong[:count], names, columns, title).finish(
        alt, compared, told=_told(wrong, names)
    )


def worst(truth: Any, probabilities: Any, losses: Any = None, *, count: int | None = None) -> list[int]:
    """Where the wrong answers are, the one with the largest loss first.

    Args:
        truth: (N,) the right classes.
        probabilities: (N, K) in 0…1.
        losses: (N,) what to sort by; None takes −log of the probability of the right class.
        count: how many at most; None for all.

    >>> worst([0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]])
    [2, 1]
    """
    names = [""] * np.shape(to_array(probabilities))[-1]
    return [mistake.at for mistake in _wrong(truth, probabilities, names, losses)[:count]]


def _wrong(truth: Any, probabilities: Any, names: Sequence[str], losses: Any) -> list[_Mistake]:
    shares = to_array(as_tensor("probabilities", probabilities)).astype(float)
    if shares.ndim != 2 or shares.shape[1] != len(names):
        raise InputError(
            "probabilities", f"must have shape (N, {len(names)}), a column per name", got=shares.shape
        )
    if not ((shares >= -1e-3) & (shares <= 1 + 1e-3)).all():
        raise InputError(
            "probabilities",
            "must lie in 0…1",
            got=f"{shares.min():.2f}…{shares.max():.2f}",
            fix="Logits become probabilities by .softmax(dim=1).",
        )
    right = to_array(as_truth(as_tensor("truth", truth), len(names)))
    if len(right) != len(shares):
        raise InputError("truth", f"must be as many as probabilities ({len(shares)})", got=len(right))
    own = shares[np.arange(len(right)), right]
    sizes = -np.log(own.clip(1e-12)) if losses is None else to_array(losses).astype(float)
    if sizes.shape != right.shape:
        raise InputError("losses", f"must be one per picture ({len(right)})", got=f"shape {sizes.shape}")
    answer = shares.argmax(axis=1) if len(shares) else right
    order = [at for at in np.argsort(-sizes, kind="stable").tolist() if answer[at] != right[at]]
    return [
        _Mistake(at, int(right[at]), int(answer[at]), own[at], shares[at, answer[at]], sizes[at])
        for at in order
    ]


def _told(wrong: list[_Mistake], names: Sequence[str]) -> str:
    if not wrong:
        return _("No picture was answered wrong.")
    listed = "; ".join(
        _(
            "{truth} taken for {answer} with {share}",
            truth=names[one.truth],
            answer=names[one.answer],
            share=percent(one.given),
        )
        for one in wrong[:3]
    )
    return _("{count} wrong answers, the worst first: {listed}.", count=len(wrong), listed=listed)


def _sheet(
    images: Sequence[Any], wrong: list[_Mistake], names: Sequence[str], columns: int, title: str
) -> Canvas:
    """Tiles in rows: the picture, what it was taken for, what it is, how large the loss was."""
    if not wrong:
        canvas = Canvas(420, heading_height(title, 420) + 3 * TEXT * LEADING)
        canvas.lines(MARGIN, canvas.heading(title) + TEXT, [_("No picture was answered wrong.")])
        return canvas
    columns = min(columns, len(wrong))
    size = min(_TILE, (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns)
    rows = [wrong[at : at + columns] for at in range(0, len(wrong), columns)]
    texts = {one.at: _lines(one, names, size) for one in wrong}
    heights = [max(len(texts[one.at]) for one in row) * TEXT * LEADING + 8 for row in rows]
    whole = max(columns * size + (columns - 1) * _GAP + 2 * MARGIN, 320)
    top = heading_height(title, whole)
    canvas = Canvas(whole, top + len(rows) * (size + 10) + sum(heights) + MARGIN)
    y = canvas.heading(title)
    for row, height in zip(rows, heights, strict=True):
        for at, one in enumerate(row):
            x = MARGIN + at * (size + _GAP)
            canvas.frame(*canvas.fitted(to_display(images[one.at]), x, y, size, size))
            line = y + size + 6
            for text, weight, color in texts[one.at]:
                line = canvas.lines(x, line, [text], weight=weight, color=color, role=MEASURED)
        y += size + 10 + height
    return canvas


def _lines(one: _Mistake, names: Sequence[str], width: float) -> list[tuple[str, str, str]]:
    """What stands below a picture: text, weight, colour. Signs and words say it; colour only helps."""
    said = _named("✗ ", names[one.answer], percent(one.given), width, "bold")
    is_so = _named("✓ ", names[one.truth], percent(one.own), width, "normal")
    loss = _("loss {value}", value=f"{one.loss:.2f}")
    return [
        *((line, "bold", palette.darker(palette.WARM)) for line in said),
        *((line, "normal", palette.INK) for line in is_so),
        (loss, "normal", palette.MUTED),
    ]


def _named(sign: str, name: str, share: str, width: float, weight: str) -> list[str]:
    whole = f"{sign}{name} {share}"
    if text_width(whole, TEXT, weight) <= width:
        return [whole]
    return wrap(f"{sign}{name}\n{share}", width, TEXT, weight)
