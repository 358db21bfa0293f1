"""What the gallery shows: the detector's own sentence to every broken example."""

import random

import pytest
import torch

from vislearn.traps import CATALOG
from vislearn.traps.examples import said
from vislearn.traps.text.linted import TEXT_TRAPS


@pytest.mark.parametrize("trap", [CATALOG[0], CATALOG[-1], TEXT_TRAPS[0]], ids=lambda trap: trap.name)
def test_a_detector_speaks_the_readers_language(trap, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    english = said(trap)
    assert english.startswith(f"{trap.certainty}: ")
    assert english.endswith(".")
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert said(trap) != english


def test_whoever_asks_keeps_their_chance():
    torch.manual_seed(5)
    random.seed(5)
    before = torch.get_rng_state(), random.getstate()
    said(CATALOG[0])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
