"""A segmenter's probabilities on a picture, under controls."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz.display import to_array
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.mask_legend import LegendEntry, class_colors, is_background
from vislearn.viz.pictures.masks import Masked, with_legend
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["overlay_lab"]

_ALL, _UNSURE = -1, -1


def overlay_lab(
    picture: Any,
    probabilities: Any,
    classes: Sequence[str],
    *,
    colors: Sequence[Sequence[int]] | None = None,
    compared: str = "",
    width: int | None = None,
) -> Lab:
    """Which class, how sure at least, and how strong its colours: the answer of a segmenter under controls.

    All classes are shown where each is the likeliest; a single one wherever it is likely enough, be another
    one likelier or not. What is below the least probability stays as it is. Each control takes the arrow
    keys; without a kernel the picture at the starting values stands in.

    Args:
        picture: any picture ``viz`` takes.
        probabilities: (K, H, W) in 0..1, as large as the picture: ``model(x)["out"].softmax(1)[0]``.
        classes: names of 0 ... K-1, the background first where there is one.
        colors: of the classes, as for :func:`vislearn.viz.overlay`.
        compared: as for :func:`vislearn.viz.render`.
        width: of the picture in CSS pixels.

    Raises:
        InputError: another shape, numbers outside 0..1 such as logits, or another number of names or colours.

    >>> lab = overlay_lab(np.zeros((8, 8, 3), np.uint8), np.full((2, 8, 8), 0.5), ["background", "road"])
    >>> lab.alt[:38]
    'A picture with a class for each pixel;'
    """
    scores = _checked(to_array(probabilities), classes)
    names = dict(enumerate(classes))
    hues = class_colors(names, colors)
    alt = _(
        "A picture with a class for each pixel; controls set the class, the least probability and how strong "
        "the colours are."
    )

    def draw(shown: int = _ALL, least: float = 0.5, alpha: float = 0.5) -> Picture:
        drawing = Masked(picture, _labels(scores, shown, least), hues, alpha, True, ())
        entries = [LegendEntry(names[label], hues[label]) for label in hues if shown in (_ALL, label)]
        return with_legend(drawing, entries, title="", width=width, compared=compared, alt=alt, told="")

    choices = {name: label for label, name in names.items() if not is_background(names, label)}
    return explorer(
        draw,
        alt=alt,
        labels={
            "shown": _("class shown"),
            "least": _("least probability"),
            "alpha": _("strength of colours (alpha)"),
        },
        shown={_("all classes"): _ALL} | choices,
        least=(0.0, 1.0, 0.05),
        alpha=(0.0, 1.0, 0.1),
    )


def _labels(scores: np.ndarray, shown: int, least: float) -> np.ndarray:
    """The class of each pixel, -1 where nothing is sure enough: (H, W)."""
    if shown == _ALL:
        return np.where(scores.max(0) >= least, scores.argmax(0), _UNSURE)
    return np.where(scores[shown] >= least, shown, _UNSURE)


def _checked(scores: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    if scores.ndim != 3 or len(scores) != len(classes):
        raise InputError(
            "probabilities", f"must be (K, H, W) with K = {len(classes)}, one for each name", got=scores.shape
        )
    if not (scores.min() >= 0 and scores.max() <= 1 + 1e-5):
        raise InputError(
            "probabilities",
            "must lie in 0..1",
            got=f"{scores.min():.3g} … {scores.max():.3g}",
            fix="Logits? logits.softmax(0).",
        )
    return scores
