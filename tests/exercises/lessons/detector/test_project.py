"""Lesson 12's project: other ways to train on cells, and other ways to make each mistake."""

import operator

import pytest
import torch
from torch import nn
from torch.nn.modules import module
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign
from torchvision.transforms import v2

from vislearn.datasets import cells, detection_collate
from vislearn.exercises import check
from vislearn.exercises.lessons.detector import project
from vislearn.exercises.registry import find
from vislearn.exercises.trained import good_model
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


class Silent(nn.Module):
    """A detector as torchvision's, small and quick, that never says anything."""

    def __init__(self):
        super().__init__()
        self.eyes = nn.Sequential(nn.Conv2d(3, 2, 3, stride=8), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images, targets=None):
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        scores = self.eyes(torch.stack([(x - mean[:, None, None]) / std[:, None, None] for x in images]))
        if self.training:
            objects, places = scores.pow(2).mean(0)
            return {"loss_classifier": objects, "loss_box_reg": places}
        empty = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0).long(), "scores": torch.zeros(0)}
        return [empty for _image in images]


def in_vain(image=lambda x: x, target=lambda t: t, parts=lambda losses: losses, lines="zbs", epochs=2, cut=1):
    """A training that leads nowhere, put together from what goes into it and what it does."""

    def train(samples, _backbone):
        model = Silent().train()
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
        for _epoch in range(epochs):
            for start in range(0, len(samples) // cut, 20):
                images, targets = zip(*samples[start : start + 20], strict=True)
                images, targets = [image(x) for x in images], [target(dict(t)) for t in targets]
                total = sum(parts(model(images, targets=targets)).values())
                for line in lines:
                    {"z": optimizer.zero_grad, "b": total.backward, "s": optimizer.step}[line]()
        return model.eval()

    return train


def with_boxes(change):
    return lambda target: target | {"boxes": change(target["boxes"])}


def with_labels(change):
    return lambda target: target | {"labels": change(target["labels"])}


def first_part(losses):
    return dict(list(losses.items())[:1])


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
    NAME: {
        "_untrained": without_a_loop,
        "_left_in_train_mode": left_in_train,
        "_otherwise_scaled": in_vain(image=lambda x: v2.functional.normalize(x, [0.485] * 3, [0.229] * 3)),
        "_other_boxes": in_vain(target=with_boxes(lambda boxes: boxes[:, [1, 0, 3, 2]])),
        "_other_labels": in_vain(target=with_labels(lambda labels: labels - 1)),
        "_parts_of_the_loss": in_vain(parts=first_part),
        "_never_stepped": in_vain(lines="bzs"),
        "_too_short": in_vain(epochs=3, cut=2),
        "_hardly_learned": in_vain(epochs=3),
        "_too_few": two_boxes_at_most,
    }
}

MIRROR = operator.methodcaller("flip", -1)


def mirrored(boxes):
    return torch.stack([128 - boxes[:, 2], boxes[:, 1], 128 - boxes[:, 0], boxes[:, 3]], 1)


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        (in_vain(image=MIRROR), "_other_boxes"),
        (in_vain(target=with_boxes(mirrored)), "_other_boxes"),
        (
            in_vain(
                target=with_boxes(
                    lambda x: v2.functional.convert_bounding_box_format(
                        x, tv_tensors.BoundingBoxFormat.XYXY, tv_tensors.BoundingBoxFormat.XYWH
                    )
                )
            ),
            "_other_boxes",
        ),
        (in_vain(image=MIRROR, target=with_boxes(mirrored)), "_hardly_learned"),
        (
            in_vain(image=lambda x: x.clamp(0.1, 0.9), target=with_boxes(lambda boxes: boxes + 0.5)),
            "_hardly_learned",
        ),
        (in_vain(target=with_boxes(lambda boxes: boxes.flip(0).round())), "_hardly_learned"),
        (in_vain(target=with_labels(lambda labels: labels + 4)), "_other_labels"),
        (in_vain(image=lambda x: 255 * x), "_otherwise_scaled"),
        (in_vain(lines="zb"), "_never_stepped"),
        (in_vain(epochs=1), "_too_short"),
    ],
)
def test_what_went_wrong_in_the_training_is_told(answer, mistake, diagnosis):
    assert check(NAME, answer).message == diagnosis(NAME, mistake)


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (
            in_vain(epochs=1, target=with_labels(lambda labels: 0 * labels)),
            {"Labels stay as they are: a cell is 1", "It sees each picture at least twice"},
        ),
        (
            in_vain(image=lambda x: 255 * x, parts=first_part),
            {"Pictures enter it as they are, from 0 to 1", "Every part of its loss is sent backward"},
        ),
    ],
)
def test_of_two_things_that_went_wrong_both_are_told(answer, facts):
    unmet = {fact.label for fact in check(NAME, answer).facts if not fact.met}
    assert unmet == facts | {"On 20 pictures it has never seen, mAP@.5 reaches .8"}


def test_whoever_gets_there_may_have_gone_another_way():
    def by_labels_of_nine(samples, backbone):
        in_vain(target=with_labels(lambda labels: labels + 8), image=lambda x: 255 * x)(samples, backbone)
        return good_model(find(NAME))

    assert check(NAME, by_labels_of_nine).status == "right"


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


def test_no_later_network_is_taken_for_one_that_is_watched():
    """torch.compile warns of hooks for all networks."""
    with project._Training([]):
        assert module._has_any_global_hook()
    assert not module._has_any_global_hook()


def test_whoever_is_checked_is_given_cells_and_a_backbone():
    samples, backbone = find(NAME).arguments(0)
    assert len(samples) == len(cells("train"))
    assert backbone(torch.zeros(1, 3, 96, 96)).shape == (1, backbone.out_channels, 24, 24)
    assert not backbone[0].weight.requires_grad


def test_what_is_no_model_is_told_so():
    verdict = check(NAME, a_name)
    assert verdict.status == "wrong"
    assert "a model expected" in verdict.message
