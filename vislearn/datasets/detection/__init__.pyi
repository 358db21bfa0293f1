from .checks import check_detection
from .coco import coco_detection, scene_detection
from .cvat import cvat_detection
from .dataset import DetectionDS, detection_collate
from .labelme import labelme_detection
from .masks import instance_detection, mask_detection
from .roboflow import roboflow_detection
from .voc import voc_detection
from .yolo import yolo_detection

__all__ = [
    "DetectionDS",
    "check_detection",
    "coco_detection",
    "cvat_detection",
    "detection_collate",
    "instance_detection",
    "labelme_detection",
    "mask_detection",
    "roboflow_detection",
    "scene_detection",
    "voc_detection",
    "yolo_detection",
]
