"""Pictures to learn from: the bundled sets, and any folder of yours.

Bundled (built on first use, nothing is downloaded): :func:`photos`, :func:`digits`, :func:`textures`,
:func:`scenes`, :func:`clip`. Any folder: :func:`image_folder`, :func:`check_folder`, and for speed
:func:`resized`, :func:`cached`, :func:`finish_batch`. Boxes: :func:`coco_detection`, :func:`voc_detection`,
:func:`mask_detection`, :func:`scene_detection`, or any items of yours in a :class:`DetectionDS`;
:func:`check_detection` looks at them all. Results of long experiments: :func:`measurements`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vislearn.datasets.catalog import build_all, ensure, status
from vislearn.datasets.footage import clip
from vislearn.datasets.handwriting import digits, digits_mnist
from vislearn.datasets.materials import textures
from vislearn.datasets.measurements import measurements
from vislearn.datasets.photographs import caption, photo, photos
from vislearn.datasets.scenery import Scenes, scenes
from vislearn.datasets.store import SetStatus, data_root

if TYPE_CHECKING:
    from vislearn.datasets.batches import finish_batch
    from vislearn.datasets.cache import cached
    from vislearn.datasets.crops import scene_crops
    from vislearn.datasets.detection import DetectionDS, check_detection, detection_collate
    from vislearn.datasets.detection_coco import coco_detection, scene_detection
    from vislearn.datasets.detection_masks import mask_detection
    from vislearn.datasets.detection_voc import voc_detection
    from vislearn.datasets.fast import resized
    from vislearn.datasets.folders import check_folder, image_folder

__all__ = [
    "DetectionDS",
    "Scenes",
    "SetStatus",
    "build_all",
    "cached",
    "caption",
    "check_detection",
    "check_folder",
    "clip",
    "coco_detection",
    "data_root",
    "detection_collate",
    "digits",
    "digits_mnist",
    "ensure",
    "finish_batch",
    "image_folder",
    "mask_detection",
    "measurements",
    "photo",
    "photos",
    "resized",
    "scene_crops",
    "scene_detection",
    "scenes",
    "status",
    "textures",
    "voc_detection",
]

# These need torch and torchvision, seconds that building and checking the bundled sets don't.
_LATER = {
    "DetectionDS": "detection",
    "cached": "cache",
    "check_detection": "detection",
    "check_folder": "folders",
    "coco_detection": "detection_coco",
    "detection_collate": "detection",
    "finish_batch": "batches",
    "image_folder": "folders",
    "mask_detection": "detection_masks",
    "resized": "fast",
    "scene_crops": "crops",
    "scene_detection": "detection_coco",
    "voc_detection": "detection_voc",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
