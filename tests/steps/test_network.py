import pytest
import torch
from torch import nn
from torchvision import models

from vislearn.errors import InputError
from vislearn.models import SmallConvNet, SmallResNet
from vislearn.steps import layers

IMAGE = torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(0))


def small(kind, **options):
    torch.manual_seed(0)
    return kind(num_classes=4, **options)


WALKS = [
    (SmallConvNet, ["features.0.0", "features.0", "features.1", "features.2"], True),
    (SmallResNet, ["conv1", "layer1", "layer2", "layer3", "layer4"], True),
    (models.resnet18, ["conv1", "relu", "layer1", "layer2", "layer3", "layer4"], True),
    (models.squeezenet1_1, ["features.0", "features.1", "features.4", "features.7", "features.12"], False),
    (
        models.mobilenet_v2,
        ["features.0.0", "features.1", "features.3", "features.6", "features.13", "features.18"],
        True,
    ),
]


@pytest.mark.parametrize(
    ("kind", "stages", "pooled"), WALKS, ids=lambda entry: getattr(entry, "__name__", "")
)
def test_the_walk_ends_in_the_network_s_own_answer(kind, stages, pooled):
    model = small(kind)
    model.train()
    steps = list(layers(model, IMAGE))
    titles = ["Input", *stages, *["Pooled"] * pooled, "Logits", "Answer"]
    assert [step.title for step in steps] == titles
    assert all(module.training for module in model.modules())
    with torch.no_grad():
        logits = model.eval()(IMAGE[None])[0]
    assert torch.equal(steps[-2].value, logits)
    assert steps[-1].value == f"class {int(logits.argmax())}"


def test_maps_are_the_layer_s_own_with_the_strongest_channel_first():
    model = small(SmallResNet, width=8).eval()
    (stage,) = [step for step in layers(model, IMAGE[None]) if step.title == "conv1"]
    with torch.no_grad():
        maps = model.conv1(IMAGE[None])[0]
    strength = stage.value.abs().mean(dim=(1, 2))
    assert strength.tolist() == sorted(strength.tolist(), reverse=True)
    assert sorted(strength.tolist()) == pytest.approx(sorted(maps.abs().mean(dim=(1, 2)).tolist()))
    assert torch.equal(stage.value[0], maps[int(maps.abs().mean(dim=(1, 2)).argmax())])


def test_layers_of_one_s_own_choice_and_names():
    model = small(SmallResNet, width=8)
    steps = list(layers(model, IMAGE, ["layer3", "layer1.0.conv1"], names=["cat", "dog", "fox", "hen"]))
    assert [step.title for step in steps[1:3]] == ["layer3", "layer1.0.conv1"]
    assert steps[1].value.shape == (32, 16, 16)
    assert "4×4 pixels of the picture" in steps[1].note
    assert steps[-1].value in ["cat", "dog", "fox", "hen"]


def test_a_network_without_feature_maps_still_answers():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 4))
    assert [step.title for step in layers(model, IMAGE)] == ["Input", "Pooled", "Logits", "Answer"]


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (
            torch.zeros(2, 3, 64, 64),
            {},
            r"one prepared picture, float \(C, H, W\), got float32 \(2, 3, 64, 64\)",
        ),
        (
            torch.zeros(3, 64, 64, dtype=torch.uint8),
            {},
            r"got uint8 \(3, 64, 64\). Prepare it as for training",
        ),
        ("cat.jpg", {}, "one prepared picture.* got str"),
        (IMAGE, {"layers": ["layer5"]}, "layers must name layers of the network, got 'layer5'"),
        (IMAGE, {"names": ["cat"]}, r"names must be as many as scores \(4\), got 1"),
    ],
)
def test_what_cannot_be_walked_is_refused(image, options, message):
    with pytest.raises(InputError, match=message):
        list(layers(small(SmallResNet, width=8), image, **options))
