import pytest
import torch
from torch import nn
from torchvision.models import mobilenet_v2

from vislearn.errors import InputError
from vislearn.models import SmallResNet, features


@pytest.fixture
def model():
    torch.manual_seed(0)
    return SmallResNet(4, width=4)


IMAGES = torch.linspace(-1, 1, 2 * 3 * 16 * 16).view(2, 3, 16, 16)


def test_no_layers_asked_for_no_layers_given(model):
    assert features(model, IMAGES, []) == {}


def test_layers_come_in_the_order_asked_for(model):
    found = features(model, IMAGES, ["layer2", "conv1", "layer4.0.conv2"])
    assert list(found) == ["layer2", "conv1", "layer4.0.conv2"]
    assert [tuple(out.shape) for out in found.values()] == [(2, 8, 8, 8), (2, 4, 16, 16), (2, 32, 2, 2)]


def test_by_default_the_network_s_own_parts_in_order_of_use(model):
    parts = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc"]
    found = features(model, IMAGES)
    assert list(found) == parts
    model.eval()
    torch.testing.assert_close(found["fc"], model(IMAGES).detach())


def test_a_relu_that_writes_over_its_input_does_not_spoil_what_was_kept(model):
    kept = features(model, IMAGES, ["bn1", "relu"])
    assert kept["bn1"].min() < 0
    assert torch.equal(kept["bn1"].relu(), kept["relu"])


def test_a_layer_used_twice_gives_its_last_output(model):
    found = features(model, IMAGES, ["layer1", "layer1.0.relu"])
    assert torch.equal(found["layer1"], found["layer1.0.relu"])


def test_looking_changes_nothing(model):
    model.train()
    model.layer2.eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    found = features(model, IMAGES, ["layer1"])
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert model.training
    assert model.layer1[0].bn1.training
    assert not model.layer2[0].bn1.training
    assert not any(module._forward_hooks for module in model.modules())
    assert not found["layer1"].requires_grad


def test_hooks_are_gone_after_a_failure(model):
    with pytest.raises(RuntimeError):
        features(model, torch.zeros(1, 5, 8, 8), ["layer1"])
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("network", "name", "said"),
    [
        (SmallResNet(2, width=4), "layer5", r"got 'layer5'\. Near it: layer\d, layer\d"),
        (SmallResNet(2, width=4), "layer1.0.con1", r"got 'layer1.0.con1'\. Near it: layer1\.0\.conv1"),
        (mobilenet_v2(), "xyz", r"got 'xyz'\. It is made of: features, classifier\."),
        (mobilenet_v2(), "", r"got ''"),
    ],
)
def test_a_wrong_name_lists_near_ones(network, name, said):
    with pytest.raises(InputError, match=r"layers must name layers of the network, " + said):
        features(network, IMAGES, [name])


def test_a_layer_that_no_picture_passes_is_an_error():
    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.ReLU(), nn.ReLU()

        def forward(self, images):
            return self.used(images)

    with pytest.raises(InputError, match="must name layers that the network uses, got 'unused'"):
        features(Unused(), IMAGES, ["used", "unused"])
    assert list(features(Unused(), IMAGES)) == ["used"]
