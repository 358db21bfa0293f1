"""An overlay put together from boxes, masks, points and labels, and the plain code that makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from itertools import permutations
from typing import Any

import torch
from torchvision.transforms.v2.functional import to_pil_image

from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.viz.picture import Picture
from vislearn.viz.pil import as_picture
from vislearn.widgets.drawing_calls import OverlayStyle, code_of, drawing_calls, require_overlay
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["overlay_builder"]

_SHOWN = 480  # CSS pixels: smaller pictures are enlarged pixel by pixel, as far as they stay below
_COLORS = ("yellow", "orange", "cyan", "magenta", "white", "black")
_CODE_STYLE = "overflow-x:auto;padding:8px 12px;border:1px solid #8896a4;border-radius:4px"


def overlay_builder(
    picture: torch.Tensor,
    target: Mapping[str, Any],
    *,
    classes: ClassNames | None = None,
    compared: str = "",
) -> Lab:
    """Choose what is drawn over a picture and how; below stands torchvision's code that draws the same.

    That code runs as it is wherever ``picture`` and ``target`` are what was given here: it is made from the
    very calls that made the picture. What the target lacks has no controls. Each control takes the keyboard;
    without a kernel picture and code at the starting values stand in.

    Args:
        picture: uint8 (3, H, W).
        target: of one picture, with at least one of ``boxes``, xyxy (N, 4), ``masks`` (N, H, W), not 0 where
            the object is, and ``keypoints`` (N, K, 2) or, with a third number above 0 where a point can be
            seen, (N, K, 3). With ``labels`` (N,) each class has its colour, otherwise each object.
        classes: names of the labels 1 ... K, or label → name; None writes numbers.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: another kind of picture, a target with nothing to draw, shapes that don't go together,
            boxes that aren't xyxy, or a label without a name.

    >>> target = {"boxes": torch.tensor([[2.0, 3, 20, 30]]), "labels": torch.tensor([1])}
    >>> lab = overlay_builder(torch.zeros(3, 40, 40, dtype=torch.uint8), target, classes=["cat"])
    >>> "draw_bounding_boxes(" in lab.fallback
    True
    """
    parts = require_overlay(picture, target)
    alt = _(
        "A picture with what is marked on it; controls set what is drawn, its colours, widths, letters and "
        "order; below it the code that draws the same."
    )
    side = max(picture.shape[-2:])
    widest = max(1, round(side / 150))  # lesson 8's rule

    def draw(
        masks: bool = True,
        boxes: bool = True,
        keypoints: bool = True,
        words: bool = True,
        color: str = "",
        points: str = "cyan",
        alpha: float = 0.5,
        width: int = widest,
        font_size: int = max(10, round(side / 14)),
        order: tuple[str, ...] = parts,
    ) -> _Composed:
        chosen = {"masks": masks, "boxes": boxes, "keypoints": keypoints}
        style = OverlayStyle(
            tuple(part for part in order if chosen[part]), words, color, points, alpha, width, font_size
        )
        calls = drawing_calls(target, style, classes)
        drawn = torch.as_tensor(picture)
        for call in calls:
            drawn = call.drawn(drawn, target)
        return _Composed(as_picture(_enlarged(drawn), alt=alt, compared=compared), code_of(calls))

    return explorer(draw, alt=alt, labels=_words(), **_controls(parts, target))


@dataclass(frozen=True)
class _Composed:
    """A picture above its code; the regression check looks at the picture."""

    figure: Picture
    code: str

    def _repr_html_(self) -> str:
        return f'{self.figure.html()}<pre tabindex="0" style="{_CODE_STYLE}">{escape(self.code)}</pre>'


def _enlarged(drawn: torch.Tensor) -> Any:
    factor = max(1, _SHOWN // max(drawn.shape[-2:]))
    return to_pil_image(drawn.repeat_interleave(factor, -1).repeat_interleave(factor, -2))


def _controls(parts: tuple[str, ...], target: Mapping[str, Any]) -> dict[str, Any]:
    """A control for each argument of the drawing that can change something."""
    ticked: dict[str, Any] = {part: True for part in parts}
    named = "boxes" in parts and "labels" in target
    each = _("one for each class") if "labels" in target else _("one for each object")
    sliders = {
        "words": named,
        "color": {"masks", "boxes"} & set(parts) and {each: "", **{name: name for name in _COLORS}},
        "points": "keypoints" in parts and list(_COLORS),
        "alpha": "masks" in parts and (0.0, 1.0, 0.1),
        "width": {"boxes", "keypoints"} & set(parts) and (1, 12),
        "font_size": named and (8, 48, 2),
        "order": len(parts) > 1 and {_sequence(one): one for one in permutations(parts)},
    }
    return ticked | {name: control for name, control in sliders.items() if control}


def _sequence(parts: tuple[str, ...]) -> str:
    names = {"masks": _("masks"), "boxes": _("boxes"), "keypoints": _("points")}
    return " → ".join(names[part] for part in parts)


def _words() -> dict[str, str]:
    return {
        "masks": _("masks"),
        "boxes": _("boxes"),
        "keypoints": _("points"),
        "words": _("labels of the boxes"),
        "color": _("colours of masks and boxes"),
        "points": _("colour of points"),
        "alpha": _("strength of colours (alpha)"),
        "width": _("line width, radius of points"),
        "font_size": _("size of letters"),
        "order": _("drawn one after the other"),
    }
