import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.training import ClassificationTask, fit
from vislearn.training.auditing import warn_of_traps

SET = TensorDataset(torch.rand(8, 1, 2, 2), torch.tensor([0] * 4 + [1] * 4))
MODEL = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def train(loader, **choices):
    optimizer = torch.optim.SGD(MODEL.parameters(), lr=0.1)
    return fit(MODEL, ClassificationTask(), loader, epochs=1, optimizer=optimizer, **choices)


def test_a_training_says_what_its_data_show_and_goes_on():
    with pytest.warns(
        UserWarning, match="certain: The training's loader gives one class after the other"
    ) as said:
        assert len(train(DataLoader(SET, 2)).rows) == 1
    assert len(said) == 1


def test_it_is_silent_on_right_data_and_when_switched_off():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(DataLoader(SET, 2, shuffle=True))
        train(DataLoader(SET, 2), audit=False)


def test_no_training_ends_by_a_look_at_its_data():
    class Stubborn:
        @property
        def dataset(self):
            raise RuntimeError("not to be asked")

    warn_of_traps(Stubborn(), None, MODEL)
