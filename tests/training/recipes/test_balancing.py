import pytest
import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.imbalance import adjusted, class_weights
from vislearn.models import classifier
from vislearn.training.recipes.balancing import adjust_head, sampler_for, weights_for

LABELS = [0] * 9 + [1]


@pytest.mark.parametrize("balance", [None, "sampler", "adjust"])
def test_losses_count_alike_unless_weights_are_asked_for(balance):
    assert weights_for(balance, LABELS) is None
    assert torch.equal(weights_for("weights", LABELS), class_weights([9, 1]))


@pytest.mark.parametrize("balance", [None, "weights", "adjust"])
def test_pictures_are_drawn_alike_unless_the_sampler_is_asked_for(balance):
    assert sampler_for(balance, LABELS, seed=0) is None
    drawn = [index for _epoch in range(20) for index in sampler_for("sampler", LABELS, seed=_epoch)]
    assert 0.4 < drawn.count(9) / len(drawn) < 0.6


@pytest.mark.parametrize("backbone", ["photo", "squeezenet1_1"])
def test_an_adjusted_network_answers_as_adjusted_logits(backbone):
    """A linear head, and a convolution whose map is averaged."""
    model = classifier(backbone, 2, "scratch").eval()
    images = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        before = model(images)
        adjust_head(model, LABELS)
        torch.testing.assert_close(model(images), adjusted(before, [9, 1]))


def test_a_head_without_a_bias_is_refused():
    with pytest.raises(InputError, match="must have a head with a bias to adjust"):
        adjust_head(nn.Sequential(nn.Linear(3, 2, bias=False)), LABELS)
