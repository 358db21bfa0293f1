"""What detectors and segmenters are made of, by hand: boxes, suppression, pooling, masks, losses.

Short torch code to read, equal to torchvision's; each function's docstring says where it decides otherwise.
"""

from vislearn.ops.boxes import (
    box_area,
    box_convert,
    box_iou,
    box_overlap,
    clip_boxes_to_image,
    complete_box_iou,
    distance_box_iou,
    generalized_box_iou,
    remove_small_boxes,
    require_xyxy,
)
from vislearn.ops.losses import (
    dice_loss,
    focal_loss,
    pixel_bce,
    pixel_cross_entropy,
    pixel_focal,
    sigmoid_focal_loss,
    tversky_loss,
)
from vislearn.ops.masks import mask_iou, mask_overlap, masks_to_boxes
from vislearn.ops.pooling import roi_align, roi_align_slow, roi_pool, sample_positions
from vislearn.ops.suppression import batched_nms, nms, nms_slow

__all__ = [
    "batched_nms",
    "box_area",
    "box_convert",
    "box_iou",
    "box_overlap",
    "clip_boxes_to_image",
    "complete_box_iou",
    "dice_loss",
    "distance_box_iou",
    "focal_loss",
    "generalized_box_iou",
    "mask_iou",
    "mask_overlap",
    "masks_to_boxes",
    "nms",
    "nms_slow",
    "pixel_bce",
    "pixel_cross_entropy",
    "pixel_focal",
    "remove_small_boxes",
    "require_xyxy",
    "roi_align",
    "roi_align_slow",
    "roi_pool",
    "sample_positions",
    "sigmoid_focal_loss",
    "tversky_loss",
]
