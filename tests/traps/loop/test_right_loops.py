"""No false alarm, in any shape of a loop that is right."""

import runpy
import warnings
from pathlib import Path

import pytest

LOOPS = runpy.run_path(str(Path(__file__).with_name("right_loops.py")))["LOOPS"]


@pytest.mark.parametrize("name", LOOPS)
def test_nothing_is_said(name, found):
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Detected call of `lr_scheduler.step"
        )  # torch's word on skipped steps
        assert found(LOOPS[name]) == []
