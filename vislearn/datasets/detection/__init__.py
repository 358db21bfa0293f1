"""Pictures with boxes, from whatever format they are kept in."""

from vislearn.datasets.detection.checks import check_detection
from vislearn.datasets.detection.coco import coco_detection, scene_detection
from vislearn.datasets.detection.dataset import DetectionDS, detection_collate
from vislearn.datasets.detection.masks import instance_detection, mask_detection
from vislearn.datasets.detection.voc import voc_detection

__all__ = [
    "DetectionDS",
    "check_detection",
    "coco_detection",
    "detection_collate",
    "instance_detection",
    "mask_detection",
    "scene_detection",
    "voc_detection",
]
