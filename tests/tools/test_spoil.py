"""Spoilt pictures and films: read right, or refused in one sentence; a few dozens of the thousands."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def spoil(tool):
    return tool("spoil")


@pytest.mark.filterwarnings("ignore::UserWarning")  # pictures that are doubtful and read all the same
def test_no_spoilt_file_ends_in_anything_but_pixels_or_a_sentence(spoil, tmp_path):
    found = list(spoil.outcomes(78, 7, tmp_path))
    assert [entry for entry in found if entry[1] == spoil.OTHER] == []
    assert sum(entry[1] == spoil.REFUSED for entry in found) > 30
    assert {kind for kind, _outcome, _said in found} == set(spoil.samples())


def test_spoiling_depends_on_the_seed_alone_and_spoils(spoil):
    data = bytes(range(256)) * 4
    many = [spoil.spoilt(data, np.random.default_rng(seed)) for seed in range(20)]
    assert many == [spoil.spoilt(data, np.random.default_rng(seed)) for seed in range(20)]
    assert all(one != data for one in many)
    assert {len(one) < len(data) for one in many} == {True, False}


def test_each_outcome_is_told_from_the_others(spoil, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(path)
    black = np.zeros((4, 4, 3), np.uint8)
    assert spoil.judge(path, black)[0] == spoil.RIGHT
    assert spoil.judge(path, black + 1)[0] == spoil.CHANGED
    assert spoil.judge(path, black[:3])[0] == spoil.SHORTER
    path.write_bytes(b"no picture at all")
    assert spoil.judge(path)[0] == spoil.REFUSED
    monkeypatch.setattr(spoil, "content", lambda path: {}["pixels"])
    assert spoil.judge(path) == (spoil.OTHER, "KeyError('pixels')")


def test_one_fault_fails_the_run_and_keeps_the_file(spoil, monkeypatch, capsys):
    assert spoil.main(["--count", "2"]) == 0
    monkeypatch.setattr(spoil, "judge", lambda path, right: (spoil.OTHER, "a fault"))
    assert spoil.main(["--count", "1"]) == 1
    assert "1 faults, kept in" in capsys.readouterr().out
