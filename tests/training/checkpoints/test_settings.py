import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from vislearn.errors import FileError
from vislearn.training.checkpoints import file as checkpoint
from vislearn.training.checkpoints.settings import model_digest, require_same_settings, settings_of


def parts(width=2, lr=0.1, momentum=0.9, gamma=0.5):
    model = nn.Linear(width, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    return model, optimizer, lr_scheduler.MultiStepLR(optimizer, [2, 5], gamma=gamma), [0] * 4


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"width": 3}, "model"),
        ({"lr": 0.2}, "optimizer's lr: 0.1 there, 0.2 here"),
        ({"momentum": 0.0}, "optimizer's momentum"),
        ({"gamma": 0.1}, "scheduler's gamma"),
    ],
)
def test_another_training_is_refused_by_what_differs(other, named, tmp_path):
    there, here = (
        settings_of(*parts(), amp=None),
        settings_of(*parts(**other), amp=None),
    )
    with pytest.raises(FileError, match=f"belongs to another training \\({named}"):
        require_same_settings(tmp_path / "run.pt", there, here)


def test_the_same_training_is_the_same_after_it_has_moved_on(tmp_path):
    before = settings_of(*parts(), amp="bf16", classes=("a", "b"))
    model, optimizer, scheduler, loader = parts()
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    checkpoint.write(tmp_path / "run.pt", "training", {"settings": before})
    kept = checkpoint.read(tmp_path / "run.pt", "training")["settings"]
    after = settings_of(model, optimizer, scheduler, loader, amp="bf16", classes=("a", "b"))
    require_same_settings(tmp_path / "run.pt", kept, after)


def test_a_network_is_known_by_its_tensors_not_by_their_values():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    assert model_digest(first) == model_digest(second)
    assert model_digest(first) != model_digest(nn.Linear(2, 3))
