import pytest
import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.models import costs, measure


class Twice(nn.Module):
    """What it is given, doubled into a tensor that is gone, then into one that stays."""

    def forward(self, x):
        first = x * 2
        second = first + 1
        del first
        return second * 1


def test_memory_is_what_is_there_at_once():
    assert measure(Twice(), torch.rand(1, 1000)).working_mb == 2 * 4000 / 1e6


def test_a_view_is_no_new_memory():
    assert measure(nn.Flatten(), torch.rand(4, 10, 10)).working_mb == 0
    assert measure(nn.Sequential(nn.Flatten(), nn.ReLU()), torch.rand(1, 10, 10)).working_mb == 400 / 1e6


def test_weights_and_buffers_count_times_are_in_order():
    cost = measure(nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8)), torch.rand(1, 3, 9, 9))
    assert cost.weights_mb == (4 * (216 + 4 * 8) + 8) / 1e6  # a counter of batches, int64, too
    assert 0 < cost.fastest_ms <= cost.ms <= cost.slowest_ms


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_comes_back_and_nothing_learns(training):
    model = nn.BatchNorm2d(3).train(training)
    measure(model, torch.rand(2, 3, 4, 4) + 5)
    assert model.training is training
    assert model.running_mean.tolist() == [0, 0, 0]


def test_each_call_is_made_once_beside_the_first_and_the_one_for_memory():
    calls = []
    model = nn.Identity()
    model.register_forward_hook(lambda *_all: calls.append(torch.is_inference_mode_enabled()))
    measure(model, torch.rand(1, 3, 2, 2), repeats=4)
    assert calls == [True] * 6


def test_a_detector_gets_its_list():
    class Detector(nn.Module):
        def forward(self, images):
            return [{"boxes": image.new_zeros(5, 4)} for image in images]

    assert measure(Detector(), [torch.rand(3, 8, 8)] * 2).working_mb == 2 * 80 / 1e6


def test_the_mode_comes_back_after_an_error_too():
    model = nn.Linear(3, 2).train()
    with pytest.raises(RuntimeError):
        measure(model, torch.rand(1, 4))
    assert model.training


def test_no_repeats():
    with pytest.raises(InputError, match="repeats must be at least 1"):
        measure(nn.Identity(), torch.rand(1), repeats=0)


class Storage:
    """As much of torch's storage as is counted, at a place in memory that the test chooses."""

    def __init__(self, place, nbytes):
        self._cdata, self.nbytes = place, lambda: nbytes


def test_a_new_storage_at_the_place_of_one_that_is_gone_counts_too():
    held = costs._Held()
    first = Storage(7, 100)
    for _view in range(2):
        held._count(first)
    assert held.now == 100
    del first
    assert held.now == 0
    second = Storage(7, 60)
    held._count(second)
    assert held.now == second.nbytes() == 60
