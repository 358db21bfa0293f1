"""Scripts as texts, and the names of the traps that they show."""

import pytest

from vislearn.traps.text.linted import TEXT_TRAPS
from vislearn.traps.text.source import Source
from vislearn.traps.trap import found_in


@pytest.fixture
def found(monkeypatch):
    """Names of the traps in a script's text."""
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    return lambda text: [one.trap.name for one in found_in(Source(text), TEXT_TRAPS)]
