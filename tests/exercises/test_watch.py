import pytest
import torch
from torch import nn
from torchvision.transforms import v2

from vislearn.exercises.watch import Inputs, Watch


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


DUE = torch.tensor([-2.0, 3.0])


def given(*ends, channels=3):
    return torch.tensor(ends).repeat(1, channels, 2, 1)


@pytest.mark.parametrize(
    ("pictures", "alike"),
    [
        (given(-2.0, 3.0), True),
        (given(-1.1, 5.9), True),
        (given(-0.9, 3.0), False),
        (given(-2.0, 6.1), False),
        (given(0.0, 1.0), False),
        (given(0.0, 255.0), False),
        (given(-9.0, 9.0, channels=4), True),  # not the pictures: nobody knows
    ],
)
def test_pictures_are_alike_to_a_factor_of_two(pictures, alike):
    with Inputs(3) as inputs:
        nn.Sequential(nn.Identity(), nn.Conv2d(pictures.shape[1], 3, 1))(pictures)
    assert inputs.are_like(DUE) is alike


def test_the_range_is_that_of_all_batches_and_of_layers_with_weights_only():
    model = nn.Sequential(v2.Normalize([100.0] * 3, [50.0] * 3), nn.Conv2d(3, 1, 1))
    with Inputs(3) as inputs:
        model(given(0.0, 100.0))
        model(given(100.0, 250.0))
        model(torch.zeros(0, 3, 2, 2))
    model(given(0.0, 1e6))
    assert (inputs.low, inputs.high) == (-2, 3)


def test_where_nothing_went_in_nothing_is_said():
    with Inputs(3) as inputs:
        nn.Flatten()(given(0.0, 255.0))
        nn.Linear(4, 1)(torch.ones(2, 4))
    assert inputs.are_like(DUE)
