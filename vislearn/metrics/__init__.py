"""How good is a prediction?"""

from vislearn.metrics.classification import accuracy

__all__ = ["accuracy"]
