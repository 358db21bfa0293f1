import pytest
import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.models import SmallConvNet


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (3, 32), (3, 65)])
def test_any_picture_of_eight_pixels_or_more_gets_one_score_per_class(channels, side):
    model = SmallConvNet(5, in_channels=channels, width=4)
    assert model(torch.rand(2, channels, side, side)).shape == (2, 5)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_batch_norm_is_there_when_asked_for(batch_norm):
    model = SmallConvNet(2, batch_norm=batch_norm)
    assert any(isinstance(module, nn.BatchNorm2d) for module in model.modules()) is batch_norm


def test_one_class_is_refused():
    with pytest.raises(InputError, match="num_classes must be at least 2, got 1"):
        SmallConvNet(1)
