from types import SimpleNamespace

import pytest
import torch
from torch import nn

from vislearn.traps.loop.forwards import Forwards, _are_pixels
from vislearn.traps.loop.recorder import Audience, Recorder


class Log(Recorder):
    def __init__(self):
        super().__init__([], [], [])
        self.calls, self.pixels = [], []

    def answered(self, call):
        self.calls.append((call.training, call.noisy, call.graph))

    def entered(self, image, call):
        self.pixels.append(tuple(image.shape))


@pytest.fixture
def listened():
    log, made = Log(), []

    def listen(*models):
        made.append(Forwards(models, Audience([log])))
        return log

    yield listen
    for one in made:
        for handle in one.handles:
            handle.remove()


def network():
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )


def test_mode_noise_and_graph_of_a_call(listened):
    model = network()
    log = listened(model)
    model(torch.rand(2, 3, 8, 8))
    with torch.no_grad():
        model.eval()(torch.rand(2, 3, 8, 8))
    assert log.calls == [(True, True, True), (False, False, False)]
    assert log.pixels == [(2, 3, 8, 8)] * 2


def test_a_part_that_is_called_alone_speaks_for_its_model(listened):
    model = network()
    log = listened(model)
    model[:2](torch.rand(2, 3, 8, 8))
    assert log.calls == [(True, True, True)]


def test_a_call_that_breaks_off_leaves_nothing_behind(listened):
    model = network()
    log = listened(model)
    with pytest.raises(RuntimeError):
        model(torch.rand(2, 5, 8, 8))
    model(torch.rand(2, 3, 8, 8))
    assert len(log.calls) == 1


def test_what_is_no_picture_is_not_measured(listened):
    table = nn.Linear(4, 2)
    maps = nn.Conv2d(16, 2, 1)
    log = listened(table, nn.Sequential(maps))
    table(torch.rand(2, 4) * 255)
    maps(torch.rand(2, 16, 4, 4))
    assert log.pixels == []


def test_flattened_pictures_are_pictures(listened):
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    log = listened(model)
    model(torch.rand(2, 1, 8, 8))
    assert log.pixels == [(2, 64)]


def test_one_model_inside_another(listened):
    inner = network()
    outer = nn.Sequential(inner, nn.Linear(2, 2))
    log = listened(outer, inner)
    outer(torch.rand(2, 3, 8, 8))
    assert len(log.calls) == 2


@pytest.mark.parametrize(
    ("values", "given", "expected"),
    [
        ((2, 3, 4, 4), None, True),
        ((2, 1, 4, 4), None, True),
        ((2, 8, 4, 4), None, False),  # feature maps
        ((2, 48), (2, 3, 4, 4), True),  # flattened on their way
        ((2, 16), (2, 1, 4, 4), True),
        ((2, 47), (2, 3, 4, 4), False),
        ((2, 128), (2, 8, 4, 4), False),
        ((2, 48), None, False),
        ((2, 48), (2, 48), False),
        ((2, 3, 16), (2, 3, 4, 4), False),
    ],
)
def test_what_reaches_a_first_layer_is_pixels_or_not(values, given, expected):
    call = SimpleNamespace(image=None if given is None else torch.zeros(given))
    assert _are_pixels(torch.zeros(values), call) is expected
