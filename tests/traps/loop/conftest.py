"""A watch that tells a test what it found, and networks and data for it."""

import copy
import runpy
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from vislearn.traps import watch as real_watch

RIGHT = runpy.run_path(str(Path(__file__).with_name("right_loops.py")))


@pytest.fixture
def right():
    """The module of right loops, as a dictionary."""
    return RIGHT


@pytest.fixture
def found():
    """Run a function of ``watch``, or code with ``model``, ``loader`` and so on: the names of traps found."""

    def run(loop, **names):
        torch.manual_seed(0)
        seen = []

        @contextmanager
        def watch(*parts):
            with real_watch(*parts, say=None) as watched:
                seen.append(watched)
                yield watched

        if callable(loop):
            loop(watch)
        else:
            model, (loader, val_loader) = RIGHT["Net"](), RIGHT["loaders"]()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
            known = {"torch": torch, "nn": nn, "F": F, "copy": copy, "watch": watch, "model": model}
            known |= {"loader": loader, "val_loader": val_loader, "optimizer": optimizer} | names
            if "with watch(" not in loop:
                loop = "with watch(model, optimizer):\n" + "".join(
                    f"    {line}\n" for line in loop.splitlines()
                )
            exec(compile(loop, "<loop>", "exec"), known)
        return [one.trap.name for watched in seen for one in watched.found]

    return run
