"""Networks: small ones for a laptop, trained ones by name, and making them yours.

Trained: :func:`pretrained`, :func:`card`. Yours: :func:`classifier`, :func:`replace_head`, :func:`freeze`,
:func:`parameter_groups`. Boxes: :func:`detector`. A class for each pixel: :func:`segmenter`.
Looking inside: :func:`features`, :func:`count_parameters`. Choosing: :func:`catalog`, :func:`measure`.
"""

from vislearn.models.bundled import BUNDLED, store_bundled
from vislearn.models.cards import Card
from vislearn.models.classifier import classifier
from vislearn.models.convnet import SmallConvNet
from vislearn.models.costs import Cost, measure
from vislearn.models.detector import DETECTORS, candidates, detector, detector_classes
from vislearn.models.features import features
from vislearn.models.freezing import freeze, is_frozen, unfreeze
from vislearn.models.groups import count_parameters, parameter_groups
from vislearn.models.heads import head, head_alone, head_inputs, head_name, num_outputs, replace_head
from vislearn.models.listed import TASKS, Listed, catalog
from vislearn.models.pretrained import card, classes, preparation, pretrained
from vislearn.models.published import at_hand, published, published_at_hand
from vislearn.models.resnet import SmallResNet
from vislearn.models.segmenters import SEGMENTERS, segmenter, segmenter_classes

__all__ = [
    "BUNDLED",
    "DETECTORS",
    "SEGMENTERS",
    "TASKS",
    "Card",
    "Cost",
    "Listed",
    "SmallConvNet",
    "SmallResNet",
    "at_hand",
    "candidates",
    "card",
    "catalog",
    "classes",
    "classifier",
    "count_parameters",
    "detector",
    "detector_classes",
    "features",
    "freeze",
    "head",
    "head_alone",
    "head_inputs",
    "head_name",
    "is_frozen",
    "measure",
    "num_outputs",
    "parameter_groups",
    "preparation",
    "pretrained",
    "published",
    "published_at_hand",
    "replace_head",
    "segmenter",
    "segmenter_classes",
    "store_bundled",
    "unfreeze",
]
