"""How good is a prediction?"""

from vislearn.metrics.classification import (
    ClassScores,
    accuracy,
    averaged,
    class_scores,
    confusion_counts,
    confusion_matrix,
    f1,
    normalized,
    precision,
    recall,
    top_k_accuracy,
    top_k_hits,
)
from vislearn.metrics.reports import ClassReport, report
from vislearn.metrics.thresholds import PrecisionRecallCurve, precision_recall_curve

__all__ = [
    "ClassReport",
    "ClassScores",
    "PrecisionRecallCurve",
    "accuracy",
    "averaged",
    "class_scores",
    "confusion_counts",
    "confusion_matrix",
    "f1",
    "normalized",
    "precision",
    "precision_recall_curve",
    "recall",
    "report",
    "top_k_accuracy",
    "top_k_hits",
]
