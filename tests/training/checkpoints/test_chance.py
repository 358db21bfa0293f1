import random

import numpy as np
import torch

from vislearn.seeding import generator
from vislearn.training.checkpoints import file as checkpoint
from vislearn.training.checkpoints.chance import chance_state, restore_chance


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
    checkpoint.write(tmp_path / "run.pt", "training", {"chance": chance_state([own])})
    expected = [draw(own), float(np.random.standard_normal())]
    restore_chance(checkpoint.read(tmp_path / "run.pt", "training")["chance"], [own])
    assert [draw(own), float(np.random.standard_normal())] == expected
