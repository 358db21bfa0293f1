"""Each kind of detector of torchvision, with heads to the size of small pictures."""

from typing import Any

from torch import nn
from torchvision.models.detection import FCOS, FasterRCNN, MaskRCNN, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.ssdlite import SSDLiteHead
from torchvision.ops import MultiScaleRoIAlign

from vislearn.errors import InputError
from vislearn.models.dense_backbone import Pyramid

__all__ = ["build"]

_ROI = 7  # cells along each side of what RoIAlign cuts out for the box; twice as many for the mask
_HIDDEN = 256  # a quarter of what torchvision takes for photographs: here most of the time would go there
_MASK_LAYERS = 4  # convolutions before the mask, as torchvision has them


def build(
    kind: str,
    body: Pyramid,
    outputs: int,
    anchors: AnchorGenerator,
    limits: dict[str, Any],
    *,
    proposals: int,
) -> nn.Module:
    """A detector with a head to the size of small pictures, in train mode.

    Args:
        kind: one of ``vislearn.models.DETECTORS``.
        body: what it looks through.
        outputs: K + 1, the background included.
        anchors: for the strides of ``body``.
        limits: of the answer, under torchvision's names.
        proposals: of the kinds with two stages, how many are looked at again.

    Raises:
        InputError: a body that this kind can't use.
    """
    if kind in _TWO_STAGES:
        return _TWO_STAGES[kind](body, outputs, anchors, limits, proposals)
    return _ONE_STAGE[kind](body, outputs, anchors, limits)


def _faster_rcnn(
    body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any], proposals: int
) -> FasterRCNN:
    return FasterRCNN(body, **_two_stages(body, outputs, anchors, limits, proposals))


def _mask_rcnn(
    body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any], proposals: int
) -> MaskRCNN:
    channels = body.out_channels
    return MaskRCNN(
        body,
        **_two_stages(body, outputs, anchors, limits, proposals),
        mask_roi_pool=_cut_out(body, 2 * _ROI),
        mask_head=MaskRCNNHeads(channels, (channels,) * _MASK_LAYERS, 1),
        mask_predictor=MaskRCNNPredictor(channels, channels, outputs),
    )


def _cut_out(body: Pyramid, side: int) -> MultiScaleRoIAlign:
    names = [str(level) for level in range(len(body.strides))]
    return MultiScaleRoIAlign(names, output_size=side, sampling_ratio=2)


def _two_stages(
    body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any], proposals: int
) -> dict[str, Any]:
    """What Faster and Mask R-CNN have in common, as torchvision names it."""
    return dict(
        rpn_anchor_generator=anchors,
        rpn_pre_nms_top_n_train=3 * proposals,
        rpn_pre_nms_top_n_test=3 * proposals,
        rpn_post_nms_top_n_train=proposals,
        rpn_post_nms_top_n_test=proposals,
        rpn_batch_size_per_image=64,  # few anchors of a small picture lie on objects: not 256
        box_batch_size_per_image=64,
        box_roi_pool=_cut_out(body, _ROI),
        box_head=TwoMLPHead(body.out_channels * _ROI**2, _HIDDEN),
        box_predictor=FastRCNNPredictor(_HIDDEN, outputs),
        **{f"box_{name}": value for name, value in limits.items()},
    )


def _retinanet(body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any]) -> RetinaNet:
    model = RetinaNet(body, outputs, anchor_generator=anchors, **limits)
    for branch in (model.head.classification_head, model.head.regression_head):
        for layer in branch.conv.modules():
            if isinstance(layer, nn.Conv2d):
                # torchvision's spread of .01 suits 256 channels; four such layers of 64 let nothing through
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return model


def _fcos(body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any]) -> FCOS:
    if body.out_channels % 32:  # its GroupNorm has 32 groups
        raise InputError("channels", "must be a multiple of 32 for FCOS", got=body.out_channels)
    return FCOS(body, outputs, anchor_generator=anchors, **limits)


def _ssdlite(body: Pyramid, outputs: int, anchors: AnchorGenerator, limits: dict[str, Any]) -> SSD:
    """SSD's own boxes are shares of the picture; in pixels they are anchors like any other's."""
    per_place = anchors.num_anchors_per_location()
    head = SSDLiteHead([body.out_channels] * len(per_place), per_place, outputs, nn.BatchNorm2d)
    # size: of the transform inside, which detector() replaces
    return SSD(body, anchors, size=(1, 1), num_classes=outputs, head=head, **limits)


_ONE_STAGE = {"retinanet": _retinanet, "fcos": _fcos, "ssdlite": _ssdlite}
_TWO_STAGES = {"faster_rcnn": _faster_rcnn, "mask_rcnn": _mask_rcnn}
