"""The loop, and what a task adds to it."""

from vislearn.training.history import History
from vislearn.training.loop import evaluate, fit
from vislearn.training.tasks import ClassificationTask, Task

__all__ = ["ClassificationTask", "History", "Task", "evaluate", "fit"]
