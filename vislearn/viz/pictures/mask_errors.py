"""What a segmenter answered beside what is true, and where the two differ."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import to_display
from vislearn.viz.letters import LEADING, TEXT, wrap
from vislearn.viz.numerals import percent
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.mask_legend import (
    LegendEntry,
    class_colors,
    class_legend,
    draw_legend,
    is_background,
    label_image,
    legend_height,
    names_from_zero,
)
from vislearn.viz.pictures.masks import Masked, require_same_size

__all__ = ["overlay_pair"]

_WIDTH, _GAP, _NARROWEST, _TALLEST = 1000.0, 18.0, 220.0, 440.0
_MISSED, _INVENTED, _CONFUSED = 1, 2, 3
# told apart by lightness and pattern too, not by hue alone
_KINDS = {_MISSED: palette.MISSED, _INVENTED: palette.INVENTED, _CONFUSED: palette.INK}


def overlay_pair(
    picture: Any,
    truth: Any,
    answer: Any,
    *,
    classes: ClassNames | None = None,
    colors: Sequence[Sequence[int]] | None = None,
    alpha: float = 0.5,
    ignore_index: int = 255,
    title: str = "",
    compared: str = "",
    alt: str = "",
) -> Picture:
    """Truth, answer, and the errors on a gray picture: missed, invented, or taken for another class.

    Missed is an object where the answer says background, invented the other way round; where there is no
    background, every error is another class. Void pixels are no errors, whatever the answer. Shares are of
    the pixels that count.

    Args:
        picture: any picture ``to_display`` takes.
        truth: whole numbers (H, W), 0 ... K-1 and ``ignore_index``.
        answer: likewise, such as ``model(x)["out"].argmax(1)[0]``.
        classes: as for :func:`vislearn.viz.overlay`.
        colors: likewise.
        alpha: likewise.
        ignore_index: the number that means void in ``truth``.
        title: a heading.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or tells the shares.

    Raises:
        InputError: masks of another size or with fractions, a number that ``classes`` doesn't reach, fewer
            colours than names, or ``alpha`` outside 0..1.
    """
    pixels = to_display(picture)
    true, said = label_image(truth, name="truth"), label_image(answer, name="answer")
    for name, labels in (("truth", true), ("answer", said)):
        require_same_size(name, labels, pixels)
    names = names_from_zero(classes, true, ignore_index, name="truth") | names_from_zero(
        classes, said, ignore_index, name="answer"
    )
    hues = class_colors(dict(sorted(names.items())), colors)
    errors = _errors(true, said, is_background(names, 0), ignore_index)
    shares = _shares(errors, true != ignore_index)
    drawings = {
        _("Truth"): Masked(picture, true, hues, alpha, True, (ignore_index,)),
        _("Answer"): Masked(picture, said, hues, alpha, True, (ignore_index,)),
        _("Errors"): _error_drawing(pixels, errors),
    }
    legend = class_legend(names, hues, np.stack([true, said]), ignore_index)
    told = _(
        "Truth, answer and errors of a segmentation: {share} of the pixels that count are wrong.",
        share=percent(sum(shares.values())),
    )
    return _sheet(
        drawings, legend, _error_legend(shares, is_background(names, 0)), title, compared, alt, told
    )


def _errors(true: np.ndarray, said: np.ndarray, has_background: bool, ignore_index: int) -> np.ndarray:
    """0 where right or void, else the kind of error: int (H, W)."""
    wrong = (true != said) & (true != ignore_index)
    kinds = np.where(wrong, _CONFUSED, 0)
    if has_background:
        kinds[wrong & (said == 0)] = _MISSED
        kinds[wrong & (true == 0)] = _INVENTED
    return kinds


def _shares(errors: np.ndarray, counts: np.ndarray) -> dict[int, float]:
    """Of the pixels that count; all void: nothing is wrong."""
    total = max(int(counts.sum()), 1)
    return {kind: float((errors == kind).sum()) / total for kind in _KINDS}


def _error_drawing(pixels: np.ndarray, errors: np.ndarray) -> Masked:
    """Errors in full colour on a pale gray picture, so that nothing of the picture competes."""
    gray = pixels.mean(axis=2, keepdims=True).repeat(3, axis=2)
    pale = (0.5 * gray + 0.5 * 255).round().astype(np.uint8)
    hues = {kind: color for kind, color in _KINDS.items() if kind != _CONFUSED}
    return Masked(pale, errors, hues, 0.9, False, (_CONFUSED,))


def _error_legend(shares: dict[int, float], has_background: bool) -> list[LegendEntry]:
    words = {_MISSED: _("missed"), _INVENTED: _("invented"), _CONFUSED: _("another class")}
    told = [kind for kind in words if has_background or kind == _CONFUSED]
    return [LegendEntry(words[kind], _KINDS[kind], kind == _CONFUSED, percent(shares[kind])) for kind in told]


def _sheet(
    drawings: dict[str, Masked],
    legend: Sequence[LegendEntry],
    errors: Sequence[LegendEntry],
    title: str,
    compared: str,
    alt: str,
    told: str,
) -> Picture:
    """Drawings side by side under their names; below them the classes, and under the errors their kinds."""
    aspect = next(iter(drawings.values())).aspect
    width = max(_NARROWEST, min((_WIDTH - 2 * MARGIN - 2 * _GAP) / 3, _TALLEST / aspect))
    tall, label = min(width * aspect, _TALLEST), TEXT * LEADING + 6
    full = 3 * width + 2 * _GAP + 2 * MARGIN
    below = max(legend_height(legend, 2 * width), legend_height(errors, width))
    canvas = Canvas(full, heading_height(title, full) + label + tall + below + MARGIN)
    y = canvas.heading(title)
    for at, (name, drawing) in enumerate(drawings.items()):
        x = MARGIN + at * (width + _GAP)
        canvas.lines(x, y, wrap(name, width, TEXT, "bold"), weight="bold")
        drawing.draw_on(canvas, x, y + label, width, tall)
    y += label + tall + 8
    draw_legend(canvas, legend, MARGIN, y, 2 * width)
    draw_legend(canvas, errors, MARGIN + 2 * (width + _GAP), y, width)
    return canvas.finish(alt, compared, told=told)
