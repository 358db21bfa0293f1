"""Trainings and trained models on disk: written whole or not at all, read without running anybody's code."""

from vislearn.training.checkpoints.keeper import Keeper, about
from vislearn.training.checkpoints.model import SavedModel, load_model, save_model, write_model
from vislearn.training.checkpoints.transform import describe_transform, rebuild_transform

__all__ = [
    "Keeper",
    "SavedModel",
    "about",
    "describe_transform",
    "load_model",
    "rebuild_transform",
    "save_model",
    "write_model",
]
