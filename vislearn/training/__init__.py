"""The loop, and what a task adds to it.

:func:`fit` trains, :func:`evaluate` judges, a :class:`Task` says what differs; :func:`save_model` and
:func:`load_model` carry a trained model to where it is used.

tasks: what differs between kinds of training. checkpoints: trainings and models on disk.
in_memory: data made ready once. recipes: whole trainings with settings that are a good start.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
