"""What differs between kinds of training: how a batch becomes a loss, how a loader becomes scores."""

from vislearn.training.tasks.classification import ClassificationTask
from vislearn.training.tasks.detection import DetectionBatch, DetectionTask
from vislearn.training.tasks.segmentation import SEGMENTATION_LOSSES, SegmentationTask
from vislearn.training.tasks.task import Task

__all__ = [
    "SEGMENTATION_LOSSES",
    "ClassificationTask",
    "DetectionBatch",
    "DetectionTask",
    "SegmentationTask",
    "Task",
]
