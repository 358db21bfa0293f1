import pytest
import torch
from torch import nn

from vislearn.exercises.watch import Watch


class Notes(Watch):
    """Keeps what it is told."""

    def __init__(self, *watched):
        super().__init__(*watched)
        self.forwards, self.gradients = [], []

    def note_forward(self, args, output):
        self.forwards.append((args, output))

    def note_step(self):
        self.gradients.append(self.parameters[0].grad)


@pytest.fixture
def trained():
    model = nn.Linear(1, 1)
    return model, torch.optim.SGD(model.parameters(), lr=0.5)


def a_step(model, optimizer):
    optimizer.zero_grad()
    model(torch.ones(1, 1)).sum().backward()
    optimizer.step()


def test_nothing_happens(trained):
    with Watch(*trained) as watch:
        pass
    assert (watch.modes, watch.backwards, watch.steps, watch.changed()) == ([], 0, 0, False)


def test_passes_backward_calls_and_steps_are_counted(trained):
    model, optimizer = trained
    with Watch(model, optimizer) as watch:
        a_step(model, optimizer)
        model.eval()
        a_step(model, optimizer)
        model(torch.ones(1, 1))
    assert (watch.modes, watch.backwards, watch.steps, watch.changed()) == ([True, False, False], 2, 2, True)


def test_what_is_noted_is_there_when_it_is_noted(trained):
    with Notes(*trained) as watch:
        a_step(*trained)
    ((args, output),) = watch.forwards
    assert args[0].tolist() == [[1.0]]
    assert output.shape == (1, 1)
    assert watch.gradients[0].tolist() == [[1.0]]


def test_nobody_is_watched_afterwards_not_even_after_an_error(trained):
    with pytest.raises(ZeroDivisionError), Notes(*trained) as watch:
        raise ZeroDivisionError
    a_step(*trained)
    assert (watch.modes, watch.backwards, watch.steps, watch.forwards) == ([], 0, 0, [])


def test_a_weight_is_changed_until_it_is_put_back(trained):
    model, optimizer = trained
    before = model.bias.detach().clone()
    with Watch(model, optimizer) as watch, torch.no_grad():
        model.bias += 1
        assert watch.changed()
        model.bias.copy_(before)
        assert not watch.changed()
