"""Two boxes under sliders: watch the overlap change."""

from vislearn.language import translate as _
from vislearn.viz.charts.overlap import SHEET_WH, draw_iou
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["iou_lab"]


def iou_lab() -> Lab:
    """Move and stretch one of two boxes; intersection, union and every IoU follow.

    Each slider also takes the arrow keys. Without a kernel the picture at the starting values stands in.

    >>> iou_lab().alt
    'Two boxes, one of which you move: how their overlap is measured.'
    """
    width, height = SHEET_WH
    return explorer(
        draw_iou,
        alt=_("Two boxes, one of which you move: how their overlap is measured."),
        labels={
            "x": _("left edge of B"),
            "y": _("top edge of B"),
            "width": _("width of B"),
            "height": _("height of B"),
        },
        x=(0, width - 5),
        y=(0, height - 5),
        width=(0, width),
        height=(0, height),
    )
