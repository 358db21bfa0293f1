from .checks import check_detection
from .coco import coco_detection, scene_detection
from .dataset import DetectionDS, detection_collate
from .masks import instance_detection, mask_detection
from .voc import voc_detection
from .yolo import yolo_detection

__all__ = [
    "DetectionDS",
    "check_detection",
    "coco_detection",
    "detection_collate",
    "instance_detection",
    "mask_detection",
    "scene_detection",
    "voc_detection",
    "yolo_detection",
]
