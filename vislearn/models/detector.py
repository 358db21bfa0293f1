"""torchvision's detectors, built to the size of small pictures and of a laptop."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torchvision.models.detection import FCOS, FasterRCNN, MaskRCNN, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from vislearn.errors import InputError, require_one_of
from vislearn.models.architecture import note_architecture
from vislearn.models.dense_backbone import Known, Pyramid, known_network, stages
from vislearn.models.detector_kinds import build
from vislearn.models.features import quiet
from vislearn.sample import Prediction

__all__ = ["DETECTORS", "KeptSize", "candidates", "detector", "detector_classes"]

DETECTORS = {
    "faster_rcnn": "two stages: proposals first, then a second look at each",
    "mask_rcnn": "Faster R-CNN that also says, for each box, which of its pixels are the object",
    "retinanet": "one stage: every anchor is judged, and focal loss keeps the background in its place",
    "fcos": "one stage without anchors: every point says how far the edges are",
    "ssdlite": "one stage with depthwise convolutions, made for phones",
}
_SCALES, _RATIOS = (20.0, 32.0, 48.0), (0.6, 1.0, 1.6)


class KeptSize(GeneralizedRCNNTransform):
    """What stands before a detector of torchvision, without its resizing: pictures keep their size.

    torchvision would enlarge every picture to 800 pixels. Pictures of a batch are padded at the right and
    below to one size; boxes stay where they are.
    """

    def resize(
        self, image: torch.Tensor, target: dict[str, torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor] | None]:
        """Both as they are.

        Args:
            image: one picture.
            target: its target, if it has one.
        """
        return image, target


def detector(
    kind: str = "faster_rcnn",
    num_classes: int = 1,
    backbone: str | nn.Module = "scene",
    *,
    weights: bool = True,
    anchor_sizes: Sequence[float] = _SCALES,
    aspect_ratios: Sequence[float] = _RATIOS,
    strides: Sequence[int] | None = None,
    channels: int = 64,
    trainable_from: int | None = None,
    frozen_norm: bool | None = None,
    size: int | None = None,
    min_score: float = 0.05,
    nms_iou: float = 0.5,
    max_objects: int = 100,
    proposals: int = 100,
) -> nn.Module:
    """A detector of torchvision, in train mode, on the CPU; in 16 bits too, its boxes keep 32.

    In train mode it takes ``model(images, targets)`` and returns a dict of losses; in eval mode
    ``model(images)`` returns predictions. Images are a list of float (3, H, W) in 0..1, of any size; the
    model normalises them itself. Targets are as :class:`vislearn.sample.DetectionTarget` says; Mask R-CNN
    wants ``masks`` in every one of them, and predicts ``masks`` float (N, 1, H, W) in 0..1 beside the boxes.

    Args:
        kind: one of :data:`DETECTORS`.
        num_classes: K, without the background: labels are 1 ... K. (torchvision's own functions count the
            background too.)
        backbone: ``"scene"`` or ``"photo"`` (bundled), ``"scratch"`` (the same network, untrained), a name
            of torchvision's (published weights), or a network of yours that takes normalised pictures.
        weights: whether a named backbone begins with its weights; False: with random numbers, for a network
            whose weights all come from a file.
        anchor_sizes: side of a square of the anchors' areas, pixels: about as your objects.
        aspect_ratios: height over width of the anchors. (FCOS has no anchors, and ignores both.)
        strides: resolutions to look at, in pixels of the picture per pixel of a feature map. None: 4 for the
            bundled networks; else up to three, from 4 on. Anchor sizes are dealt out to them in order.
        channels: depth of the feature maps, a multiple of 32 for FCOS.
        trainable_from: stages of the backbone with a smaller stride stay as they are. None: 2 for bundled
            networks, 8 for published ones, 1 (everything learns) for untrained ones and your own.
        frozen_norm: whether the backbone's BatchNorm keeps what it has learned. None: for published networks
            only, whose pictures are so large that batches are too small to measure anything.
        size: resize pictures so that the shorter side has so many pixels (the longer one at most twice as
            many); None keeps them as they are.
        min_score: predictions below it are dropped, 0..1.
        nms_iou: of two boxes of one class that overlap more than this, the surer one is kept.
        max_objects: most predictions per picture.
        proposals: how many Faster and Mask R-CNN look at again, per picture.

    Raises:
        InputError: an unknown kind or backbone, no class, or strides and anchor sizes that don't fit.
        MissingError: weights that are not on this machine.

    Source: section 4 of the course's text; Ren 2015 (Faster R-CNN), He 2017 (Mask R-CNN), Lin 2017
        (RetinaNet), Tian 2019 (FCOS), Liu 2016 and Sandler 2018 (SSD, SSDlite).

    >>> model = detector("faster_rcnn", num_classes=10, backbone="scratch").eval()
    >>> sorted(model([torch.zeros(3, 64, 96)])[0])
    ['boxes', 'labels', 'scores']
    """
    told = {name: value for name, value in locals().items() if name != "backbone"}
    require_one_of("kind", kind, DETECTORS)
    if num_classes < 1:
        raise InputError("num_classes", "must be at least 1, without the background", got=num_classes)
    known = known_network(backbone, weights=weights)
    body = _body(known, strides, channels, trainable_from, frozen_norm)
    anchors = _anchors(kind, body.strides, anchor_sizes, aspect_ratios)
    limits = {"detections_per_img": max_objects, "nms_thresh": nms_iou, "score_thresh": min_score}
    model = build(kind, body, num_classes + 1, anchors, limits, proposals=proposals)
    _keep_boxes_exact(model)
    resizing = KeptSize if size is None else GeneralizedRCNNTransform
    side = size or 1  # KeptSize ignores it
    norms = list(known.mean), list(known.std)
    model.transform = resizing(side, 2 * side, *norms, size_divisible=max(body.strides))
    if isinstance(backbone, str):
        note_architecture(model, **_plain(told), backbone=backbone)
    return model


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    """Arguments as a file keeps them: lists for sequences, and no weights but those of the file."""
    listed = {name: list(value) if isinstance(value, Sequence) else value for name, value in told.items()}
    return {**listed, "kind": told["kind"], "weights": False}


def _keep_boxes_exact(model: nn.Module) -> None:
    """Let the network compute in 16 bits under autocast, and boxes in 32.

    In bf16 only every second pixel beyond 256 has a number, every fourth beyond 512: a narrow box far to the
    right loses its width there, and the loss becomes NaN.
    """
    names = ["rpn.head", "roi_heads.box_predictor"] if isinstance(model, FasterRCNN) else ["head"]
    if isinstance(model, MaskRCNN):
        names.append("roi_heads.mask_predictor")
    for name in ("backbone", *names):
        model.get_submodule(name).register_forward_hook(_in_float32)


def _in_float32(_module: nn.Module, _inputs: Any, output: Any) -> Any:
    """A forward hook: every tensor of lists, tuples and dicts becomes float32."""
    if isinstance(output, torch.Tensor):
        return output.float()
    if isinstance(output, dict):
        return {name: _in_float32(_module, _inputs, part) for name, part in output.items()}
    return type(output)(_in_float32(_module, _inputs, part) for part in output)


def detector_classes(model: nn.Module) -> int | None:
    """K, how many classes a detector of torchvision knows, without the background; None for other networks.

    Args:
        model: Faster R-CNN, Mask R-CNN, RetinaNet, FCOS or SSD, of any size.

    >>> detector_classes(detector("fcos", num_classes=3, backbone="scratch"))
    3
    """
    if isinstance(model, FasterRCNN):
        predictor = model.roi_heads.box_predictor
        return predictor.cls_score.out_features - 1 if hasattr(predictor, "cls_score") else None
    if isinstance(model, RetinaNet | FCOS):
        return model.head.classification_head.num_classes - 1
    if isinstance(model, SSD):
        return model.head.classification_head.num_columns - 1
    return None


def candidates(model: nn.Module, image: torch.Tensor, *, min_score: float = 0.05) -> Prediction:
    """What a detector would say about a picture without its NMS: many boxes per object, the surest first.

    Args:
        model: a detector of torchvision; left in the mode it was in.
        image: float (3, H, W) in 0..1.
        min_score: boxes below it are left out.

    Raises:
        InputError: not a detector of torchvision.
    """
    if detector_classes(model) is None:
        raise InputError("model", "must be a detector of torchvision", got=type(model).__name__)
    with quiet(model):
        loose: Any = copy.copy(model)  # all weights are shared; only the last thresholds differ
        last = loose
        if isinstance(model, FasterRCNN):
            last = copy.copy(model.roi_heads)
            last._modules = {
                **last._modules,
                "mask_head": None,
            }  # a thousand masks would fill memories
            loose._modules = {**model._modules, "roi_heads": last}
        last.nms_thresh, last.score_thresh, last.detections_per_img = 2.0, min_score, 1000
        return loose([image])[0]


def _body(
    known: Known,
    strides: Sequence[int] | None,
    channels: int,
    trainable_from: int | None,
    frozen_norm: bool | None,
) -> Pyramid:
    """The feature maps a detector looks at."""
    return Pyramid(
        known.network,
        _default_strides(known) if strides is None else strides,
        channels,
        trainable_from=known.trainable_from if trainable_from is None else trainable_from,
        frozen_norm=known.norms_rest if frozen_norm is None else frozen_norm,
    )


def _default_strides(known: Known) -> list[int]:
    there = sorted(stage.stride for stage in stages(known.network))
    if 4 in there and (known.origin == "bundled" or max(there) <= 8):
        return [4]
    return [stride for stride in there if stride >= 4][:3] or there[-1:]


def _anchors(
    kind: str, strides: Sequence[int], sizes: Sequence[float], ratios: Sequence[float]
) -> AnchorGenerator:
    """Sizes dealt out to the strides in order, the same number to each, because one head serves them all."""
    levels = len(strides)
    if kind == "fcos":  # one point per cell; its "size" tells FCOS the stride
        return AnchorGenerator(tuple((stride,) for stride in strides), ((1.0,),) * levels)
    if len(sizes) % levels or not sizes or not ratios:
        raise InputError(
            "anchor_sizes",
            f"must be a multiple of the strides in number ({levels})",
            got=len(sizes),
            fix=f"The strides are {', '.join(map(str, strides))}.",
        )
    each = len(sizes) // levels
    ordered = sorted(float(size) for size in sizes)
    dealt = tuple(tuple(ordered[at * each : (at + 1) * each]) for at in range(levels))
    return AnchorGenerator(dealt, (tuple(float(ratio) for ratio in ratios),) * levels)
