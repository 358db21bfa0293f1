"""Pictures to learn from: the bundled sets, and any folder of yours.

Bundled (built on first use, nothing is downloaded): :func:`photos`, :func:`digits`, :func:`bengali_digits`,
:func:`textures`, :func:`scenes`, :func:`clip`, :func:`miniatures` of published sets, and files that are not
what they seem, :func:`odd_pictures` and :func:`odd_films`; drawn when asked for: :func:`cells`. Any folder:
:func:`image_folder`, :func:`check_folder`, and for speed :func:`resized`, :func:`cached`, :func:`read_ahead`,
:class:`Finish`, :func:`finish_batch`; of films: :func:`video_folder`. Parts of a set: :func:`split_indices`,
:func:`find_leaks`; all of it: :func:`overview`.
Boxes: :func:`coco_detection`, :func:`voc_detection`, :func:`mask_detection`, :func:`instance_detection`,
:func:`yolo_detection`, :func:`labelme_detection`, :func:`cvat_detection`, :func:`roboflow_detection`,
:func:`scene_detection`, or any items of yours in a :class:`DetectionDS`; :func:`open_detection` finds the
format by looking, :func:`check_detection` looks at them all, and :func:`convert` writes them with
:func:`write_coco`, :func:`write_voc` or :func:`write_yolo`. A class for each pixel:
:func:`segmentation_folder`, :func:`foreground_folder`,
:func:`scene_segmentation`, :func:`voc_segmentation`, :func:`cityscapes`, or any pairs of yours in a
:class:`SegmentationDS`; :func:`check_segmentation` looks at them all. A mask for each object:
:func:`object_masks_folder`. Results of long experiments: :func:`measurements`.
"""

import lazy_loader

# Only folders of yours need torch and torchvision: seconds that building and checking the bundled sets don't.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
