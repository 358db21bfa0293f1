import pytest
import torch
from torch import nn
from torchvision.models import resnet18
from torchvision.models.detection.backbone_utils import BackboneWithFPN

from vislearn.errors import InputError
from vislearn.models import SmallResNet


@pytest.mark.parametrize(("width", "channels", "side"), [(4, 1, 8), (8, 3, 32), (4, 3, 65)])
def test_pictures_of_any_size_get_one_score_per_class(width, channels, side):
    model = SmallResNet(5, width=width, in_channels=channels)
    assert model(torch.rand(2, channels, side, side)).shape == (2, 5)


def test_layers_are_called_as_in_resnet18():
    def layers(model):
        return {key for key in model.state_dict() if ".1." not in key}  # resnet18 has two blocks per stage

    small, large = layers(SmallResNet(1000)), layers(resnet18())
    # at stride 1 and equal width, torchvision's first block has no projection either
    assert small == large


def test_stages_have_the_promised_channels_and_strides():
    model = SmallResNet(2, width=8)
    pyramid = BackboneWithFPN(model, {f"layer{i}": str(i) for i in range(1, 5)}, [8, 16, 32, 64], 6)
    sizes = {name: tuple(out.shape[1:]) for name, out in pyramid(torch.zeros(2, 3, 32, 32)).items()}
    assert sizes == {"1": (6, 32, 32), "2": (6, 16, 16), "3": (6, 8, 8), "4": (6, 4, 4), "pool": (6, 2, 2)}


def test_no_parameter_is_left_on_the_meta_device_and_chance_decides_the_weights():
    def weights(seed):
        torch.manual_seed(seed)
        return torch.cat([value.flatten() for value in SmallResNet(3, width=4).parameters()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_convolutions_start_as_he_et_al_advise():
    model = SmallResNet(10, width=64)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
            expected = (2 / (layer.out_channels * 9)) ** 0.5
            assert layer.weight.std().item() == pytest.approx(expected, rel=0.1)


def test_one_class_is_refused():
    with pytest.raises(InputError, match="num_classes must be at least 2, got 1"):
        SmallResNet(1)
