import pytest
import torch
import torchvision
from torch import nn
from torchvision.models import get_model, list_models
from torchvision.models.regnet import BlockParams

from vislearn.errors import InputError
from vislearn.models import (
    SmallConvNet,
    SmallResNet,
    head,
    head_alone,
    head_inputs,
    head_name,
    num_outputs,
    replace_head,
)

NAMES = list_models(module=torchvision.models)
PLACES = [*(f"classifier.{index}" for index in (1, 2, 3, 5, 6)), "classifier", "fc", "heads.head", "head"]


@pytest.fixture(autouse=True)
def _regnets_compute_their_widths_for_real(monkeypatch):
    """They are worked out in tensors, which on the meta device hold no numbers."""
    original = BlockParams.from_init_params

    def on_cpu(cls, *sizes, **more):
        with torch.device("cpu"):
            return original(*sizes, **more)

    monkeypatch.setattr(BlockParams, "from_init_params", classmethod(on_cpu))


def built(name, device="meta"):
    choice = {"init_weights": False} if name in {"googlenet", "inception_v3"} else {}
    with torch.device(device):
        return get_model(name, weights=None, **choice)


def sequential():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4), nn.Identity()
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_network_of_torchvision_gets_a_new_head(name):
    model = built(name)
    old = head(model)
    assert num_outputs(model) == 1000
    assert head_name(model) in PLACES
    fresh = replace_head(model, 7)
    assert fresh is head(model) is model.get_submodule(head_name(model))
    assert fresh is not old
    assert num_outputs(model) == 7
    side = 299 if name == "inception_v3" else 224
    model.eval()
    assert model(torch.empty(2, 3, side, side, device="meta")).shape == (2, 7)


@pytest.mark.parametrize(("name", "count"), [("googlenet", 2), ("inception_v3", 1)])
def test_side_heads_follow(name, count):
    model = built(name)
    replace_head(model, 7)
    model.train()
    outputs = model(torch.empty(2, 3, 299, 299, device="meta"))
    assert [tuple(out.shape) for out in outputs] == [(2, 7)] * (1 + count)


@pytest.mark.parametrize(
    ("model", "name"),
    [(SmallConvNet(10), "head"), (SmallResNet(10, width=8), "fc"), (sequential(), "3")],
)
def test_networks_of_this_package_and_plain_ones(model, name):
    assert head_name(model) == name
    replace_head(model, 3)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_the_new_head_is_like_the_old_one():
    model = SmallResNet(10, width=4).double()
    model.fc = nn.Linear(32, 10, bias=False, dtype=torch.float64)
    fresh = replace_head(model, 3)
    assert fresh.bias is None
    assert fresh.weight.dtype == torch.float64


def test_squeezenet_may_give_negative_scores_to_a_new_head():
    model = built("squeezenet1_1", "cpu").eval()
    replace_head(model, 5)
    nn.init.constant_(head(model).bias, -100.0)
    scores = model(torch.rand(1, 3, 64, 64))
    assert (scores < 0).all()
    scores.sum().backward()
    assert head(model).weight.grad.abs().sum() > 0  # a ReLU there would have cut it


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v3_small", "resnet18", "vgg11"])
def test_the_head_alone_on_its_inputs_gives_the_network_s_scores(name):
    torch.manual_seed(0)
    model = built(name, "cpu")
    replace_head(model, 5)
    images = torch.rand(2, 3, 64, 64)
    seen = head_inputs(model, images)
    assert seen.ndim == 2
    assert not seen.requires_grad
    assert model.training  # asking changed nothing
    assert not head(model)._forward_pre_hooks
    model.eval()
    torch.testing.assert_close(head_alone(model)(seen), model(images))


def test_what_the_head_alone_learns_the_network_has_learned():
    model = built("squeezenet1_1", "cpu")
    replace_head(model, 5)
    assert {id(p) for p in head_alone(model).parameters()} == {id(p) for p in head(model).parameters()}


@pytest.mark.parametrize("model", [nn.ReLU(), nn.Sequential(nn.ReLU()), nn.Sequential()])
def test_no_head_is_a_clear_error(model):
    with pytest.raises(InputError, match=r"its last layer under one of fc, classifier, heads, head"):
        replace_head(model, 2)


def test_one_class_is_refused():
    with pytest.raises(InputError, match="num_classes must be at least 2, got 1"):
        replace_head(SmallConvNet(10), 1)
