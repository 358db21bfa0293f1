from .checks import check_segmentation
from .collate import segmentation_collate
from .dataset import SegmentationDS
from .folder import segmentation_folder
from .objects import foreground_folder, object_masks_folder
from .published import cityscapes, scene_segmentation, voc_segmentation

__all__ = [
    "SegmentationDS",
    "check_segmentation",
    "cityscapes",
    "foreground_folder",
    "object_masks_folder",
    "scene_segmentation",
    "segmentation_collate",
    "segmentation_folder",
    "voc_segmentation",
]
