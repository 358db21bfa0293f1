"""How good is a prediction?"""

from vislearn.metrics import segmentation
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
from vislearn.metrics.confidence import Calibration, calibration
from vislearn.metrics.detection import (
    APCurve,
    CocoScores,
    KeypointScores,
    ap_curve,
    average_precision,
    coco_scores,
    coco_scores_by_library,
    keypoint_scores,
    read_coco_results,
    voc_average_precision,
)
from vislearn.metrics.judged import Judged, Mistake
from vislearn.metrics.reports import ClassReport, report
from vislearn.metrics.thresholds import PrecisionRecallCurve, precision_recall_curve

__all__ = [
    "APCurve",
    "Calibration",
    "ClassReport",
    "ClassScores",
    "CocoScores",
    "Judged",
    "KeypointScores",
    "Mistake",
    "PrecisionRecallCurve",
    "accuracy",
    "ap_curve",
    "average_precision",
    "averaged",
    "calibration",
    "class_scores",
    "coco_scores",
    "coco_scores_by_library",
    "confusion_counts",
    "confusion_matrix",
    "f1",
    "keypoint_scores",
    "normalized",
    "precision",
    "precision_recall_curve",
    "read_coco_results",
    "recall",
    "report",
    "segmentation",
    "top_k_accuracy",
    "top_k_hits",
    "voc_average_precision",
]
