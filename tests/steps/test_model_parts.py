import pytest
import torch
from torchvision.models import mobilenet_v2, resnet18

from vislearn.models import SmallConvNet, SmallResNet
from vislearn.steps.model_parts import by_part


def test_nothing_has_no_parts():
    assert by_part({}) == {}


@pytest.mark.parametrize(
    ("make", "first", "last", "count"),
    [
        (lambda: SmallConvNet(10), "features.0.0", "head", 7),
        (lambda: SmallResNet(10), "conv1", "fc", 7),
        (resnet18, "conv1", "fc", 7),
        (mobilenet_v2, "features.0.0", "classifier.1", 22),
        (lambda: torch.nn.Linear(2, 2), "weight", "bias", 2),
    ],
)
def test_parts_are_few_enough_to_read(make, first, last, count):
    parts = by_part(dict(make().named_parameters()))
    assert (next(iter(parts)), list(parts)[-1], len(parts)) == (first, last, count)


def test_the_parts_together_are_as_long_as_the_whole():
    weights = dict(SmallResNet(4, width=8).named_parameters())
    whole = torch.cat([weight.detach().flatten() for weight in weights.values()]).norm()
    assert sum(length**2 for length in by_part(weights).values()) ** 0.5 == pytest.approx(
        float(whole), rel=1e-4
    )
