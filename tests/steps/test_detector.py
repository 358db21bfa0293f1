"""A detector stage by stage: the last one is the model's own answer, and so are those before."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models.detection import MaskRCNN, ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.ops import MultiScaleRoIAlign, batched_nms, box_iou

from vislearn.errors import InputError
from vislearn.models import DETECTORS, SmallResNet, candidates, detector
from vislearn.steps import detector as walk
from vislearn.viz import Boxed, filmstrip

HW = (40, 60)


def small(kind="faster_rcnn", **changes):
    torch.manual_seed(0)
    settings = {"num_classes": 3, "backbone": SmallResNet(2, width=8), "channels": 32, "min_score": 0.001}
    return detector(kind, **(settings | changes))


def picture(seed=0):
    return torch.rand(3, *HW, generator=torch.Generator().manual_seed(seed))


def walked(model, image, names=None):
    return {step.title: step for step in walk(model, image, names)}


@pytest.mark.parametrize("build", [ssdlite320_mobilenet_v3_large, ssd300_vgg16])
def test_torchvisions_own_ssd_is_walked_through_too(build):
    torch.manual_seed(0)
    model = build(weights=None, weights_backbone=None, num_classes=3, score_thresh=0.001)
    *_, last = walk(model, picture())
    with torch.no_grad():
        expected = model.eval()([picture()])[0]
    assert all(torch.equal(last.value[key], expected[key]) for key in expected)


@pytest.mark.parametrize("kind", DETECTORS)
@pytest.mark.parametrize(
    "changes", [{}, {"size": 64}, {"strides": (2, 4, 8)}], ids=["as it is", "resized", "pyramid"]
)
def test_the_last_stage_is_what_the_model_says(kind, changes):
    model = small(kind, **changes)
    steps = list(walk(model, picture()))
    assert model.training  # as it was
    with torch.no_grad():
        expected = model.eval()([picture()])[0]
    assert expected["boxes"].shape[0] > 0
    assert steps[-1].value.keys() == expected.keys()
    assert all(torch.equal(steps[-1].value[key], expected[key]) for key in expected)


def test_mask_rcnn_too():
    like = small()
    pools = {
        f"{name}_roi_pool": MultiScaleRoIAlign(["0"], size, 2) for name, size in (("box", 7), ("mask", 14))
    }
    model = MaskRCNN(
        like.backbone,
        3,
        min_size=64,
        max_size=96,
        rpn_anchor_generator=like.rpn.anchor_generator,
        box_detections_per_img=5,
        **pools,
    ).eval()
    *_others, last = walk(model, picture())
    with torch.no_grad():
        expected = model([picture()])[0]
    assert torch.equal(last.value["masks"], expected["masks"])


def test_a_picture_without_anything_found():
    steps = list(walk(small(min_score=0.999), picture()))
    assert steps[-1].value["boxes"].shape == (0, 4)
    assert "0 boxes are the answer" in steps[-1].note
    assert filmstrip(steps).alt


def test_stages_of_faster_rcnn_are_the_models_own():
    model = small().eval()
    steps = walked(model, picture())
    assert list(steps) == [
        "Picture",
        "Prepared",
        "Feature maps",
        "Anchors",
        "Objectness",
        "Proposals before NMS",
        "Proposals",
        "RoI features",
        "Class scores",
        "Boxes before NMS",
        "Boxes",
    ]
    seen = {}
    model.rpn.register_forward_hook(lambda _m, _i, out: seen.update(proposals=out[0][0]))
    model.rpn.head.register_forward_hook(lambda _m, _i, out: seen.update(objectness=out[0][0][0]))
    model.roi_heads.box_roi_pool.register_forward_hook(lambda _m, _i, out: seen.update(roi=out))
    model.roi_heads.box_predictor.register_forward_hook(lambda _m, _i, out: seen.update(logits=out[0]))
    model.backbone.register_forward_hook(lambda _m, _i, out: seen.update(maps=out["0"][0]))
    with torch.no_grad():
        model([picture()])
    assert torch.equal(steps["Feature maps"].value, seen["maps"])
    assert torch.equal(steps["Objectness"].value, seen["objectness"].sigmoid())
    assert torch.equal(steps["Proposals"].value, seen["proposals"])
    assert torch.equal(steps["RoI features"].value, seen["roi"])
    assert torch.equal(steps["Class scores"].value, seen["logits"].softmax(-1))
    judged = steps["Class scores"].picture.boxes
    assert len(judged) > 1
    assert box_iou(judged, judged).fill_diagonal_(0).max() <= 0.3  # no tag hides another
    assert len(steps["Anchors"].value) == (40 // 4) * (60 // 4) * 9


def test_nms_turns_what_is_before_it_into_what_is_after():
    steps = walked(small(), picture())
    before, after = steps["Proposals before NMS"].value, steps["Proposals"].value
    order = torch.arange(len(before), 0, -1, dtype=torch.float32)
    kept = batched_nms(before, order, torch.zeros(len(before)), 0.7)
    assert torch.equal(before[kept][:100], after)
    assert len(before) > len(after)
    assert box_iou(before, before).fill_diagonal_(0).max() > 0.7
    many = candidates(small(), picture(), min_score=0.001)["boxes"]
    assert torch.equal(steps["Boxes before NMS"].value[: len(many)], many)
    rows = {tuple(row) for row in steps["Boxes before NMS"].value.tolist()}
    final = {tuple(row) for row in steps["Boxes"].value["boxes"].tolist()}
    assert final < rows


@pytest.mark.parametrize("kind", ["retinanet", "fcos", "ssdlite"])
def test_one_stage_detectors_take_a_shorter_walk(kind):
    steps = walked(small(kind), picture())
    assert list(steps) == [
        "Picture",
        "Prepared",
        "Feature maps",
        "Anchors",
        "Class scores",
        "Boxes before NMS",
        "Boxes",
    ]
    assert ("No anchors" in steps["Anchors"].note) is (kind == "fcos")


def test_boxes_come_back_to_the_pixels_of_the_picture():
    steps = walked(small(size=80), picture())
    assert "Resized to 80×120 pixels" in steps["Prepared"].note
    for title in ("Proposals before NMS", "Proposals", "Boxes before NMS"):
        boxes = steps[title].value
        assert (boxes.amin() >= 0, boxes[:, 2].amax() <= 60, boxes[:, 3].amax() <= 40) == (True, True, True)
        assert boxes[:, 2].amax() > 55


def test_objectness_is_bright_where_it_is_high():
    model = small()
    nn.init.normal_(model.rpn.head.cls_logits.weight, std=1.0)
    steps = walked(model, torch.ones(3, *HW))
    light = steps["Objectness"].picture[0]
    chance = steps["Objectness"].value.amax(0)
    coarse = torch.nn.functional.adaptive_avg_pool2d(light[None], chance.shape)[0]
    assert torch.corrcoef(torch.stack([coarse.flatten(), chance.flatten()]))[0, 1] > 0.8


@pytest.mark.parametrize("kind", ["pil", "uint8", "float"])
def test_pictures_of_any_kind(kind):
    pixels = (picture() * 255).to(torch.uint8)
    image = {"pil": Image.fromarray(pixels.permute(1, 2, 0).numpy()), "uint8": pixels, "float": pixels / 255}[
        kind
    ]
    first = next(iter(walk(small(), image)))
    assert torch.equal(first.value, pixels / 255)


@pytest.mark.parametrize(
    ("model", "image", "sentence"),
    [
        (nn.Linear(2, 2), picture(), "model must be a detector of torchvision, got Linear"),
        (small(), picture() * 255, "image must be uint8, or float in 0..1"),
        (small(), picture()[None], "image must be"),
        (small(), picture() - 1, "image must be"),
    ],
)
def test_what_cannot_be_walked_is_refused(model, image, sentence):
    with pytest.raises(InputError, match=sentence):
        list(walk(model, image))


@pytest.mark.parametrize("names", [["ant", "bee"], ["__background__", "ant", "bee", "cow"]])
def test_names_that_do_not_fit_are_refused_before_the_walk(names):
    with pytest.raises(
        InputError, match=r"the model's labels must lie in 1 \.\.\. 2|must begin with the name"
    ):
        next(walk(small(), picture(), names))


@pytest.mark.parametrize("names", [["ant", "bee", "cow"], {1: "ant", 2: "bee", 3: "cow"}])
def test_the_answer_is_drawn_with_names(names):
    steps = walked(small(), picture(), names)
    drawing = steps["Boxes"].picture
    assert isinstance(drawing, Boxed)
    assert all(word.split()[0] in {"ant", "bee", "cow"} for word in drawing.words)
    assert np.asarray(filmstrip(steps.values()).alt).size
