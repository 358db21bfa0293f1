"""Exported models at work with ONNX Runtime, NumPy and Pillow: torch need not be installed.

``vislearn export`` writes the file; :func:`load` opens it. Everything needed stands in that one file: the
network, the names of its classes, and how a picture must be prepared.
"""

from vislearn.deploy.recipe import KINDS, Recipe
from vislearn.deploy.running import Exported, load

__all__ = ["KINDS", "Exported", "Recipe", "load"]
