"""Detectors to the size of small pictures: each kind learns, predicts, and takes pictures as they are."""

import pytest
import torch
from torch import nn
from torchvision.models.detection import FasterRCNN, fasterrcnn_mobilenet_v3_large_320_fpn
from torchvision.ops import batched_nms

from vislearn.errors import InputError
from vislearn.models import DETECTORS, SmallResNet, candidates, detector, detector_classes
from vislearn.sample import empty_target

TARGET = {"boxes": torch.tensor([[10.0, 10, 40, 42]]), "labels": torch.tensor([3])}


def masked(*targets):
    """The same targets with masks, which Mask R-CNN wants: each object fills its box."""
    result = []
    for target in targets:
        masks = torch.zeros(len(target["boxes"]), 50, 64, dtype=torch.uint8)
        for mask, (x0, y0, x1, y1) in zip(masks, target["boxes"].int().tolist(), strict=True):
            mask[y0:y1, x0:x1] = 1
        result.append(target | {"masks": masks})
    return result


def small(kind="faster_rcnn", **changes):
    torch.manual_seed(0)
    return detector(
        kind, **({"num_classes": 3, "backbone": SmallResNet(2, width=8), "channels": 32} | changes)
    )


@pytest.mark.parametrize("kind", DETECTORS)
def test_each_kind_learns_from_pictures_with_and_without_objects(kind):
    model = small(kind)
    images = [torch.rand(3, 48, 64), torch.rand(3, 50, 40)]
    assert sum(model(images, masked(empty_target(), empty_target())).values()).isfinite()
    sum(model(images, masked(TARGET, empty_target())).values()).backward()
    # from the head to the first convolution of the backbone
    assert model.backbone.body["conv1"].weight.grad.any()


@pytest.mark.parametrize("kind", DETECTORS)
def test_each_kind_predicts_on_pictures_of_any_size(kind):
    model = small(kind, min_score=0.0, max_objects=7).eval()
    images = [torch.rand(3, 48, 64), torch.rand(3, 51, 37)]
    with torch.no_grad():
        predictions = model(images)
    for image, prediction in zip(images, predictions, strict=True):
        height, width = image.shape[1:]
        assert prediction["boxes"].shape == (7, 4)
        assert (prediction["boxes"] >= 0).all()
        assert (prediction["boxes"] <= torch.tensor([width, height, width, height])).all()
        assert prediction["scores"].tolist() == sorted(prediction["scores"].tolist(), reverse=True)


@pytest.mark.parametrize("kind", ["faster_rcnn", "ssdlite"])
def test_labels_run_from_1_to_the_number_of_classes(kind):
    model = small(kind, min_score=0.0).eval()
    with torch.no_grad():
        labels = model([torch.rand(3, 48, 64)])[0]["labels"]
    assert set(labels.tolist()) <= {1, 2, 3}


@pytest.mark.parametrize("kind", DETECTORS)
def test_a_few_steps_find_a_white_square(kind):
    """Not only does the loss fall: the box is where the square is, in the picture's own pixels."""
    model = small(kind, num_classes=1, anchor_sizes=(24,), aspect_ratios=(1.0,), min_score=0.0)
    image = torch.zeros(3, 48, 64)
    image[:, 12:36, 20:44] = 1
    target = {"boxes": torch.tensor([[20.0, 12, 44, 36]]), "labels": torch.tensor([1])}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _step in range(80):
        loss = sum(model([image, torch.zeros(3, 48, 64)], masked(target, empty_target())).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    for module in model.modules():  # eighty steps are too few for BatchNorm's averages
        if isinstance(module, nn.BatchNorm2d):
            module.train()
    with torch.no_grad():
        found = model([image, torch.zeros(3, 48, 64)])[0]  # the batch whose statistics it has learned with
    assert torch.allclose(found["boxes"][0], target["boxes"][0], atol=4)
    assert found["labels"][0] == 1


def test_pictures_keep_their_size_unless_asked():
    images, targets = small().transform([torch.rand(3, 48, 64), torch.rand(3, 30, 70)], [TARGET, TARGET])
    assert images.image_sizes == [(48, 64), (30, 70)]
    assert images.tensors.shape == (2, 3, 48, 72)  # padded to a multiple of the stride
    assert torch.equal(targets[0]["boxes"], TARGET["boxes"])
    resized, targets = small(size=96).transform([torch.rand(3, 48, 64)], [TARGET])
    assert resized.image_sizes == [(96, 128)]
    assert torch.equal(targets[0]["boxes"], 2 * TARGET["boxes"])


def test_pictures_are_normalised_as_the_backbone_was():
    gray = torch.full((3, 32, 32), 0.485)
    images, _targets = small().transform([gray])
    assert images.tensors[0, 0].abs().max() < 1e-6


def test_anchors_are_dealt_out_to_the_strides():
    model = small(strides=(8, 4), anchor_sizes=(48, 16, 24, 32), aspect_ratios=(1.0,))
    assert model.backbone.strides == (4, 8)
    assert model.rpn.anchor_generator.sizes == ((16.0, 24.0), (32.0, 48.0))
    anchors = model.rpn.anchor_generator.cell_anchors
    assert [(box[2] - box[0]).item() for level in anchors for box in level] == [16, 24, 32, 48]


@pytest.mark.parametrize(
    ("backbone", "strides"),
    [
        ("scene", (4,)),
        ("mobilenet_v2", (4, 8, 16)),
        (nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 16, 3, 1, 1)), (2,)),
    ],
)
def test_where_no_strides_are_asked_for_they_suit_the_network(backbone, strides):
    options = {} if isinstance(backbone, nn.Module) else {"weights": False}
    model = detector("fcos", 1, backbone, channels=32, **options)
    assert model.backbone.strides == strides
    assert model.anchor_generator.sizes == tuple((stride,) for stride in strides)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "yolo"}, "kind must be one of .*got 'yolo'"),
        ({"num_classes": 0}, "num_classes must be at least 1, without the background"),
        ({"backbone": "resnet19"}, "resnet19"),
        ({"backbone": nn.Linear(2, 2)}, "backbone must have layer1"),
        ({"strides": (3,)}, "strides must be among this network's: 1, 2, 4, 8, got 3"),
        ({"strides": (4, 8)}, r"anchor_sizes must be a multiple of the strides in number \(2\), got 3"),
        ({"anchor_sizes": ()}, "anchor_sizes"),
        ({"kind": "fcos", "channels": 40}, "channels must be a multiple of 32 for FCOS"),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        small(**changes)


@pytest.mark.parametrize("kind", DETECTORS)
def test_classes_are_counted_without_the_background(kind):
    assert detector_classes(small(kind, num_classes=5)) == 5


def test_classes_of_torchvisions_own_and_of_no_detector():
    model = fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None, num_classes=4)
    assert (type(model), detector_classes(model)) == (FasterRCNN, 3)
    assert detector_classes(nn.Linear(2, 2)) is None


def test_batchnorm_may_stay_alone():
    model = small(frozen_norm=True)
    body = model.backbone.body
    before = body["bn1"].running_mean.clone()
    model.train()
    model([torch.rand(3, 48, 64)], [TARGET])
    assert torch.equal(body["bn1"].running_mean, before)
    assert not body["bn1"].weight.requires_grad
    assert body["conv1"].weight.requires_grad


@pytest.mark.parametrize("kind", DETECTORS)
def test_candidates_are_what_nms_chooses_from(kind):
    model = small(kind, min_score=0.001)
    image = torch.rand(3, 48, 64)
    many = candidates(model, image, min_score=0.001)
    assert model.training
    with torch.no_grad():
        kept = model.eval()([image])[0]
    assert len(many["boxes"]) > len(kept["boxes"]) > 0
    again = batched_nms(many["boxes"], many["scores"], many["labels"], 0.5)[:100]
    assert all(torch.equal(many[key][again], kept[key]) for key in many)
    assert len(candidates(model, image, min_score=1.0)["boxes"]) == 0


def test_mask_rcnn_says_which_pixels_of_a_box_are_the_object():
    model = small("mask_rcnn", min_score=0.0, max_objects=7).eval()
    image = torch.rand(3, 48, 64)
    with torch.no_grad():
        masks = model([image])[0]["masks"]
    assert masks.shape == (7, 1, 48, 64)
    assert 0 <= masks.min() < masks.max() <= 1
    assert "masks" not in candidates(model, image)


def test_no_candidates_without_a_detector():
    with pytest.raises(InputError, match="must be a detector of torchvision, got Linear"):
        candidates(nn.Linear(2, 2), torch.rand(3, 8, 8))


@pytest.mark.parametrize("kind", list(DETECTORS))
def test_under_autocast_boxes_are_computed_in_32_bits(kind):
    """In bf16 this narrow box would have no width: 513.0 and 513.9 are both 512 there."""
    torch.manual_seed(0)
    model = detector(kind, 1, SmallResNet(2, width=8), channels=32, frozen_norm=True)
    image = torch.rand(3, 48, 560)
    boxes = torch.tensor([[513.0, 10, 513.9, 30], [100, 10, 130, 40]])
    target = {"boxes": boxes, "labels": torch.tensor([1, 1])}
    with torch.autocast("cpu", torch.bfloat16):
        losses = model([image], [target | {"masks": torch.ones(2, 48, 560, dtype=torch.uint8)}])
        found = model.eval()([image])[0]
    assert all(loss.isfinite() for loss in losses.values())
    assert found["boxes"].dtype == found["scores"].dtype == torch.float32


@pytest.mark.parametrize("kind", ["faster_rcnn", "retinanet"])
def test_anchors_suit_objects_of_20_to_48_pixels_where_none_are_asked_for(kind):
    model = small(kind)
    anchors = (model.rpn if kind == "faster_rcnn" else model).anchor_generator
    assert [side for level in anchors.sizes for side in level] == [20, 32, 48]
    assert set(anchors.aspect_ratios) == {(0.6, 1.0, 1.6)}
