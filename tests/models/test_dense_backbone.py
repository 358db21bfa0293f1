"""What detectors and segmenters look through: stages found, tied together, frozen where they should be."""

import pytest
import torch
from torch import nn
from torchvision.models import get_model

from vislearn.errors import InputError
from vislearn.models import SmallResNet, is_frozen
from vislearn.models.dense_backbone import Known, Pyramid, stages

STAGES = {
    "resnet18": [(2, 64), (4, 64), (8, 128), (16, 256), (32, 512)],
    "mobilenet_v2": [(2, 16), (4, 24), (8, 32), (16, 96), (32, 1280)],
    "squeezenet1_1": [(2, 64), (4, 128), (8, 256), (16, 512)],
}


@pytest.mark.parametrize("name", STAGES)
def test_stages_of_published_networks(name):
    network = get_model(name, weights=None)
    assert [stage[1:] for stage in stages(network)] == STAGES[name]
    pyramid = Pyramid(network, (8, 4), 16).eval()
    with torch.no_grad():
        maps = pyramid(torch.rand(1, 3, 65, 97))
    assert list(maps) == ["0", "1"]
    assert all(one.shape[1] == 16 for one in maps.values())
    for stride, one in zip((4, 8), maps.values(), strict=True):
        assert abs(one.shape[2] - 65 / stride) < 1.2
        assert abs(one.shape[3] - 97 / stride) < 1.2


@pytest.mark.parametrize(
    ("trainable_from", "frozen"),
    [
        (1, []),
        (2, ["conv1", "bn1", "relu", "maxpool", "layer1"]),
        (9, ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3"]),
    ],
)
def test_early_stages_stay_as_they_are(trainable_from, frozen):
    body = Pyramid(SmallResNet(2, width=8), (2, 4), 16, trainable_from=trainable_from).body
    assert [name for name, layer in body.named_children() if is_frozen(layer)] == frozen
    before = {name: value.clone() for name, value in body.state_dict().items()}
    body.train()
    total = sum(one.sum() for one in body(torch.rand(2, 3, 16, 16)).values())
    if total.requires_grad:
        total.backward()
    changed = {
        name.split(".")[0]
        for name, value in body.state_dict().items()
        if not torch.equal(value, before[name])
    }
    learns = {name.split(".")[0] for name, parameter in body.named_parameters() if parameter.grad is not None}
    everything = {"conv1", "bn1", "layer1", "layer2", "layer3"} - set(frozen)
    assert learns == everything
    assert changed == everything - {"conv1"}  # BatchNorm's averages


def test_other_networks_and_strides_are_refused():
    with pytest.raises(InputError, match="must have layer1"):
        stages(nn.Linear(2, 2))
    with pytest.raises(InputError, match="strides must be among this network's: 1, 2, got 4"):
        Pyramid(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(2)), (4,), 8)


def test_only_published_networks_keep_their_norms_at_rest():
    origins = ("bundled", "published", "own")
    at_rest = [Known(nn.Identity(), (0.0,), (1.0,), origin).norms_rest for origin in origins]
    assert at_rest == [False, True, False]


def test_looking_for_stages_leaves_the_network_as_it_was():
    network = SmallResNet(2, width=8)
    mean = network.bn1.running_mean.clone()
    stages(network)
    assert network.training
    assert torch.equal(network.bn1.running_mean, mean)


def test_a_network_for_gray_pictures():
    assert stages(SmallResNet(2, width=8, in_channels=1))[0].channels == 8
