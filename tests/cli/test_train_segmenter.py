import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import main
from vislearn.models import segmenter
from vislearn.training import load_model


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def fill(folder, count=5):
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number in range(count):
        labels = np.zeros((16, 16), dtype=np.uint8)
        labels[4:12, number : number + 8] = 1
        Image.fromarray(labels * 200).convert("RGB").save(folder / "images" / f"{number}.png")
        Image.fromarray(labels).save(folder / "labels" / f"{number}.png")


def run(root, *arguments):
    return CliRunner().invoke(main, ["train-segmenter", "--data_root", str(root), *map(str, arguments)])


def test_it_learns_judges_and_saves(tmp_path):
    fill(tmp_path / "data")
    (tmp_path / "data" / "classes.txt").write_text("0 nothing\n1 বর্গ\n", encoding="utf-8")
    out = tmp_path / "runs" / "s.pt"
    done = run(tmp_path / "data", "--epochs", 2, "--batch-size", 2, "--out", out)
    assert done.exit_code == 0, done.output
    assert "Epoch 2 of 2: loss" in done.output
    assert "pixel accuracy" in done.output
    assert done.output.splitlines()[-1] == f"Saved: {out}."
    assert load_model(out, segmenter).classes == ["nothing", "বর্গ"]
