"""Heads to the size of small pictures."""

import torch
from torchvision.models.detection import MaskRCNN

from vislearn.models import SmallResNet
from vislearn.models.dense_backbone import Pyramid
from vislearn.models.detector import _anchors
from vislearn.models.detector_kinds import build


def test_mask_rcnn_cuts_out_twice_as_many_cells_for_the_mask_as_for_the_box():
    body = Pyramid(SmallResNet(2, width=8), (2, 4), 16)
    anchors = _anchors("mask_rcnn", (2, 4), (16, 32), (1.0,))
    limits = {"detections_per_img": 5, "nms_thresh": 0.5, "score_thresh": 0.1}
    model = build("mask_rcnn", body, 4, anchors, limits, proposals=50)
    heads = model.roi_heads
    assert isinstance(model, MaskRCNN)
    assert (heads.box_roi_pool.output_size, heads.mask_roi_pool.output_size) == ((7, 7), (14, 14))
    assert heads.mask_predictor.mask_fcn_logits.out_channels == 4
    assert (heads.detections_per_img, model.rpn._post_nms_top_n["testing"]) == (5, 50)


def test_what_enters_retinanet_s_branches_comes_out_as_spread_as_it_was():
    torch.manual_seed(0)
    anchors = _anchors("retinanet", (2, 4), (16, 32), (1.0,))
    model = build("retinanet", Pyramid(SmallResNet(2, width=8), (2, 4), 64), 4, anchors, {}, proposals=50)
    features = torch.randn(2, 64, 16, 16)
    for branch in (model.head.classification_head, model.head.regression_head):
        assert 0.3 < branch.conv(features).std() < 3  # with torchvision's own start: 0.0003
