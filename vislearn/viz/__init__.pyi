from .charts.bars import bars, histogram
from .charts.confusion import confusion
from .charts.lines import curves
from .charts.mindmap import mind_map
from .charts.overlap import draw_iou
from .charts.precision_recall import CurveDrawing, precision_recall
from .charts.reliability import reliability
from .charts.thresholds import threshold
from .charts.tradeoff import front, tradeoff
from .display import stretched_range, to_display
from .drawings import Drawing, panels
from .drawn_pages import ClassFound, Drawn, DrawnPage, drawn_page
from .film import filmstrip, stage
from .page import dataset_page
from .picture import Picture, render
from .pictures.boxes import Boxed, BoxStyle, boxed, boxes
from .pictures.cells import Bins, Cells
from .pictures.detections import anchors, boxes_at_thresholds, predictions_by_epoch
from .pictures.films import film_sheet
from .pictures.filters import filters
from .pictures.instances import Instances, instanced, instances
from .pictures.marks import Marked, marked, transform_sheet
from .pictures.mask_errors import overlay_pair
from .pictures.masks import Masked, overlaid, overlay
from .pictures.mistakes import mistakes, worst
from .pictures.predictions import probabilities
from .pictures.sheets import augmentations, grid, zooms
from .prediction_pages import PredictionPage, prediction_page
from .stored import Substitute, full_size, keep
from .tables import Table, table
from .training_pages import TrainingPage, training_page

__all__ = [
    "Bins",
    "BoxStyle",
    "Boxed",
    "Cells",
    "ClassFound",
    "CurveDrawing",
    "Drawing",
    "Drawn",
    "DrawnPage",
    "Instances",
    "Marked",
    "Masked",
    "Picture",
    "PredictionPage",
    "Substitute",
    "Table",
    "TrainingPage",
    "anchors",
    "augmentations",
    "bars",
    "boxed",
    "boxes",
    "boxes_at_thresholds",
    "confusion",
    "curves",
    "dataset_page",
    "draw_iou",
    "drawn_page",
    "film_sheet",
    "filmstrip",
    "filters",
    "front",
    "full_size",
    "grid",
    "histogram",
    "instanced",
    "instances",
    "keep",
    "marked",
    "mind_map",
    "mistakes",
    "overlaid",
    "overlay",
    "overlay_pair",
    "panels",
    "precision_recall",
    "prediction_page",
    "predictions_by_epoch",
    "probabilities",
    "reliability",
    "render",
    "stage",
    "stretched_range",
    "table",
    "threshold",
    "to_display",
    "tradeoff",
    "training_page",
    "transform_sheet",
    "worst",
    "zooms",
]
