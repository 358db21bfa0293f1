"""How much two boxes overlap, as areas one can see and numbers one can follow."""

from collections.abc import Sequence

import torch

from vislearn import ops
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.letters import LEADING, TEXT, text_width
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import Picture

__all__ = ["draw_iou"]

SHEET_WH = (100, 70)  # pixels of the imagined picture
FIXED_XYXY = (30.0, 20.0, 70.0, 50.0)
_SCALE = 5.4  # CSS pixels for each of those
_BLUE, _ORANGE, _BOTH = "#cfe3f1", "#fae3c3", "#8fb58e"  # light fills; the lines on them are dark
_NUMBERS = 330.0  # CSS pixels for the column of numbers
_DASHED = (4, 2.5)
_OF_B = palette.darker(palette.SERIES[1])


def draw_iou(
    x: float = 45,
    y: float = 30,
    width: float = 40,
    height: float = 30,
    *,
    fixed: Sequence[float] = FIXED_XYXY,
    compared: str = "",
) -> Picture:
    """Two boxes on a picture of 100×70 pixels: their intersection, union, and every kind of IoU.

    Box A, solid, stays; box B, dashed, is where the arguments say. Dotted is the smallest box around both,
    which generalized, distance and complete IoU look at.

    Args:
        x: left edge of B in pixels.
        y: top edge of B.
        width: of B; 0 or more.
        height: of B; 0 or more.
        fixed: A as xyxy.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: a width or height below 0, or ``fixed`` isn't xyxy.

    >>> draw_iou(30, 20, 40, 30).alt
    'Box A and box B: intersection 1200, union 1200 square pixels, IoU 1.00, generalized IoU 1.00.'
    """
    first = torch.tensor([list(fixed)], dtype=torch.float64)
    second = ops.box_convert(
        torch.tensor([[x, y, width, height]], dtype=torch.float64), "xywh", "xyxy"
    )  # refuses sides below 0
    inter, union = (area.item() for area in ops.box_overlap(first, second))
    kinds = {
        "IoU": ops.box_iou,
        "GIoU": ops.generalized_box_iou,
        "DIoU": ops.distance_box_iou,
        "CIoU": ops.complete_box_iou,
    }
    scores = {name: kind(first, second).item() for name, kind in kinds.items()}
    picture_width, picture_height = SHEET_WH[0] * _SCALE, SHEET_WH[1] * _SCALE
    canvas = Canvas(picture_width + 28 + _NUMBERS + 2 * MARGIN, picture_height + 2 * MARGIN)
    canvas.card(MARGIN, MARGIN, picture_width, picture_height, fill=palette.FAINT)
    _draw_boxes(canvas, first[0].tolist(), second[0].tolist())
    _draw_numbers(canvas, MARGIN + picture_width + 28, inter, union, scores)
    return canvas.finish(
        _(
            "Box A and box B: intersection {inter}, union {union} square pixels, "
            "IoU {iou}, generalized IoU {giou}.",
            inter=f"{inter:g}",
            union=f"{union:g}",
            iou=_two(scores["IoU"]),
            giou=_two(scores["GIoU"]),
        ),
        compared,
    )


def _draw_boxes(canvas: Canvas, first: list[float], second: list[float]) -> None:
    """Areas first, then lines, so that every line is seen."""
    meet = [*map(max, first[:2], second[:2]), *map(min, first[2:], second[2:])]
    around = [*map(min, first[:2], second[:2]), *map(max, first[2:], second[2:])]
    canvas.frame(*_placed(first), color=_BLUE, line=0, fill=_BLUE)
    canvas.frame(*_placed(second), color=_ORANGE, line=0, fill=_ORANGE)
    if meet[0] < meet[2] and meet[1] < meet[3]:
        canvas.frame(*_placed(meet), color=_BOTH, line=0, fill=_BOTH)
    canvas.frame(*_placed(around), color=palette.MUTED, line=1.5, dashed=(1.5, 2))
    canvas.frame(*_placed(first), color=palette.ACCENT, line=3)
    canvas.frame(*_placed(second), color=_OF_B, line=3, dashed=_DASHED)
    for name, box, color in (("A", first, palette.ACCENT), ("B", second, _OF_B)):
        x, y, width, height = _placed(box)
        at = (x + 6, y + 18) if name == "A" else (x + width - 18, y + height - 7)
        canvas.text(*at, name, size=18, weight="bold", color=color)


def _placed(box: list[float]) -> tuple[float, float, float, float]:
    """A box of the imagined picture on the sheet, cut off at its edges: x, y, width, height."""
    x0, x1 = (min(max(edge, 0), SHEET_WH[0]) * _SCALE + MARGIN for edge in (box[0], box[2]))
    y0, y1 = (min(max(edge, 0), SHEET_WH[1]) * _SCALE + MARGIN for edge in (box[1], box[3]))
    return x0, y0, x1 - x0, y1 - y0


def _draw_numbers(canvas: Canvas, x: float, inter: float, union: float, scores: dict[str, float]) -> None:
    y = MARGIN + 4
    for color, words, area in ((_BOTH, _("intersection"), inter), (None, _("union"), union)):
        for at, fill in enumerate([color] if color else [_BLUE, _BOTH, _ORANGE]):
            canvas.bar(x + 12 * at, y, 12 if color is None else 36, 18, color=fill, role=None)
        canvas.text(x + 46, y + 15, words)
        canvas.text(x + _NUMBERS, y + 15, f"{area:g} px²", ha="right", role=MEASURED)
        y += 30
    y += 10
    canvas.text(x, y + 18, "IoU =", size=20, weight="bold")
    fraction = x + text_width("IoU =", 20, "bold") + 14
    canvas.text(fraction + 40, y + 4, f"{inter:g}", size=18, ha="center", role=MEASURED)
    canvas.bar(fraction, y + 11, 80, 1.5, color=palette.INK, role=None)
    canvas.text(fraction + 40, y + 30, f"{union:g}", size=18, ha="center", role=MEASURED)
    canvas.text(fraction + 92, y + 18, f"= {_two(scores['IoU'])}", size=20, weight="bold", role=MEASURED)
    _draw_scale(canvas, x, y + 74, scores)


def _draw_scale(canvas: Canvas, x: float, y: float, scores: dict[str, float]) -> None:
    """Each score as a bar from 0, on a track from -1 to 1."""
    left, full = x + 56, _NUMBERS - 56 - 56
    zero = left + full / 2
    for name, score in scores.items():
        canvas.text(x, y + 15, name, weight="bold" if name == "IoU" else "normal")
        canvas.bar(left, y, full, 18, color=palette.FAINT, role=None)
        size = full / 2 * min(abs(score), 1.0)
        canvas.bar(zero if score >= 0 else zero - size, y, size, 18, color=palette.ACCENT, name=name)
        canvas.text(x + _NUMBERS, y + 15, _two(score), ha="right", role=MEASURED)
        y += 30
    canvas.bar(zero - 0.75, y - 126 + 6, 1.5, 116, color=palette.MUTED, role=None)
    for words, at, ha in (("−1", left, "center"), ("0", zero, "center"), ("1", left + full, "center")):
        canvas.text(at, y + TEXT * LEADING - 4, words, ha=ha, color=palette.MUTED)


def _two(score: float) -> str:
    """Two digits; no negative nothing.

    >>> _two(-0.004), _two(-0.5)
    ('0.00', '−0.50')
    """
    return f"{score + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")
