import pytest
import torch
from torch import nn

from vislearn.training.recipes.averaging import Averaging


def stepped(averaging, optimizer, steps):
    """The weights after each step."""
    seen = []
    for step in range(steps):
        optimizer.zero_grad()
        images = torch.rand(4, 3, generator=torch.Generator().manual_seed(step))
        averaging(images).pow(3).sum().backward()
        optimizer.step()
        seen.append(averaging.learner[0].weight.detach().clone())
    return torch.stack(seen)


def averaging_of(steps):
    torch.manual_seed(0)
    averaging = Averaging(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), steps)
    optimizer = torch.optim.SGD(averaging.learner.parameters(), lr=0.1)
    averaging.follow(optimizer)
    return averaging, optimizer


def test_the_average_forgets_at_its_pace_and_teaches_the_learner_nothing():
    averaging, optimizer = averaging_of(steps=4)
    weights = stepped(averaging, optimizer, 6)
    assert (weights[1:] != weights[:-1]).flatten(1).any(dim=1).all()
    expected = weights[0]
    for weight in weights[1:]:
        expected = 0.75 * expected + 0.25 * weight
    torch.testing.assert_close(averaging.average[0].weight, expected)
    assert torch.equal(averaging.learner[0].weight, weights[-1])
    assert all(one.grad is None for one in averaging.average.parameters())


def test_answers_are_the_learner_s():
    averaging, optimizer = averaging_of(steps=4)
    stepped(averaging, optimizer, 3)
    averaging.eval()
    images = torch.ones(2, 3)
    assert torch.equal(averaging(images), averaging.learner(images))
    assert not torch.equal(averaging(images), averaging.average(images))


@pytest.mark.parametrize("kept", [1, 4])
def test_its_state_goes_on_where_it_stood(kept):
    whole, optimizer = averaging_of(steps=4)
    stepped(whole, optimizer, kept)
    again, its_optimizer = averaging_of(steps=4)
    again.load_state_dict(whole.state_dict())
    stepped(whole, optimizer, 2)
    stepped(again, its_optimizer, 2)
    assert torch.equal(whole.average[0].weight, again.average[0].weight)
