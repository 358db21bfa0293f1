import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from vislearn.errors import FileError
from vislearn.seeding import generator
from vislearn.training.checkpoints import file as checkpoint


def test_what_was_written_is_read_and_needs_no_trust(tmp_path):
    file = tmp_path / "new folder" / "run.pt"
    checkpoint.write(file, "training", {"epoch": 3, "rows": [{"a": 0.5}], "weights": {"w": torch.ones(2)}})
    found = checkpoint.read(file, "training")
    assert (found["epoch"], found["rows"], found["weights"]["w"].tolist()) == (3, [{"a": 0.5}], [1, 1])
    assert set(found["versions"]) == {"vislearn", "torch", "python"}
    assert [path.name for path in file.parent.iterdir()] == ["run.pt"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "does not exist"), (b"", "it is damaged"), (b"no checkpoint", "it is damaged")],
)
def test_a_file_that_is_none_is_named(tmp_path, content, problem):
    file = tmp_path / "run.pt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(FileError, match=problem):
        checkpoint.read(file, "training")


def test_a_file_cut_short_is_damaged(tmp_path):
    file = tmp_path / "run.pt"
    checkpoint.write(file, "training", {"weights": torch.ones(1000)})
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(FileError, match="it is damaged"):
        checkpoint.read(file, "training")


class Harmful:
    def __reduce__(self):
        return print, ("this must never run",)


def test_code_in_a_file_is_not_run(tmp_path, capsys):
    torch.save({"vislearn": "training", "more": Harmful()}, tmp_path / "run.pt")
    with pytest.raises(FileError, match="no file of vislearn's"):
        checkpoint.read(tmp_path / "run.pt", "training")
    assert capsys.readouterr().out == ""


def test_a_model_is_no_checkpoint_and_weights_alone_are_neither(tmp_path):
    checkpoint.write(tmp_path / "a.pt", "model", {})
    with pytest.raises(FileError, match="holds a saved model, not a training's checkpoint"):
        checkpoint.read(tmp_path / "a.pt", "training")
    torch.save({"w": torch.ones(1)}, tmp_path / "b.pt")
    with pytest.raises(FileError, match="holds something else"):
        checkpoint.read(tmp_path / "b.pt", "model")


def test_half_written_files_are_swept_away_and_only_those(tmp_path):
    for name in (".run-0123abcd.pt", ".run-0123abcd.jpg", ".runs-0123abcd.pt", "run.pt", "run-0123abcd.pt"):
        (tmp_path / name).touch()
    checkpoint.sweep(tmp_path / "run.pt")
    assert not (tmp_path / ".run-0123abcd.pt").exists()
    assert len(list(tmp_path.iterdir())) == 4


def draw(own):
    return [
        random.random(),
        float(np.random.rand()),
        torch.rand(1).item(),
        torch.rand(1, generator=own).item(),
    ]


def test_all_chance_comes_back_from_disk(tmp_path):
    own = generator(3)
    draw(own)
    np.random.standard_normal()  # leaves a second number for the next call
    checkpoint.write(tmp_path / "run.pt", "training", {"chance": checkpoint.chance_state([own])})
    expected = [draw(own), float(np.random.standard_normal())]
    checkpoint.restore_chance(checkpoint.read(tmp_path / "run.pt", "training")["chance"], [own])
    assert [draw(own), float(np.random.standard_normal())] == expected


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
        checkpoint.settings_of(*parts(), amp=None),
        checkpoint.settings_of(*parts(**other), amp=None),
    )
    with pytest.raises(FileError, match=f"belongs to another training \\({named}"):
        checkpoint.require_same_settings(tmp_path / "run.pt", there, here)


def test_the_same_training_is_the_same_after_it_has_moved_on(tmp_path):
    before = checkpoint.settings_of(*parts(), amp="bf16", classes=("a", "b"))
    model, optimizer, scheduler, loader = parts()
    for _ in range(3):
        optimizer.step()
        scheduler.step()
    checkpoint.write(tmp_path / "run.pt", "training", {"settings": before})
    kept = checkpoint.read(tmp_path / "run.pt", "training")["settings"]
    after = checkpoint.settings_of(model, optimizer, scheduler, loader, amp="bf16", classes=("a", "b"))
    checkpoint.require_same_settings(tmp_path / "run.pt", kept, after)


def test_a_network_is_known_by_its_tensors_not_by_their_values():
    first, second = nn.Linear(2, 2), nn.Linear(2, 2)
    assert checkpoint.model_digest(first) == checkpoint.model_digest(second)
    assert checkpoint.model_digest(first) != checkpoint.model_digest(nn.Linear(2, 3))
