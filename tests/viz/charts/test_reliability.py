import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics import calibration
from vislearn.viz import reliability


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def found(sure, right):
    """Answers that are ``sure`` each, of which a share is right."""
    shares = torch.tensor([[sure, 1 - sure]]).repeat(10, 1)
    return calibration(shares, torch.tensor([0] * right + [1] * (10 - right)))


def test_it_tells_what_it_shows():
    picture = reliability(found(0.85, 6), title="How sure?")
    assert "expected calibration error 0.250" in picture.alt
    assert "10 answers that were 0.85 sure on average, 0.60 are right" in picture.alt


def test_a_bar_stands_at_how_sure_and_reaches_to_how_right():
    bars = found(0.85, 6)
    drawn = reliability(bars, alt="Bars.").digest
    other = reliability(found(0.85, 2), alt="Bars.").digest
    assert drawn != other
    assert drawn == reliability(bars, alt="Bars.").digest


def test_of_no_answers_there_is_no_diagram():
    with pytest.raises(InputError, match="at least one answer"):
        reliability(calibration(torch.empty(0, 2), torch.empty(0, dtype=torch.int64)))
