import pytest
import torch
from torchvision.models import MobileNet_V2_Weights, SqueezeNet1_1_Weights

from vislearn.errors import InputError
from vislearn.models import (
    Card,
    SmallResNet,
    card,
    classes,
    preparation,
    pretrained,
    store_bundled,
)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    torch.manual_seed(0)
    model = SmallResNet(2, width=4)
    about = Card("scene", ("a", "b"), 24, (0.0,) * 3, (0.5,) * 3, data="", recipe="", width=4)
    store_bundled(model, about, tmp_path / "weights")
    return model


def test_a_bundled_network_its_classes_and_its_preparation(scene):
    model = pretrained("scene")
    assert not model.training
    assert torch.equal(model.fc.weight, scene.fc.weight.half().float())
    assert classes("scene") == card("scene").classes == ("a", "b")
    white = torch.full((3, 30, 40), 255, dtype=torch.uint8)
    assert torch.equal(preparation("scene")(white), torch.full((3, 24, 24), 2.0))


def test_of_torchvision_s_the_preparation_is_its_own():
    weights = SqueezeNet1_1_Weights.IMAGENET1K_V1
    picture = torch.randint(0, 256, (3, 260, 300), dtype=torch.uint8)
    assert torch.equal(preparation("squeezenet1_1")(picture), weights.transforms()(picture))


def test_weights_that_are_named_are_the_ones_described():
    first, second = MobileNet_V2_Weights.IMAGENET1K_V1, MobileNet_V2_Weights.IMAGENET1K_V2
    assert card("mobilenet_v2", first).scores["acc@1"] == pytest.approx(0.71878)
    assert card("mobilenet_v2", second).scores["acc@1"] == pytest.approx(0.72154)
    assert preparation("mobilenet_v2", second).resize_size == [232]


@pytest.mark.parametrize("ask", [pretrained, card, classes, preparation])
def test_an_unknown_name_is_refused(ask):
    with pytest.raises(InputError, match=r"got 'photos'|got 'squeezenet'"):
        ask("squeezenet")


@pytest.mark.parametrize("ask", [pretrained, card])
def test_bundled_networks_have_no_choice_of_weights(ask, scene):
    with pytest.raises(InputError, match="weights must be left out for 'scene'"):
        ask("scene", SqueezeNet1_1_Weights.IMAGENET1K_V1)
