"""How good are these boxes, masks or keypoints? Average precision, match by match and as COCO counts it."""

from vislearn.metrics.detection.average import Match, Matches, ap_curve, average_precision, find_matches
from vislearn.metrics.detection.coco import coco_scores
from vislearn.metrics.detection.files import read_coco_results
from vislearn.metrics.detection.library import coco_scores_by_library
from vislearn.metrics.detection.precision_recall import APCurve
from vislearn.metrics.detection.run_lengths import RunLengths
from vislearn.metrics.detection.scores import CocoClassScores, CocoScores
from vislearn.metrics.detection.voc import voc_average_precision

__all__ = [
    "APCurve",
    "CocoClassScores",
    "CocoScores",
    "Match",
    "Matches",
    "RunLengths",
    "ap_curve",
    "average_precision",
    "coco_scores",
    "coco_scores_by_library",
    "find_matches",
    "read_coco_results",
    "voc_average_precision",
]
