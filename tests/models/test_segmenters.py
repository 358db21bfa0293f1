"""Segmenters to the size of small pictures: each kind learns, predicts, and says what it can't take."""

import io

import pytest
import torch
from torch import nn
from torchvision.models import get_model, resnet18
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation import FCN, LRASPP, DeepLabV3
from torchvision.models.segmentation.deeplabv3 import DeepLabHead

from vislearn.errors import InputError
from vislearn.models import SEGMENTERS, SmallResNet, is_frozen, segmenter, segmenter_classes
from vislearn.models.architecture import noted_architecture

TYPES = {"lraspp": LRASPP, "fcn": FCN, "deeplabv3": DeepLabV3}


def small(kind="lraspp", num_classes=3, backbone=None, **changes):
    torch.manual_seed(0)
    backbone = backbone or SmallResNet(2, width=8)
    return segmenter(kind, num_classes, backbone, **({"channels": 16} | changes))


@pytest.mark.parametrize("kind", SEGMENTERS)
def test_each_kind_is_torchvisions_and_answers_for_every_pixel(kind):
    model = small(kind).eval()
    assert type(model) is TYPES[kind]
    assert model(torch.rand(2, 3, 50, 37))["out"].shape == (2, 3, 50, 37)
    assert segmenter_classes(model) == 3


@pytest.mark.parametrize("kind", SEGMENTERS)
def test_a_few_steps_find_a_white_square(kind):
    model = small(kind, 2)
    images = torch.zeros(2, 3, 32, 32)
    images[0, :, 8:20, 12:28] = 2
    target = (images[:, 0] > 1).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _step in range(60):
        loss = nn.functional.cross_entropy(model(images)["out"], target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    # from the head to the first convolution of the backbone
    assert model.backbone["conv1"].weight.grad.any()
    found = model(images)["out"].argmax(1)
    assert ((found & target).sum() / (found | target).sum()) > 0.6


def test_deeplabs_head_is_torchvisions_in_layers_and_names():
    ours, theirs = small("deeplabv3", 3, channels=256).classifier, DeepLabHead(64, 3)
    shapes = [{name: value.shape for name, value in head.state_dict().items()} for head in (ours, theirs)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(("backbone", "rates"), [("scratch", [2, 4, 6]), ("mobilenet_v2", [12, 24, 36])])
def test_deeplab_looks_as_far_as_its_pictures_are_large(backbone, rates):
    looks = segmenter("deeplabv3", 2, backbone, weights=False).classifier[0].convs
    assert [one[0].dilation[0] for one in looks if isinstance(one[0], nn.Conv2d)][1:] == rates


def test_it_comes_ready_to_learn_and_notes_that_its_weights_are_in_the_file():
    model = segmenter("fcn", 2, "scratch")
    assert model.training
    assert noted_architecture(model)["weights"] is False


def test_maps_are_those_of_the_strides():
    maps = small(strides=(4, 8)).backbone(torch.rand(1, 3, 64, 32))
    assert {name: tuple(one.shape[1:]) for name, one in maps.items()} == {
        "low": (32, 16, 8),
        "high": (64, 8, 4),
    }
    maps = small("fcn", aux=True, strides=(1, 2)).backbone(torch.rand(1, 3, 64, 32))
    assert {name: one.shape[2] for name, one in maps.items()} == {"aux": 64, "out": 32}


def test_networks_made_for_small_pictures_are_looked_at_finely():
    maps = small("lraspp").backbone.eval()(torch.rand(1, 3, 64, 32))
    assert {name: one.shape[2] for name, one in maps.items()} == {"low": 32, "high": 8}


def test_a_whole_segmenter_learns_from_stride_8():
    body = segmenter("lraspp", 2, "lraspp_mobilenet_v3_large", weights=False).backbone
    learns = [any(one.requires_grad for one in body[str(at)].parameters()) for at in range(6)]
    assert learns == [False] * 4 + [True] * 2  # the fourth halves the map for the third time


def test_published_networks_end_at_stride_16():
    model = segmenter("deeplabv3", 2, "mobilenet_v2", weights=False, aux=True)
    maps = model.backbone.eval()(torch.rand(1, 3, 64, 64))
    assert {name: one.shape[2] for name, one in maps.items()} == {"aux": 8, "out": 4}
    assert model.classifier[0].convs[1][0].dilation == (12, 12)
    norms = [layer for layer in model.backbone.modules() if isinstance(layer, nn.BatchNorm2d)]
    assert all(is_frozen(layer) for layer in norms)


@pytest.mark.parametrize("kind", ["fcn", "deeplabv3"])
def test_a_second_head_on_the_fine_map(kind):
    answer = small(kind, aux=True)(torch.rand(2, 3, 32, 48))
    assert answer["aux"].shape == answer["out"].shape == (2, 3, 32, 48)


def test_a_backbone_may_rest_as_a_whole():
    model = small(trainable_from=100)
    before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
    model.train()(torch.rand(2, 3, 32, 32))["out"].sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in model.backbone.state_dict().items())
    assert {name.split(".")[0] for name, one in model.named_parameters() if one.grad is not None} == {
        "classifier"
    }


def test_the_bundled_network_brings_its_weights():
    model, empty = segmenter("fcn", 2, "scene"), segmenter("fcn", 2, "scene", weights=False)
    assert is_frozen(model.backbone["layer1"])
    assert not torch.equal(model.backbone["conv1"].weight, empty.backbone["conv1"].weight)


def test_a_backbone_of_ones_own_that_returns_maps():
    body = IntermediateLayerGetter(resnet18(), {"layer2": "low", "layer4": "high"})
    assert segmenter("lraspp", 3, body).classifier.low_classifier.in_channels == 128

    class Maps(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 3, stride=2, padding=1)

        def forward(self, images):
            return {"out": self.conv(images)}

    model = segmenter("fcn", 3, Maps()).eval()
    assert model(torch.rand(1, 3, 9, 9))["out"].shape == (1, 3, 9, 9)


def test_a_whole_segmenter_keeps_all_but_its_last_layer(monkeypatch):
    monkeypatch.setattr("vislearn.models.segmenters.published", lambda name: PUBLISHED[name])
    old = PUBLISHED["lraspp_mobilenet_v3_large"]
    kept, last = old.classifier.cbr[0].weight.clone(), old.classifier.low_classifier.weight.clone()
    model = segmenter("lraspp", 5, "lraspp_mobilenet_v3_large")
    assert segmenter_classes(model) == 5
    assert torch.equal(model.classifier.cbr[0].weight, kept)
    assert model.classifier.low_classifier.weight.shape == (5, *last.shape[1:])
    assert is_frozen(model.backbone["0"])
    assert not is_frozen(model.backbone["16"][0])


PUBLISHED = {
    "lraspp_mobilenet_v3_large": get_model("lraspp_mobilenet_v3_large", weights=None, weights_backbone=None)
}


def test_a_whole_segmenter_of_as_many_classes_stays_as_it_is(monkeypatch):
    whole = get_model("lraspp_mobilenet_v3_large", weights=None, weights_backbone=None)
    monkeypatch.setattr("vislearn.models.segmenters.published", lambda name: whole)
    last = whole.classifier.low_classifier
    assert segmenter("lraspp", 21, "lraspp_mobilenet_v3_large").classifier.low_classifier is last


@pytest.mark.parametrize("kind", SEGMENTERS)
def test_a_network_can_be_built_again_from_what_it_notes(kind):
    model = segmenter(kind, 4, "scene", aux=kind != "lraspp", strides=(4, 8), channels=8)
    again = segmenter(**noted_architecture(model))
    again.load_state_dict(model.state_dict())
    images = torch.rand(1, 3, 32, 32)
    assert torch.equal(model.eval()(images)["out"], again.eval()(images)["out"])


def test_a_model_can_be_pickled_as_a_whole():
    file = io.BytesIO()
    torch.save(small("deeplabv3"), file)
    file.seek(0)
    assert isinstance(torch.load(file, weights_only=False), DeepLabV3)


def test_deeplab_says_what_it_needs_to_learn_from_one_picture():
    model = small("deeplabv3")
    with pytest.raises(InputError, match=r"more than one picture while DeepLab learns.*drop_last=True"):
        model(torch.rand(1, 3, 32, 32))
    model.eval()(torch.rand(1, 3, 32, 32))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "unet"}, "kind must be one of .*got 'unet'"),
        ({"num_classes": 1}, "num_classes must be at least 2"),
        ({"backbone": "resnet19"}, "resnet19"),
        ({"backbone": nn.Conv2d(3, 2, 3)}, "backbone must have layer1"),
        ({"aux": True}, "aux must be False for 'lraspp', which looks at the fine map anyway"),
        ({"weights": "DEFAULT"}, "weights must be True or False.*'fcn_resnet50'.*anew for 3 classes"),
        ({"strides": (4, 3)}, r"strides must be two, the finer one first, got \(4, 3\)"),
        ({"strides": (4, 4)}, r"strides must be two, the finer one first, got \(4, 4\)"),
        ({"strides": (4, 16)}, "strides must be among this network's: 1, 2, 4, 8, got 16"),
        ({"backbone": "fcn_resnet50"}, "backbone must be a segmenter of the kind 'lraspp'.*'fcn_resnet50'"),
        (
            {"backbone": IntermediateLayerGetter(SmallResNet(2, width=8), {"layer4": "high"})},
            "backbone must return maps named 'low' and 'high' for lraspp, got 'high'",
        ),
        (
            {
                "backbone": IntermediateLayerGetter(SmallResNet(2, width=8), {"layer4": "out"}),
                "kind": "fcn",
                "aux": True,
            },
            "backbone must return maps named 'aux' and 'out' for fcn, got 'out'.*'layer3': 'aux'",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        small(**changes)


def test_other_networks_have_no_classes_of_pixels():
    assert segmenter_classes(nn.Linear(2, 2)) is None
