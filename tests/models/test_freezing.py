import copy
import pickle

import pytest
import torch
from torch import nn

from vislearn.models import SmallResNet, freeze, is_frozen, unfreeze


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 2)
    )


def state(module):
    return {key: value.clone() for key, value in module.state_dict().items()}


def train_a_little(model, steps=3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for step in range(steps):
        model.train()
        loss = model(torch.randn(4, 3, 8, 8) + step).square().sum()
        optimizer.zero_grad()
        if loss.requires_grad:
            loss.backward()
        optimizer.step()


def changed(before, after):
    return {key for key in before if not torch.equal(before[key], after[key])}


def test_nothing_in_a_frozen_network_moves():
    model = network()
    before = state(model)
    freeze(model)
    train_a_little(model)
    assert changed(before, state(model)) == set()


def test_without_freezing_the_statistics_do_move():
    model = network().requires_grad_(False)
    before = state(model)
    train_a_little(model)
    assert changed(before, state(model)) == {"1.running_mean", "1.running_var", "1.num_batches_tracked"}


def test_a_part_is_frozen_and_the_rest_learns():
    model = network()
    before = state(model)
    freeze(model[:3])
    train_a_little(model)
    assert changed(before, state(model)) == {"4.weight", "4.bias"}
    images = torch.randn(4, 3, 8, 8)
    model.train()
    assert torch.equal(model(images), model(images))  # Dropout rests
    assert [part.training for part in model] == [False, False, False, True, True]


def test_a_part_of_what_is_frozen_may_learn_again():
    model = SmallResNet(3, width=4)
    freeze(model)
    unfreeze(model.layer4)
    model.train()
    learning = {name.partition(".")[0] for name, value in model.named_parameters() if value.requires_grad}
    assert learning == {"layer4"}
    assert model.layer4[0].bn1.training
    assert not model.layer3[0].bn1.training
    model.eval()
    assert not model.layer4[0].bn1.training


def test_momentum_from_before_does_not_move_what_was_frozen_since():
    model = network()
    train_a_little(model)
    loss = model(torch.randn(4, 3, 8, 8)).sum()
    loss.backward()
    freeze(model)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_unfreezing_restores_everything():
    model = network()
    freeze(model)
    unfreeze(model)
    assert not is_frozen(model)
    before = state(model)
    train_a_little(model, 1)
    assert changed(before, state(model)) == set(before)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_frozen_on_their_own(copied):
    model = network()
    freeze(model)
    twin = copied(model)
    twin.train()
    assert is_frozen(twin[1])
    assert not twin[1].training
    unfreeze(twin)
    twin.train()
    assert twin[1].training
    assert not model[1].training
