"""What a network can't take is said in a sentence; what it can take is let alone."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation import LRASPP
from torchvision.models.segmentation.deeplabv3 import ASPPPooling

from vislearn.errors import InputError
from vislearn.models import SmallResNet
from vislearn.training import ClassificationTask, SegmentationTask, evaluate, fit
from vislearn.training.misfits import misfits_explained

CPU = torch.device("cpu")
PICTURES = torch.rand(4, 3, 8, 8)
LABELS = torch.tensor([0, 1, 0, 1])


def network():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))


def train(model, loader, **more):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return fit(model, ClassificationTask(), loader, epochs=1, optimizer=optimizer, device=CPU, **more)


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (
            (PICTURES * 255).byte(),
            r"pictures must be float32, .* got uint8. v2.ToDtype\(torch.float32",
        ),
        (PICTURES.double(), r"pictures must be float32, .* got float64. Add .to\(torch.float32\)"),
        (PICTURES.permute(0, 2, 3, 1), r"must be \(N, 3, H, W\).* got \(4, 8, 8, 3\). .*permute\(0, 3, 1, 2"),
        (PICTURES[:, :1], r"must be \(N, 3, H, W\).* got \(4, 1, 8, 8\). v2.RGB\(\) makes three"),
        (PICTURES[:, [0, 1, 2, 0]], r"got \(4, 4, 8, 8\). v2.RGB\(\) leaves transparency out"),
    ],
)
def test_pictures_that_do_not_fit_are_named_in_training_and_in_judging(pictures, said):
    with pytest.raises(InputError, match=said):
        train(network(), [(pictures, LABELS)])
    with pytest.raises(InputError, match=said):
        train(network(), [(PICTURES, LABELS)], val_loader=[(pictures, LABELS)])
    with pytest.raises(InputError, match=said):
        evaluate(network(), ClassificationTask(), [(pictures, LABELS)], device=CPU)


def test_a_network_that_scales_bytes_itself_is_let_alone_and_its_own_errors_too():
    class Scales(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network()

        def forward(self, images):
            return self.inner(images / 255)

    loader = [((PICTURES * 255).byte(), LABELS)]
    assert len(train(Scales(), loader)) == 1
    with pytest.raises(RuntimeError, match="the cat is out"), misfits_explained(network(), lambda: loader[0]):
        raise RuntimeError("the cat is out")


def set_of(count):
    return TensorDataset(torch.rand(count, 3, 8, 8), torch.arange(count) % 2)


def normed():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(4))


@pytest.mark.parametrize("pooled", [normed, lambda: nn.Sequential(ASPPPooling(3, 4), nn.Flatten(2))])
def test_a_last_batch_of_one_picture_is_refused_before_the_first_step(pooled):
    model = pooled()
    before = [parameter.detach().clone() for parameter in model.parameters()]
    with pytest.raises(InputError, match=r"more than one picture .* drop_last=True"):
        train(model, DataLoader(set_of(9), 4))
    assert all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


def test_where_it_can_not_be_known_before_it_is_said_when_it_happens():
    loader = [(PICTURES, LABELS), (PICTURES[:1], LABELS[:1])]
    with pytest.raises(InputError, match=r"more than one picture .* drop_last=True"):
        train(normed(), loader)


@pytest.mark.parametrize(
    "loader",
    [DataLoader(set_of(9), 4, drop_last=True), DataLoader(set_of(10), 4)],
)
def test_a_leftover_that_does_no_harm_is_let_alone(loader):
    assert len(train(normed(), loader)) == 1


def test_one_picture_is_enough_for_a_norm_over_maps_and_for_a_frozen_one():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    assert len(train(model, DataLoader(set_of(9), 4))) == 1


class Doubled(TensorDataset):
    """With a transform that no other process can be told."""

    def __init__(self, count):
        super().__init__(*set_of(count).tensors)
        self.transform = lambda image: 2 * image


@pytest.mark.filterwarnings("ignore:Got pickle error")  # torch's own words, before ours
def test_a_lambda_among_the_transforms_of_spawned_workers_has_its_sentence():
    loader = DataLoader(Doubled(4), 2, num_workers=1, multiprocessing_context="spawn")
    with pytest.raises(InputError, match=r"by pickle, got .*Instead of a lambda, .* num_workers=0"):
        train(network(), loader)
    with pytest.raises(InputError, match="Instead of a lambda"):
        evaluate(network(), ClassificationTask(), loader, device=CPU)


def test_a_segmenter_without_a_map_that_it_needs():
    """torchvision says KeyError: 'low'."""
    body = IntermediateLayerGetter(SmallResNet(2, width=8), {"layer4": "high"})
    batch = (torch.zeros(2, 3, 16, 16), torch.zeros(2, 16, 16, dtype=torch.int64))
    with pytest.raises(InputError, match="must return a map named 'low': LR-ASPP looks at a fine one too"):
        evaluate(LRASPP(body, 8, 64, 2), SegmentationTask(2), [batch], device=CPU)


def test_other_keys_that_are_missing_keep_their_error():
    with pytest.raises(KeyError, match="mine"), misfits_explained(network(), lambda: (PICTURES, LABELS)):
        raise KeyError("mine")
