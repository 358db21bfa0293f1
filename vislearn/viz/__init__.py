"""Drawing: each function returns a :class:`Picture`; nothing is shown behind your back.

The only room that knows matplotlib, and it never touches pyplot: no global state, no window, no leak.
"""

from vislearn.viz.charts.bars import bars, histogram
from vislearn.viz.charts.confusion import confusion
from vislearn.viz.charts.lines import curves
from vislearn.viz.charts.mindmap import mind_map
from vislearn.viz.charts.overlap import draw_iou
from vislearn.viz.charts.precision_recall import CurveDrawing, precision_recall
from vislearn.viz.charts.thresholds import threshold
from vislearn.viz.display import stretched_range, to_display
from vislearn.viz.drawings import Drawing, panels
from vislearn.viz.film import filmstrip, stage
from vislearn.viz.picture import Picture, render
from vislearn.viz.pictures.boxes import Boxed, BoxStyle, boxed, boxes
from vislearn.viz.pictures.cells import Bins, Cells
from vislearn.viz.pictures.detections import anchors, boxes_at_thresholds, predictions_by_epoch
from vislearn.viz.pictures.filters import filters
from vislearn.viz.pictures.mistakes import mistakes, worst
from vislearn.viz.pictures.predictions import probabilities
from vislearn.viz.pictures.sheets import augmentations, grid, zooms
from vislearn.viz.stored import Substitute, full_size, keep
from vislearn.viz.tables import Table, table

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
