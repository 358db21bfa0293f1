"""The small networks that lesson 02's exercises are tried on."""

import pytest
import torch
from torch import nn

from vislearn.exercises.lessons.transfer.networks import network, pictures, require_module, set_learning
from vislearn.exercises.running import Unusable
from vislearn.seeding import generator


@pytest.mark.parametrize("seed", range(5))
def test_a_network_answers_with_its_own_number_of_classes(seed):
    made = network(generator(seed)).eval()
    assert made(pictures()).shape == (4, made.fc.out_features)
    assert made.fc.in_features == made.layer1[1].num_features


def test_the_generator_alone_decides():
    before = torch.get_rng_state()
    one, same, other = (network(generator(seed)).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["layer1.1.running_mean"][:3], other["layer1.1.running_mean"][:3])


def test_statistics_of_the_pictures_are_not_those_of_the_network():
    made = network(generator(0))
    before = made.bn1.running_mean.clone()
    made.train()(pictures())
    assert (made.bn1.running_mean - before).abs().max() > 0.01


@pytest.mark.parametrize("learns", [True, False])
def test_learning_is_switched(learns):
    layer = nn.Linear(2, 2)
    set_learning(layer.parameters(), learns)
    assert [parameter.requires_grad for parameter in layer.parameters()] == [learns] * 2


@pytest.mark.parametrize("answer", [None, [], "model"])
def test_what_is_no_network_is_refused(answer):
    with pytest.raises(Unusable, match="a model expected"):
        require_module(answer)
    layer = nn.Linear(1, 1)
    assert require_module(layer) is layer
