import pytest
import torch
from torch import nn
from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_320_fpn
from torchvision.models.segmentation import lraspp_mobilenet_v3_large

from vislearn.errors import InputError
from vislearn.models import SmallResNet, classifier, count_parameters, freeze, parameter_groups


def members(groups):
    return [id(parameter) for group in groups for parameter in group["params"]]


@pytest.mark.parametrize("backbone_lr", [None, 0.001])
@pytest.mark.parametrize("decay_all", [True, False])
def test_every_learning_parameter_is_in_one_group(backbone_lr, decay_all):
    model = SmallResNet(3, width=4)
    freeze(model.layer1)
    groups = parameter_groups(model, 0.1, backbone_lr=backbone_lr, weight_decay=0.01, decay_all=decay_all)
    expected = [id(parameter) for parameter in model.parameters() if parameter.requires_grad]
    assert sorted(members(groups)) == sorted(expected)
    torch.optim.AdamW(groups, lr=9.0)


def test_the_head_learns_faster_and_scales_do_not_decay():
    model = SmallResNet(3, width=4)
    groups = {g["name"]: g for g in parameter_groups(model, 0.1, backbone_lr=0.01, weight_decay=0.5)}
    assert {name: (g["lr"], g["weight_decay"]) for name, g in groups.items()} == {
        "head": (0.1, 0.5),
        "head, no decay": (0.1, 0.0),
        "backbone": (0.01, 0.5),
        "backbone, no decay": (0.01, 0.0),
    }
    assert [id(p) for p in groups["head"]["params"]] == [id(model.fc.weight)]
    assert id(model.layer1[0].bn1.weight) in members([groups["backbone, no decay"]])
    assert all(parameter.ndim > 1 for parameter in groups["backbone"]["params"])


def test_one_speed_and_decay_for_all():
    (group,) = parameter_groups(nn.Linear(3, 2), 0.1, weight_decay=0.5, decay_all=True)
    assert (group["name"], group["lr"], group["weight_decay"], len(group["params"])) == ("all", 0.1, 0.5, 2)


def test_of_a_frozen_classifier_only_the_head_is_left():
    model = classifier(SmallResNet(10, width=4), 3, "frozen")
    groups = parameter_groups(model, 0.1, backbone_lr=0.01)
    assert [group["name"] for group in groups] == ["head", "head, no decay"]


@pytest.mark.parametrize(
    ("build", "old", "new"),
    [
        (fasterrcnn_mobilenet_v3_large_320_fpn, "backbone.body", "backbone.fpn"),
        (lraspp_mobilenet_v3_large, "backbone", "classifier"),
    ],
)
def test_of_detectors_and_segmenters_the_backbone_is_what_was_trained(build, old, new):
    with torch.device("meta"):
        model = build(weights=None, weights_backbone=None, num_classes=3)
    groups = parameter_groups(model, 0.1, backbone_lr=0.01)
    slow = set(members([group for group in groups if group["lr"] == 0.01]))
    fast = set(members([group for group in groups if group["lr"] == 0.1]))
    learning = {id(p) for p in model.get_submodule(old).parameters() if p.requires_grad}
    assert slow == learning
    assert {id(p) for p in model.get_submodule(new).parameters()} <= fast


def test_nothing_to_learn_is_an_error():
    model = SmallResNet(3, width=4)
    freeze(model)
    with pytest.raises(InputError, match="must have parameters that learn, got a network that is frozen"):
        parameter_groups(model, 0.1)


def test_counts():
    model = nn.Sequential(nn.Linear(10, 2), nn.BatchNorm1d(2))
    assert count_parameters(nn.ReLU()) == (0, 0)
    assert count_parameters(model) == (26, 26)
    freeze(model[0])
    assert count_parameters(model) == (4, 26)
    model.append(model[1])  # shared: counted once
    assert count_parameters(model) == (4, 26)
