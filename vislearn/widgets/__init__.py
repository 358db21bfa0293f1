"""Sliders and buttons on pictures: thin, stateless doors on functions that are tested without them."""

from vislearn.widgets.asking import Asking, ask
from vislearn.widgets.bar import progress
from vislearn.widgets.boxes import iou_lab
from vislearn.widgets.browsing import class_browser
from vislearn.widgets.composition import overlay_builder
from vislearn.widgets.compressing import jpeg_lab
from vislearn.widgets.detection import anchor_lab, epoch_lab, threshold_lab
from vislearn.widgets.drawing import DrawingPad, draw
from vislearn.widgets.exploring import explorer
from vislearn.widgets.gallery import transform_gallery
from vislearn.widgets.lab import Lab
from vislearn.widgets.live import LiveCurves, live_curves
from vislearn.widgets.losses import loss_lab
from vislearn.widgets.mistakes import mistake_browser
from vislearn.widgets.overlaying import overlay_lab
from vislearn.widgets.picking import model_picker
from vislearn.widgets.remedies import remedy_lab
from vislearn.widgets.scrubbing import video_scrubber
from vislearn.widgets.stepping import stepper
from vislearn.widgets.trapping import trap_gallery
from vislearn.widgets.uploads import Upload, upload

__all__ = [
    "Asking",
    "DrawingPad",
    "Lab",
    "LiveCurves",
    "Upload",
    "anchor_lab",
    "ask",
    "class_browser",
    "draw",
    "epoch_lab",
    "explorer",
    "iou_lab",
    "jpeg_lab",
    "live_curves",
    "loss_lab",
    "mistake_browser",
    "model_picker",
    "overlay_builder",
    "overlay_lab",
    "progress",
    "remedy_lab",
    "stepper",
    "threshold_lab",
    "transform_gallery",
    "trap_gallery",
    "upload",
    "video_scrubber",
]
