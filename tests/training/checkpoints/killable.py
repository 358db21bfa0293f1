"""A training that kills itself at a chosen moment; test_killed.py runs it in processes of its own."""

import os
import random
import signal
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from vislearn.seeding import seed_everything
from vislearn.training import ClassificationTask, fit


class Noisy(Dataset):
    """Draws from every chance there is."""

    classes = ("a", "b", "c", "d")

    def __init__(self):
        chance = torch.Generator().manual_seed(0)
        self.images, self.labels = torch.randn(72, 3, 6, 6, generator=chance), torch.arange(72) % 4

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        noise = torch.rand(1) + random.random() + float(np.random.rand())
        return self.images[index] + 0.1 * noise, int(self.labels[index])


def die():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def die_at_call(number):
    """Count every call of a function, Python's and C's; the process does not survive the last one."""
    calls = 0

    def count(_frame, event, _argument):
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1
            if calls == number:
                die()

    sys.setprofile(count)
    return lambda: calls


def train(folder):
    generator = seed_everything(3)
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(64, 4)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    history = fit(
        model,
        ClassificationTask(),
        DataLoader(Noisy(), 6, shuffle=True, generator=generator),
        epochs=3,
        optimizer=optimizer,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=36),
        val_loader=DataLoader(Noisy(), 36),
        device=torch.device("cpu"),
        monitor="val_accuracy",
        patience=3,
        checkpoint=Path(folder) / "run.pt",
        checkpoint_every=2,
    )
    return model, history


def main(folder, call=0, where=""):
    torch.set_num_threads(1)
    if where:
        _die_in(where)
    calls = die_at_call(call)
    model, history = train(folder)
    sys.setprofile(None)
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]
    torch.save({"weights": model.state_dict(), "rows": rows, "calls": calls()}, Path(folder) / "result.pt")


def _die_in(where):
    """Die at the fifth time that a checkpoint comes to this point."""
    seen = 0

    def dying(*arguments):
        nonlocal seen
        seen += arguments[-1] != "after" and str(arguments[0]).find(".best") < 0
        if seen == 5:
            die()

    if where == "before the bytes are on the disk":
        os.fsync = dying
    else:
        replace = Path.replace

        def replaced(path, target):
            if where == "before the name is changed":
                dying(path)
            done = replace(path, target)
            if where == "after the name is changed":
                dying(path)
            return done

        Path.replace = replaced


if __name__ == "__main__":
    main(**ARGUMENTS)  # noqa: F821 - given by runpy
