import pytest
import torch
from torch import nn

from vislearn.traps.loop.recorder import Audience, Forward, Recorder, is_noisy, name_of, noisy_layers


def test_layers_that_answer_otherwise_in_train_mode():
    norm, drop = nn.BatchNorm2d(2), nn.Dropout2d(0.1)
    model = nn.Sequential(
        nn.Conv2d(3, 2, 1), norm, nn.LayerNorm(2), nn.Sequential(drop), nn.InstanceNorm2d(2)
    )
    assert noisy_layers(model) == [norm, drop]
    assert noisy_layers(nn.Linear(1, 1)) == []


@pytest.mark.parametrize(
    ("layer", "noisy"),
    [
        (nn.Dropout(0.5), True),
        (nn.Dropout(0.0), False),
        (nn.Dropout(0.5).eval(), False),
        (nn.BatchNorm2d(2), True),
        (nn.BatchNorm2d(2).eval(), False),
        (nn.BatchNorm2d(2, track_running_stats=False), False),  # the same in both modes
        (nn.BatchNorm2d(2, momentum=None), False),  # statistics are being estimated, on purpose
    ],
)
def test_whether_they_do_so_now(layer, noisy):
    assert is_noisy(layer) == noisy


@pytest.mark.parametrize(
    ("answer", "graph", "losses"),
    [
        (torch.rand(2), False, False),
        (torch.rand(2, requires_grad=True), True, False),
        ({"out": torch.rand(1, 3)}, False, False),
        ({"loss": torch.rand((), requires_grad=True)}, True, True),
        ([{"boxes": torch.rand(1, 4), "names": ["a"]}], False, False),
        ((torch.rand(1), [torch.rand(1, requires_grad=True)]), True, False),
        ({}, False, False),
        (None, False, False),
        ("text", False, False),
    ],
)
def test_what_an_answer_is(answer, graph, losses):
    call = Forward(nn.Identity(), training=True, noisy=False)
    call.answered(answer)
    assert (call.graph, call.losses) == (graph, losses)


def test_a_recorder_that_cares_for_nothing_bears_everything():
    recorder, call = Recorder([], [], []), Forward(nn.Identity(), training=True, noisy=False)
    optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters())
    recorder.asked(call), recorder.answered(call), recorder.entered(torch.rand(1), call), recorder.backward()
    recorder.stepping(optimizer), recorder.stepped(optimizer), recorder.scheduled(None)
    (
        recorder.batch(iter([])),
        recorder.exhausted(iter([])),
        recorder.loss("l", torch.rand(1)),
        recorder.ended(),
    )
    assert name_of(optimizer) == "SGD"


def test_one_that_fails_leaves_and_the_others_stay():
    class Failing(Recorder):
        def backward(self):
            raise ZeroDivisionError("never seen before")

    class Counting(Recorder):
        count = 0

        def backward(self):
            self.count += 1

    counting = Counting([], [], [])
    audience = Audience([Failing([], [], []), counting])
    with pytest.warns(UserWarning, match="looks no longer at Failing"):
        audience.tell("backward")
    audience.tell("backward")
    assert counting.count == 2
