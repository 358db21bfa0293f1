"""What differs between kinds of training: how a batch becomes a loss, how a loader becomes scores."""

from vislearn.training.tasks.classification import ClassificationTask, Task
from vislearn.training.tasks.detection import DetectionBatch, DetectionTask

__all__ = ["ClassificationTask", "DetectionBatch", "DetectionTask", "Task"]
