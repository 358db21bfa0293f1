from .ahead import read_ahead
from .batches import Finish, finish_batch
from .bundled.bengali_digits import BENGALI_DIGITS, bengali_digits
from .bundled.catalog import build_all, ensure, status
from .bundled.clip import clip
from .bundled.crops import scene_crops
from .bundled.digits import digits, digits_mnist
from .bundled.miniatures import miniatures
from .bundled.odd_films import odd_films
from .bundled.odd_pictures import odd_pictures
from .bundled.photos import caption, photo, photos
from .bundled.scenes import Scenes, scenes
from .bundled.store import SetStatus, data_root
from .bundled.textures import textures
from .cache import cached
from .conversion.coco_writer import write_coco
from .conversion.convert import convert
from .conversion.opening import open_detection
from .conversion.voc_writer import write_voc
from .conversion.yolo_writer import write_yolo
from .detection.checks import check_detection
from .detection.coco import coco_detection, scene_detection
from .detection.cvat import cvat_detection
from .detection.dataset import DetectionDS, detection_collate
from .detection.labelme import labelme_detection
from .detection.masks import instance_detection, mask_detection
from .detection.roboflow import roboflow_detection
from .detection.voc import voc_detection
from .detection.yolo import yolo_detection
from .drawn_cells import cells
from .films import video_folder
from .folders import check_folder, image_folder
from .leaks import Leak, Leaks, find_leaks
from .one_size import resized
from .overviews import Overview, PartOverview, overview
from .results import measurements
from .segmentation.checks import check_segmentation
from .segmentation.collate import segmentation_collate
from .segmentation.dataset import SegmentationDS
from .segmentation.folder import segmentation_folder
from .segmentation.objects import foreground_folder, object_masks_folder
from .segmentation.published import cityscapes, scene_segmentation, voc_segmentation
from .splits import split_indices

__all__ = [
    "BENGALI_DIGITS",
    "DetectionDS",
    "Finish",
    "Leak",
    "Leaks",
    "Overview",
    "PartOverview",
    "Scenes",
    "SegmentationDS",
    "SetStatus",
    "bengali_digits",
    "build_all",
    "cached",
    "caption",
    "cells",
    "check_detection",
    "check_folder",
    "check_segmentation",
    "cityscapes",
    "clip",
    "coco_detection",
    "convert",
    "cvat_detection",
    "data_root",
    "detection_collate",
    "digits",
    "digits_mnist",
    "ensure",
    "find_leaks",
    "finish_batch",
    "foreground_folder",
    "image_folder",
    "instance_detection",
    "labelme_detection",
    "mask_detection",
    "measurements",
    "miniatures",
    "object_masks_folder",
    "odd_films",
    "odd_pictures",
    "open_detection",
    "overview",
    "photo",
    "photos",
    "read_ahead",
    "resized",
    "roboflow_detection",
    "scene_crops",
    "scene_detection",
    "scene_segmentation",
    "scenes",
    "segmentation_collate",
    "segmentation_folder",
    "split_indices",
    "status",
    "textures",
    "video_folder",
    "voc_detection",
    "voc_segmentation",
    "write_coco",
    "write_voc",
    "write_yolo",
    "yolo_detection",
]
