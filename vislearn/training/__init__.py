"""The loop, and what a task adds to it.

:func:`fit` trains, :func:`evaluate` judges, a :class:`Task` says what differs; :func:`save_model` and
:func:`load_model` carry a trained model to where it is used.

tasks: what differs between kinds of training. checkpoints: trainings and models on disk.
in_memory: data made ready once. recipes: whole trainings with settings that are a good start.
"""

from vislearn.training import batches as moving  # the name that lesson 12 calls it by
from vislearn.training.batches import moved
from vislearn.training.checkpoints import (
    SavedModel,
    describe_transform,
    load_model,
    rebuild_transform,
    save_model,
)
from vislearn.training.distributed import gathered, share
from vislearn.training.history import History
from vislearn.training.loop import evaluate, fit
from vislearn.training.recipes.detector import fit_detector
from vislearn.training.recipes.folders import Choice, FolderOptions, Outcome, save_outcome, train_folder
from vislearn.training.tasks import ClassificationTask, DetectionTask, Task

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
    "moved",
    "moving",
    "rebuild_transform",
    "save_model",
    "save_outcome",
    "share",
    "train_folder",
]
