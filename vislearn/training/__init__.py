"""The loop, and what a task adds to it.

:func:`fit` trains, :func:`evaluate` judges, a :class:`Task` says what differs; :func:`save_model` and
:func:`load_model` carry a trained model to where it is used.
"""

from vislearn.training.describing import describe_transform, rebuild_transform
from vislearn.training.detection import DetectionTask
from vislearn.training.detector_recipe import fit_detector
from vislearn.training.distributed import gathered, share
from vislearn.training.folders import Choice, FolderOptions, Outcome, save_outcome, train_folder
from vislearn.training.history import History
from vislearn.training.loop import evaluate, fit
from vislearn.training.saving import SavedModel, load_model, save_model
from vislearn.training.tasks import ClassificationTask, Task

__all__ = [
    "Choice",
    "ClassificationTask",
    "DetectionTask",
    "FolderOptions",
    "History",
    "Outcome",
    "SavedModel",
    "Task",
    "describe_transform",
    "evaluate",
    "fit",
    "fit_detector",
    "gathered",
    "load_model",
    "rebuild_transform",
    "save_model",
    "save_outcome",
    "share",
    "train_folder",
]
