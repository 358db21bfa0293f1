"""What lessons do with published weights, tried with weights of our own in a filled cache."""

import re

import pytest
import torch
from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights as Weights
from torchvision.models.detection import fasterrcnn_resnet50_fpn

from vislearn.checkout import ROOT
from vislearn.viz import Picture
from vislearn.viz.stored import Missing

SOURCES = ROOT / "notebooks" / "source"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("VISLEARN_ASSETS", raising=False)
    monkeypatch.delenv("VISLEARN_KEEP", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def run_until(lesson, function):
    """Run a lesson's code up to the cell that defines ``function``; give back what its last line shows."""
    cells = re.findall(
        r"(?ms)^# %%(?! \[markdown\])[^\n]*\n(.*?)(?=^# %%|\Z)", (SOURCES / f"{lesson}.py").read_text("utf-8")
    )
    (last,) = [number for number, cell in enumerate(cells) if f"def {function}(" in cell]
    names = {}
    for cell in cells[:last]:
        exec(cell, names)
    body, shown = cells[last].rstrip().rsplit("\n\n\n", 1)
    # in a notebook the cell's options give the words
    exec(body.replace("title=", 'alt="A photograph with boxes.", title='), names)
    return eval(shown, names)


def test_lesson_04_says_what_is_missing(hub):
    shown = run_until("04_detection", "published")
    assert isinstance(shown, Missing)
    assert re.search(r"FasterRCNN_ResNet50.*\(160 MB\).*VISLEARN_ASSETS=full", shown.reason)


def test_lesson_04_draws_what_a_published_detector_finds(hub):
    torch.manual_seed(0)
    state = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    torch.save(state, hub / Weights.DEFAULT.url.rsplit("/", 1)[1])
    picture = run_until("04_detection", "published")
    assert isinstance(picture, Picture)
    assert picture.digest["title"] == "A published detector"
