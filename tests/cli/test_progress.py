"""``vislearn progress``: what was tried, and nothing that was not."""

import json

import pytest
from click.testing import CliRunner

from vislearn import progress
from vislearn.cli import main


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path / "progress.jsonl"))
    return tmp_path / "progress.jsonl"


def run(*words):
    done = CliRunner().invoke(main, ["progress", *words])
    assert done.exit_code == 0
    return done.output.splitlines()


def test_each_exercise_with_its_tries_and_how_it_stands(file):
    for status in ("not attempted", "wrong", "wrong", "right"):
        progress.record("verdict", "vision.iou", status)
    progress.record("verdict", "overview.image_shape", "wrong")
    progress.record("ask", "00.rocket", "right")
    first, second, last = run()
    assert first.split()[:3] == ["overview.image_shape", "1", "×"]
    assert first.endswith("  Not yet right")
    assert second.split()[:3] == ["vision.iou", "3", "×"]
    assert second.endswith("  Right")
    assert last == f"1 of 2 exercises are right. Kept in {file}."


def test_every_entry_for_other_programs(file):
    progress.record("verdict", "vision.iou", "wrong", "x and y are swapped")
    (line,) = run("--json")
    said = json.loads(line)
    assert (said["name"], said["status"], said["diagnosis"]) == ("vision.iou", "wrong", "x and y are swapped")


def test_nothing_tried_and_nothing_kept(file, monkeypatch):
    assert run() == ["No exercise was tried yet on this computer."]
    monkeypatch.setenv("VISLEARN_PROGRESS", "0")
    assert run() == ["No progress is kept here: VISLEARN_PROGRESS is 0."]


def test_in_bengali(file, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    progress.record("verdict", "vision.iou", "right")
    first, last = run()
    assert "Right" not in first
    assert "exercises" not in last
