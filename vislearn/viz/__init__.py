"""Drawing: each function returns a :class:`Picture`; nothing is shown behind your back.

The only room that knows matplotlib, and it never touches pyplot: no global state, no window, no leak.
"""

from vislearn.viz.bar_charts import bars, histogram
from vislearn.viz.boxes import Boxed, BoxStyle, boxed, boxes
from vislearn.viz.cells import Bins, Cells
from vislearn.viz.confusion import confusion
from vislearn.viz.detections import anchors, boxes_at_thresholds, predictions_by_epoch
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.drawings import Drawing, panels
from vislearn.viz.film import filmstrip, stage
from vislearn.viz.filters import filters
from vislearn.viz.line_charts import curves
from vislearn.viz.mindmap import mind_map
from vislearn.viz.mistakes import mistakes, worst
from vislearn.viz.overlap import draw_iou
from vislearn.viz.picture import Picture, render
from vislearn.viz.precision_recall import CurveDrawing, precision_recall
from vislearn.viz.predictions import probabilities
from vislearn.viz.sheets import augmentations, grid, zooms
from vislearn.viz.stored import Substitute, full_size, keep
from vislearn.viz.tables import Table, table
from vislearn.viz.thresholds import threshold

__all__ = [
    "Bins",
    "BoxStyle",
    "Boxed",
    "Cells",
    "CurveDrawing",
    "Drawing",
    "Picture",
    "Substitute",
    "Table",
    "anchors",
    "augmentations",
    "bars",
    "boxed",
    "boxes",
    "boxes_at_thresholds",
    "confusion",
    "curves",
    "draw_iou",
    "filmstrip",
    "filters",
    "full_size",
    "grid",
    "histogram",
    "keep",
    "mind_map",
    "mistakes",
    "panels",
    "precision_recall",
    "predictions_by_epoch",
    "probabilities",
    "render",
    "stage",
    "stretched_range",
    "table",
    "threshold",
    "to_display",
    "worst",
    "zooms",
]
