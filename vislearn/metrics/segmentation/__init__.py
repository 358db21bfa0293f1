"""How good are these pixels? Counted once, then reduced.

Everything follows from one table, as for whole pictures: how many pixels of each class were answered with
each class. Tables of batches add up, so scores belong to all pixels of a set, as those of VOC and Cityscapes
do, and are not means over pictures::

    table = sum(counts(model(x)["out"].argmax(1), truth, 21) for x, truth in loader)
    mean_iou(table), report(table, classes)

An **absent** class, one that neither truth nor answers have, has no IoU: nan, and means leave it out, as
torchmetrics does. scikit-learn counts it as 0. A class that is answered where it never is counts 0 in both.
"""

from vislearn.metrics.segmentation.counting import counts
from vislearn.metrics.segmentation.reports import PixelReport, report
from vislearn.metrics.segmentation.scores import (
    class_iou,
    dice,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)

__all__ = [
    "PixelReport",
    "class_iou",
    "counts",
    "dice",
    "frequency_weighted_iou",
    "mean_iou",
    "pixel_accuracy",
    "report",
]
