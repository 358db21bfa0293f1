"""A watch that tells a test what it found, and networks and data for it."""

import runpy
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from vislearn.traps import watch as real_watch
from vislearn.traps.examples import found_in_loop

RIGHT = runpy.run_path(str(Path(__file__).with_name("right_loops.py")))


@pytest.fixture
def right():
    """The module of right loops, as a dictionary."""
    return RIGHT


@pytest.fixture
def found():
    """Run a function of ``watch``, or code with ``model``, ``loader`` and so on: the names of traps found."""

    def run(loop, **names):
        if not callable(loop):
            return [one.trap.name for one in found_in_loop(loop, **names)]
        torch.manual_seed(0)
        seen = []

        @contextmanager
        def watch(*parts):
            with real_watch(*parts, say=None) as watched:
                seen.append(watched)
                yield watched

        loop(watch)
        return [one.trap.name for watched in seen for one in watched.found]

    return run
