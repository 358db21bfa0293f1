import pytest
import torch
from torch import nn

from vislearn.training import ClassificationTask


def test_scores_do_not_depend_on_how_pictures_are_batched():
    chance = torch.Generator().manual_seed(0)
    images, target = torch.randn(7, 3, generator=chance), torch.randint(3, (7,), generator=chance)
    whole = ClassificationTask().evaluate(nn.Identity(), [(images, target)])
    parts = ClassificationTask().evaluate(nn.Identity(), [(images[:5], target[:5]), (images[5:], target[5:])])
    assert parts == pytest.approx(whole)
    assert whole["loss"] == pytest.approx(nn.functional.cross_entropy(images, target).item())


def test_loss_is_cross_entropy_with_a_gradient():
    model = nn.Linear(3, 2)
    batch = (torch.ones(4, 3), torch.tensor([0, 1, 0, 1]))
    loss = ClassificationTask().loss(model, batch)
    loss.backward()
    assert loss.item() == pytest.approx(nn.functional.cross_entropy(model(batch[0]), batch[1]).item())
    assert model.weight.grad.abs().sum() > 0
