import importlib

import pytest
import torch
import torchvision
from torch import nn
from torchvision.models import get_model_weights, list_models

from vislearn.errors import InputError, MissingError
from vislearn.models import SmallResNet, bundled, classifier, head, is_frozen, num_outputs
from vislearn.models.classifier import require_backbone


@pytest.fixture
def backbone():
    torch.manual_seed(0)
    return SmallResNet(10, width=4)


def state(model):
    return {key: value.clone() for key, value in model.state_dict().items()}


def learned(model, before):
    """The parts that moved after two steps of training on pictures with a mean far from zero."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for _ in range(2):
        model.train()
        images = torch.randn(4, 3, 16, 16) + 3
        nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 0])).backward()
        optimizer.step()
        optimizer.zero_grad()
    after = model.state_dict()
    return {key.partition(".")[0] for key in before if not torch.equal(before[key], after[key])}


@pytest.mark.parametrize("mode", ["frozen", "finetune", "scratch"])
def test_every_mode_gives_new_scores_and_leaves_the_backbone_alone(backbone, mode):
    before = state(backbone)
    model = classifier(backbone, 3, mode)
    assert num_outputs(model) == 3
    assert model.train()(torch.rand(2, 3, 16, 16)).shape == (2, 3)
    assert num_outputs(backbone) == 10
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())


def test_frozen_trains_the_head_and_nothing_else(backbone):
    model = classifier(backbone, 3, "frozen")
    assert learned(model, state(model)) == {"fc"}
    assert not is_frozen(head(model))


def test_finetune_trains_everything_from_where_it_stands(backbone):
    model = classifier(backbone, 3, "finetune")
    kept, given = model.state_dict(), backbone.state_dict()
    assert all(torch.equal(kept[key], given[key]) for key in kept if not key.startswith("fc."))
    everything = {key.partition(".")[0] for key in kept}
    assert learned(model, state(model)) == everything


def test_finetune_wakes_what_was_frozen(backbone):
    frozen = classifier(backbone, 3, "frozen")
    model = classifier(frozen, 3, "finetune")
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert model.bn1.training


def test_scratch_forgets_everything(backbone):
    nn.init.constant_(backbone.bn1.running_mean, 7.0)
    model = classifier(backbone, 3, "scratch")
    kept, given = model.state_dict(), backbone.state_dict()
    same = [key for key in kept if not key.startswith("fc.") and torch.equal(kept[key], given[key])]
    # BatchNorm starts at one and zero, as it did in the backbone that nobody had trained
    assert not [key for key in same if ".bn" not in f".{key}" and "downsample.1" not in key]
    assert kept["bn1.running_mean"].abs().max() == 0


def test_scratch_refuses_numbers_that_it_could_not_forget():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))
            self.head = nn.Linear(3, 10)

    with pytest.raises(InputError, match=r"must be made of layers that can start anew .* got 'scale'"):
        classifier(Own(), 2, "scratch")
    assert num_outputs(classifier(Own(), 2, "finetune")) == 2


@pytest.mark.parametrize("name", ["squeezenet1_1", "mobilenet_v3_small", "shufflenet_v2_x0_5", "googlenet"])
def test_torchvision_s_networks_by_name_need_no_weights_for_scratch(name):
    model = classifier(name, 3, "scratch")
    assert model.train()(torch.rand(2, 3, 64, 64)).shape == (2, 3)  # GoogLeNet too: one tensor, not three


def test_inception_has_no_side_head_left():
    with torch.device("meta"):
        model = classifier("inception_v3", 3, "scratch")
    assert model.train()(torch.empty(2, 3, 299, 299, device="meta")).shape == (2, 3)


@pytest.mark.parametrize("name", ["photo", "scene"])
def test_bundled_networks_by_name(name):
    assert type(classifier(name, 3, "scratch")) is SmallResNet


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
def test_missing_weights_are_said_to_be_missing(mode, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("VISLEARN_ASSETS", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    monkeypatch.setattr(bundled, "find_bundled", lambda name: None)
    with pytest.raises(MissingError, match=r"ResNet18_Weights.* \(45 MB\) are not on this computer"):
        classifier("resnet18", 3, mode)
    with pytest.raises(MissingError, match=r"The weights 'photo' .* vislearn weights rebuild photo"):
        classifier("photo", 3, mode)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("resnet19", 3), r"backbone must be 'photo', 'scene' or .* got 'resnet19'\. Near it: resnet1"),
        (("maskrcnn_resnet50_fpn", 3), "got 'maskrcnn_resnet50_fpn'"),
        (("photo", 1), "num_classes must be at least 2, got 1"),
        (("photo", 3, "freeze"), "mode must be one of .* Did you mean 'frozen'"),
    ],
)
def test_what_cannot_be_is_refused(arguments, said):
    with pytest.raises(InputError, match=said):
        classifier(*arguments)


def test_all_of_torchvision_s_classification_networks_are_known():
    for name in list_models(module=torchvision.models):
        require_backbone(name)
        assert len(get_model_weights(name)["DEFAULT"].meta["categories"]) == 1000


def test_a_name_takes_the_published_weights(monkeypatch):
    """Through pretrained(): whatever it gives is what the classifier is built on."""
    given = {name: SmallResNet(10, width=4) for name in ("resnet18", "photo")}
    module = importlib.import_module("vislearn.models.classifier")  # the function has the module's name
    monkeypatch.setattr(module, "pretrained", given.__getitem__)
    for name, network in given.items():
        assert torch.equal(classifier(name, 3).conv1.weight, network.conv1.weight)
