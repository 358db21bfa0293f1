"""Lesson 12's project: other ways to train on cells, and other ways to make each mistake."""

import torch
from torch.utils.data import DataLoader
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign

from vislearn.datasets import cells, detection_collate
from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.training import DetectionTask, fit

NAME = "detector.train_on_cells"


def network(backbone, *, anchors=(10.0, 15.0, 20.0), outputs=2, cells_along=7):
    return FasterRCNN(
        backbone,
        min_size=96,
        max_size=96,
        rpn_anchor_generator=AnchorGenerator((anchors,), ((0.6, 1.0, 1.6),)),
        rpn_batch_size_per_image=64,
        rpn_pre_nms_top_n_train=300,
        rpn_post_nms_top_n_train=100,
        box_batch_size_per_image=32,
        box_roi_pool=MultiScaleRoIAlign(["0"], output_size=cells_along, sampling_ratio=1),
        box_head=TwoMLPHead(64 * cells_along**2, 256),
        box_predictor=FastRCNNPredictor(256, outputs),
    )


def trained(samples, backbone, *, epochs=2, batch_size=2, optimizer="AdamW", **options):
    """Another network and another training."""
    model = network(backbone, **options).train()
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    chosen = (
        torch.optim.SGD(learning, lr=0.01, momentum=0.9)
        if optimizer == "SGD"
        else torch.optim.AdamW(learning, lr=0.001)
    )
    loader = DataLoader(samples, batch_size, shuffle=True, collate_fn=detection_collate)
    for _epoch in range(epochs):
        for images, targets in loader:
            loss = torch.stack(list(model(images, targets).values())).sum()
            chosen.zero_grad()
            loss.backward()
            chosen.step()
    return model.eval()


def with_larger_batches(samples, backbone):
    return trained(samples, backbone, epochs=3, batch_size=4)


def by_sgd(samples, backbone):
    return trained(samples, backbone, epochs=5, optimizer="SGD")


def with_smaller_regions(samples, backbone):
    return trained(samples, backbone, cells_along=5)


def with_the_lesson_s_anchors(samples, backbone):
    return trained(samples, backbone, epochs=3, anchors=(15.0, 24.0, 36.0))


def by_fit(samples, backbone):
    model = network(backbone)
    loader = DataLoader(samples, 2, shuffle=True, collate_fn=detection_collate)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.001)
    fit(model, DetectionTask(), loader, epochs=2, optimizer=optimizer, device=torch.device("cpu"))
    return model.eval()


def without_a_loop(_samples, backbone):
    return network(backbone).eval()


def left_in_train(samples, backbone):
    return trained(samples, backbone).train()


def two_boxes_at_most(samples, backbone):
    model = trained(samples, backbone)
    model.roi_heads.detections_per_img = 2
    return model


RIGHT = {NAME: [with_larger_batches, by_sgd, with_smaller_regions, with_the_lesson_s_anchors, by_fit]}

WRONG = {
    NAME: {"_untrained": without_a_loop, "_left_in_train_mode": left_in_train, "_too_few": two_boxes_at_most}
}


def a_dict(_samples, backbone):
    return backbone.state_dict()


def a_name(_samples, _backbone):
    return "detector"


def the_backbone(_samples, backbone):
    return backbone.eval()


def the_samples(samples, _backbone):
    return samples


def losses_only(samples, backbone):
    return network(backbone)([samples[0][0]], [samples[0][1]])


UNLISTED = {NAME: [a_dict, a_name, the_backbone, the_samples, losses_only]}


def test_whoever_is_checked_is_given_cells_and_a_backbone():
    samples, backbone = find(NAME).arguments(0)
    assert len(samples) == len(cells("train"))
    assert backbone(torch.zeros(1, 3, 96, 96)).shape == (1, backbone.out_channels, 24, 24)
    assert not backbone[0].weight.requires_grad


def test_what_is_no_model_is_told_so():
    verdict = check(NAME, a_name)
    assert verdict.status == "wrong"
    assert "a model expected" in verdict.message
