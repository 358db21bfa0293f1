"""What differs between kinds of training: how a batch becomes a loss, how a loader becomes scores."""

from vislearn.training.tasks.classification import ClassificationTask
from vislearn.training.tasks.detection import DetectionBatch, DetectionTask
from vislearn.training.tasks.task import Task

__all__ = ["ClassificationTask", "DetectionBatch", "DetectionTask", "Task"]
