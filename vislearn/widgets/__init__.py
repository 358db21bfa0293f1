"""Sliders and buttons on pictures: thin, stateless doors on functions that are tested without them."""

from vislearn.widgets.boxes import iou_lab
from vislearn.widgets.detection import anchor_lab, epoch_lab, threshold_lab
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab
from vislearn.widgets.live import LiveCurves, live_curves
from vislearn.widgets.stepping import stepper

__all__ = [
    "Lab",
    "LiveCurves",
    "anchor_lab",
    "epoch_lab",
    "explorer",
    "iou_lab",
    "live_curves",
    "stepper",
    "threshold_lab",
]
