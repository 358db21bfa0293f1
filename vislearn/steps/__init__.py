"""Any process, one stage at a time: generators of :class:`Step`.

``viz.filmstrip(steps)`` prints them as one picture, ``widgets.stepper(steps)`` walks them with a slider.
"""

from vislearn.steps.average_precision import average_precision
from vislearn.steps.chain import transform_chain
from vislearn.steps.detector import detector
from vislearn.steps.jpeg import jpeg
from vislearn.steps.loader import loader_batch
from vislearn.steps.mask_rcnn import mask_rcnn
from vislearn.steps.network import layers
from vislearn.steps.sampling import roi_align
from vislearn.steps.segmenter import segmenter
from vislearn.steps.step import Step, summarise
from vislearn.steps.suppression import nms
from vislearn.steps.training import training_step

__all__ = [
    "Step",
    "average_precision",
    "detector",
    "jpeg",
    "layers",
    "loader_batch",
    "mask_rcnn",
    "nms",
    "roi_align",
    "segmenter",
    "summarise",
    "training_step",
    "transform_chain",
]
