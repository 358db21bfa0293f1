"""The loop, and what a task adds to it."""

from vislearn.training.loop import History, evaluate, fit
from vislearn.training.tasks import ClassificationTask, Task

__all__ = ["ClassificationTask", "History", "Task", "evaluate", "fit"]
