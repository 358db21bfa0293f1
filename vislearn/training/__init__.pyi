from . import batches, checkpoints, in_memory, recipes, tasks
from .batches import moved
from .checkpoints import SavedModel, describe_transform, load_model, rebuild_transform, save_model
from .distributed import gathered, share
from .history import History
from .loop import evaluate, fit
from .recipes.detector import anchor_sizes, fit_detector, judge_detector
from .recipes.exporting import export_model
from .recipes.folder_options import Choice, FolderOptions
from .recipes.folder_runs import FolderRun
from .recipes.folders import Outcome, save_outcome, train_folder
from .recipes.predicting import predict_boxes, predict_classes
from .recipes.segmentation_sets import instance_sets, segmentation_sets
from .recipes.segmenter import fit_segmenter, judge_segmenter, predict_mask, predict_pixels, save_segmenter
from .tasks import ClassificationTask, DetectionTask, SegmentationTask, Task

__all__ = [
    "Choice",
    "ClassificationTask",
    "DetectionTask",
    "FolderOptions",
    "FolderRun",
    "History",
    "Outcome",
    "SavedModel",
    "SegmentationTask",
    "Task",
    "anchor_sizes",
    "batches",
    "checkpoints",
    "describe_transform",
    "evaluate",
    "export_model",
    "fit",
    "fit_detector",
    "fit_segmenter",
    "gathered",
    "in_memory",
    "instance_sets",
    "judge_detector",
    "judge_segmenter",
    "load_model",
    "moved",
    "predict_boxes",
    "predict_classes",
    "predict_mask",
    "predict_pixels",
    "rebuild_transform",
    "recipes",
    "save_model",
    "save_outcome",
    "save_segmenter",
    "segmentation_sets",
    "share",
    "tasks",
    "train_folder",
]
